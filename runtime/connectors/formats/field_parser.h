// Texts of fields to columns: one loop a column over the slices that a tokenizer found.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "runtime/base/result.h"
#include "runtime/types/column.h"
#include "runtime/types/time_zone.h"

namespace weir::connectors {

// The text of one field. `present` is false for NULL. Quoted text is never trimmed.
// Borrows the block, or the tokenizer's memory.
struct FieldSlice {
  const char* data = nullptr;
  uint32_t size = 0;
  bool present = false;
  bool quoted = false;

  std::string_view view() const { return {data, size}; }
};

// Parses slices[i] into row i of a new column; `bad[i]` is set to 1 where the text is no value of
// the type (such rows hold NULL). Strings point to the slices' bytes. Numbers and times are
// trimmed; DECIMAL digits beyond the scale are rounded; TIMESTAMP_LTZ without an offset is in
// `zone`. REQUIRES: `type` is flat (CheckFieldType).
// `bad` has slices.size() bytes and is only set, never cleared.
MutableColumnPtr ParseFields(std::span<const FieldSlice> slices, const Type& type,
                             const TimeZone& zone, uint8_t* bad);

// A TIMESTAMP or TIMESTAMP_LTZ as SQL or ISO-8601 writes it, with an offset or without, in
// microseconds (precisions 0..6) or as TimestampNanos (7..9). Whether `text` is one.
bool ParseMicros(std::string_view text, const Type& type, const TimeZone& zone, int64_t& value);
bool ParseNanos(std::string_view text, const Type& type, const TimeZone& zone,
                TimestampNanos& value);
// Without blanks and tabs at its ends.
std::string_view TrimBlanks(std::string_view text);

// kUnsupported when the type has no text form as one field (ARRAY, MAP, MULTISET, ROW).
Status CheckFieldType(const Type& type, std::string_view format);

// "'12x' is not a BIGINT", cut to a readable length.
std::string NotAValue(std::string_view text, const Type& type);

}  // namespace weir::connectors
