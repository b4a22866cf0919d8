// Writing JSON text.
#pragma once

#include <string>
#include <string_view>

#include "runtime/types/value.h"

namespace weir::shell {

// `text` as a JSON string with its quotes. Bytes that are not UTF-8 pass through.
// Control characters are escaped (RFC 8259, 7).
void AppendJsonString(std::string& out, std::string_view text);
// A value as JSON: numbers and booleans bare (NaN and infinities as strings), ROW as an object,
// ARRAY as an array, MAP as an object of its keys' texts, everything else as a string of its text.
void AppendJsonValue(std::string& out, const Value& value);

}  // namespace weir::shell
