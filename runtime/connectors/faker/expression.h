// Expressions of the `faker` connector: text with #{directives}, as those of Java Faker and
// Datafaker (https://www.datafaker.net/documentation/expressions/).
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "runtime/base/random.h"
#include "runtime/base/result.h"
#include "runtime/connectors/faker/regexify.h"
#include "runtime/types/datetime_pattern.h"

namespace weir::connectors {

// A directive, #{Head.method 'argument', 'argument'}, or #{method 'argument'} without a head.
struct FakerDirective {
  std::string name;  // without case and underscores: "number.numberbetween"
  std::string text;  // the name as written, without the arguments, for errors
  std::vector<std::string> arguments;
};

class FakerExpression;

// One of several expressions, each as likely as the next.
struct FakerChoice {
  std::vector<FakerExpression> of;
};
// A whole number of [low, high].
struct FakerInteger {
  int64_t low = 0;
  int64_t high = 0;
};
// A number in [low, high], written with exactly `decimals` decimals.
struct FakerReal {
  int decimals = 0;
  double low = 0;
  double high = 0;
};
// A time that lies `low` to `high` milliseconds after the row's; as text in UTC.
struct FakerTime {
  int64_t low = 0;
  int64_t high = 0;
  std::shared_ptr<const DateTimePattern> pattern;  // null: yyyy-MM-dd HH:mm:ss.SSS
};
// A text in which each '#' is a digit, each '?' a letter.
struct FakerMask {
  std::string mask;
  bool digits = false;
  bool letters = false;
  bool upper = false;  // capital letters
};
// A text of `digits` hexadecimal digits. `uuid`: 32 of them in the form of a UUID (version 4).
struct FakerHex {
  uint32_t digits = 0;
  bool uuid = false;
};
struct FakerAddress {
  enum class Kind : uint8_t { kPublicIpV4, kPrivateIpV4, kIpV4, kIpV6, kMac } kind;
};

// A JSON object, as Datafaker's json and jsona make it.
struct FakerJson {
  struct Member;
  std::vector<Member> members;
};

// How the text of one part is made: a fixed text, or what a directive stands for.
using FakerPart = std::variant<std::string, FakerChoice, FakerInteger, FakerReal, FakerTime,
                               FakerMask, FakerHex, FakerAddress, Regexify, FakerJson>;

// A compiled expression. Immutable and thread-safe.
class FakerExpression {
 public:
  // kInvalidArgument for text that is no expression, a directive that is not known (the message
  // names it and what there is) and arguments that it does not take.
  static Result<FakerExpression> Compile(std::string_view text);

  // Appends the text for a row whose time is `now_millis`.
  void Append(int64_t now_millis, Random& random, std::string& out) const;

  // The expression as a time, if it is one directive that makes a time and no pattern.
  const FakerTime* AsTime() const;
  // Whether it is one directive that makes a JSON object.
  bool IsJson() const;

 private:
  std::vector<FakerPart> parts_;
};

struct FakerJson::Member {
  std::string name;
  std::optional<uint32_t> values;  // of an array; none: it is one value
  FakerExpression value;           // a text, unless it is a JSON object itself
};

inline constexpr std::string_view kDirectiveOpening = "#{";
// The place of the '}' that ends the directive whose name begins at `at`; those in quotes do not
// count. npos where there is none.
size_t EndOfDirective(std::string_view text, size_t at);

// Compiles the arguments of a directive (directives.cc). kInvalidArgument if it is unknown or does
// not take them.
Result<FakerPart> CompileDirective(const FakerDirective& directive);

// The time itself, in milliseconds since 1970.
int64_t DrawTime(const FakerTime& time, int64_t now_millis, Random& random);

}  // namespace weir::connectors
