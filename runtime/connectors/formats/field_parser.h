// Parses the texts of fields into columns, in one loop a column over the slices that a tokenizer
// found.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "runtime/base/result.h"
#include "runtime/types/column.h"
#include "runtime/types/time_zone.h"

namespace weir::connectors {

// The text of one field, borrowed from the block or the tokenizer's memory. `present` is false for
// NULL. Quoted text is never trimmed.
struct FieldSlice {
  const char* data = nullptr;
  uint32_t size = 0;
  bool present = false;
  bool quoted = false;

  std::string_view view() const { return {data, size}; }
};

// Parses slices[i] into row i of a new column. Where the text is not a value of the type, bad[i] is
// set to 1 and the row is NULL; `bad` has slices.size() bytes and is never cleared. Strings point
// to the slices' bytes. Numbers and times are trimmed; DECIMAL digits beyond the scale are rounded;
// a TIMESTAMP_LTZ without an offset is in `zone`. REQUIRES: `type` is flat (CheckFieldType).
MutableColumnPtr ParseFields(std::span<const FieldSlice> slices, const Type& type,
                             const TimeZone& zone, uint8_t* bad);

// Parses a TIMESTAMP or TIMESTAMP_LTZ as written by SQL or ISO-8601, with or without an offset,
// into microseconds (precisions 0..6) or TimestampNanos (7..9). Digits beyond the type's precision
// are cut (Flink). False when `text` is neither, out of range, or has an offset from UTC that a
// TIMESTAMP has no place for; then `value` means nothing.
bool ParseMicros(std::string_view text, const Type& type, const TimeZone& zone, int64_t& value);
bool ParseNanos(std::string_view text, const Type& type, const TimeZone& zone,
                TimestampNanos& value);
// ParseDate and ParseTime of datetime.h, which are CAST's, for what loses nothing: a date with all
// its parts and nothing behind them, and a time without an offset. REQUIRES: no blanks around it.
std::optional<int32_t> ParseWholeDate(std::string_view text);
std::optional<int64_t> ParseLocalTime(std::string_view text);
// Removes blanks and tabs at both ends.
std::string_view TrimBlanks(std::string_view text);

// kUnsupported, with the name of the format, when the type cannot be written as a single field
// (ARRAY, MAP, MULTISET, ROW).
Status CheckFieldType(const Type& type, std::string_view format);

// "'12x' is not a BIGINT", cut to a readable length.
std::string NotAValue(std::string_view text, const Type& type);

}  // namespace weir::connectors
