// Formats numbers, sizes and times for people.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "runtime/base/result.h"

namespace weir::shell {

// Uses powers of 1024 and one digit behind the point.
std::string BytesText(uint64_t bytes);  // "38.1 MiB"
// Uses three significant digits. REQUIRES of numbers and durations: not negative, not NaN.
std::string CountText(double count);       // "1.21 M"
std::string RateText(double rate);         // the same a second; "0" of what stands still
std::string DurationText(double seconds);  // "0.012 s", "1 min 05 s", "3 d 04 h"
std::string GroupedText(uint64_t count);   // "1,210,000"
std::string TimeText(int64_t millis);      // since 1970, in UTC: "2026-11-20 09:53:27.353"
std::string Plural(uint64_t count, std::string_view noun);  // "1 row", "2,000 rows"

// Parses a duration for --timeout and WAIT FOR JOB into milliseconds: "30" (seconds), "30 s", "500
// ms", …; kInvalidArgument otherwise. Negative ones are not refused here.
Result<int64_t> ParseSeconds(std::string_view text);

}  // namespace weir::shell
