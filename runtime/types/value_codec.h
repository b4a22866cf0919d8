// Compact bytes of any value: how nested values lie in state rows, and all values on disk. The
// layout has no version of its own; the schema that wrote a row (state/FORMAT.md) implies it.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "runtime/base/bytes.h"
#include "runtime/base/result.h"
#include "runtime/types/column.h"
#include "runtime/types/column_builder.h"

namespace weir {

// Appends row `row` of `column`. Self-delimiting given the type; one tag byte (0 NULL, 1 value),
// then:
//   BOOLEAN, FLOAT, DOUBLE: little-endian at full width; integers, DATE, TIME, intervals, TIMESTAMP
//   and DECIMAL(1..18): zigzag varint; DECIMAL(19..38): 16 bytes little-endian; TIMESTAMP(7..9):
//   zigzag varint of milliseconds, varint of nanoseconds; strings: varint length, bytes; ARRAY,
//   MAP, MULTISET: varint count, elements (key, value alternating); ROW: its fields.
// Zigzag and varints as in Protocol Buffers, so that small numbers are short.
void AppendValue(const Column& column, uint32_t row, std::string& out);

// As AppendValue without the tag byte of the outermost level. REQUIRES: the value is not NULL. For
// nested values in the StringRef slots of state rows, whose NULL bits lie elsewhere.
void AppendNonNullValue(const Column& column, uint32_t row, std::string& out);

// Takes one value of the builder's type off `in` and appends it to `builder`. kCorruption when
// bytes are missing or malformed; the builder is then not to be used any more.
Status DecodeValueInto(ByteReader& in, ColumnBuilder& builder);
// The counterpart of AppendNonNullValue.
Status DecodeNonNullValueInto(ByteReader& in, ColumnBuilder& builder);

}  // namespace weir
