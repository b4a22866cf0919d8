// Finds a text that every match of a regular expression contains, so that strings without it need
// not be matched, and so that matching can start near it.
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

// Analyses a well-formed pattern of java.util.regex. Literals, classes, groups without flags and
// quantifiers are understood; for a pattern with anything else, or with an alternative outside of
// groups, no text is known. The longest of several literals is taken.
RequiredText RequiredTextOf(std::string_view pattern);

}  // namespace weir::expr
