// Writing JSON text the way Flink's functions do: members sorted by name, decimal numbers as Java's
// BigDecimal prints them.
#pragma once

#include <string_view>

#include "runtime/expr/json/json_document.h"
#include "runtime/expr/kernel.h"

namespace weir::expr {

// Appends `text` in quotes, with the escapes that JSON demands and no others.
void AppendJsonString(std::string_view text, TextBuilder& out);

// Appends a decimal number (digits, perhaps a point and an exponent) as BigDecimal.toString() does:
// "1E+2" for "1e2", "2.50" for itself.
void AppendBigDecimal(std::string_view number, TextBuilder& out);

// Appends a scalar without quotes: what JSON_VALUE gives. REQUIRES: scalar, not null.
void AppendJsonScalar(const JsonNode& scalar, TextBuilder& out);

// Appends the value as JSON without blanks, members sorted.
void AppendJson(const JsonNode& node, TextBuilder& out);

// Whether values of the type have a JSON form: not DATE, TIME or INTERVAL, and maps by text only
// (Flink).
bool HasJson(const Type& type);

// Appends value `row` of the column as JSON: NULL as null, times as ISO 8601, bytes as base64, maps
// and rows as objects. REQUIRES: HasJson(column.type()).
void AppendJson(const Column& column, uint32_t row, TextBuilder& out);

// Whether `a` comes before `b` in the order of Java's strings, which compares UTF-16 units; both
// are UTF-8. It differs from the order of bytes only beyond U+FFFF.
bool JavaLess(std::string_view a, std::string_view b);

}  // namespace weir::expr
