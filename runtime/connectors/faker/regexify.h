// Texts that match a regular expression, as Java Faker's regexify makes them.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/base/random.h"
#include "runtime/base/result.h"

namespace weir::connectors {

// A compiled pattern. Characters, '.', [classes] with ranges and ^, \d \w \s and their opposites,
// (groups), (?:groups), alternatives, and the quantifiers ? * + {n} {n,} {n,m}. Where a quantifier
// has no upper bound, at most ten more than its lower bound are made. ^ and $ mean nothing, since
// the whole text matches. '.' and classes that begin with ^ stand for printable ASCII characters.
// Immutable and thread-safe.
class Regexify {
 public:
  // kInvalidArgument, with the place, for what is no pattern or has no meaning here (backward
  // references, assertions, \p), for groups deeper than 32, and for patterns whose texts may be
  // longer than a megabyte.
  static Result<Regexify> Compile(std::string_view pattern);

  // Appends a text. Each alternative is as likely as the next.
  void Append(Random& random, std::string& out) const { AppendNode(root_, random, out); }

 private:
  friend class RegexifyParser;

  enum class Kind : uint8_t { kText, kClass, kSequence, kChoice, kRepeat };
  struct Node {
    Kind kind = Kind::kSequence;
    std::string text;                // kText
    std::vector<std::string> chars;  // kClass: each a character in UTF-8
    std::vector<size_t> children;    // places in nodes_; kRepeat has one
    uint32_t least = 1;              // kRepeat
    uint32_t most = 1;
  };
  void AppendNode(size_t place, Random& random, std::string& out) const;

  std::vector<Node> nodes_;
  size_t root_ = 0;
};

}  // namespace weir::connectors
