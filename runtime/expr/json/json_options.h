// The clauses of JSON_EXISTS, JSON_VALUE and JSON_QUERY in the form in which a bound call carries
// them: as the text of a literal argument.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace weir::expr {

// The answers of `{NULL | ERROR | …} ON {EMPTY | ERROR}`. The parser and the binder check which of
// them a function takes.
enum class JsonAnswer : uint8_t {
  kNull,
  kError,
  kDefault,
  kEmptyArray,
  kEmptyObject,
  kTrue,
  kFalse,
  kUnknown,
};
enum class JsonWrapping : uint8_t { kWithout, kConditional, kUnconditional };

// RETURNING: STRING, BOOLEAN, INT, DOUBLE, ARRAY<STRING>.
enum class JsonReturns : uint8_t { kString, kBoolean, kInteger, kReal, kArray };

struct JsonOptions {
  JsonReturns returns = JsonReturns::kString;
  JsonAnswer on_empty = JsonAnswer::kNull;
  JsonAnswer on_error = JsonAnswer::kNull;
  JsonWrapping wrapping = JsonWrapping::kWithout;

  // "RETURNING INT NULL ON EMPTY ERROR ON ERROR WITHOUT WRAPPER", and back.
  std::string ToText() const;
  // REQUIRES: made by ToText().
  static JsonOptions FromText(std::string_view text);
};

}  // namespace weir::expr
