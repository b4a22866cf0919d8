// Writes strings and SQL values as JSON.
#pragma once

#include <string>
#include <string_view>

#include "runtime/types/value.h"

namespace weir::shell {

// Appends `text` as a JSON string with its quotes. Control characters are escaped (RFC 8259, 7);
// what is not UTF-8 becomes U+FFFD.
void AppendJsonString(std::string& out, std::string_view text);
// Appends a value as JSON: NULL as null, numbers and booleans bare (NaN and infinities as strings),
// ROW as an object, ARRAY as an array, MAP and MULTISET as objects with their keys as texts (of a
// MULTISET the values are counts), anything else as a string.
void AppendJsonValue(std::string& out, const Value& value);

}  // namespace weir::shell
