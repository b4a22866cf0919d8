// Text of INTERVAL values: months, and milliseconds.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

#include "runtime/types/datetime.h"

namespace weir {

// Parses the text of INTERVAL '…' from TO to into months: "1-2" for YEAR TO MONTH, "3" for YEAR or
// MONTH; a sign may lead. `to` equals `from` for single units. A quarter is three months.
// std::nullopt when the text does not fit the units or overflows. Follows SQL:2016, 5.3, interval
// literals.
std::optional<int32_t> ParseIntervalYearMonth(std::string_view text, TimeUnit from, TimeUnit to);

// Likewise for kDay, kHour, kMinute, kSecond, kMillisecond and kWeek (single), in milliseconds:
// "1 02:03:04.5" for DAY TO SECOND. The first field has any number of digits, later ones have the
// bounds of a clock (hours below 24).
std::optional<int64_t> ParseIntervalDayTime(std::string_view text, TimeUnit from, TimeUnit to);

// Bytes that no interval's text exceeds.
inline constexpr size_t kMaxIntervalText = 40;
// Flink's spelling, "+1-02" and "+1 02:03:04.000". Writes at `out` and returns the end.
char* FormatIntervalYearMonth(int32_t months, char* out);
char* FormatIntervalDayTime(int64_t millis, char* out);

}  // namespace weir
