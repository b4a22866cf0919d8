// What every match of a regular expression contains, so that texts without it need no matching and
// the search begins near it.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace weir::expr {

struct RequiredText {
  // Occurs in every match; empty: nothing is known.
  std::string text;
  // Whether a match begins at most `before` bytes before `text`'s first place in it.
  bool bounded = false;
  size_t before = 0;
};

// Of a well-formed pattern of java.util.regex. Knows literals, classes, groups without flags and
// quantifiers; a pattern with anything else, or with an alternative outside of groups, has none.
// Of several literals the longest is taken.
RequiredText RequiredTextOf(std::string_view pattern);

}  // namespace weir::expr
