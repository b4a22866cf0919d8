// Texts as times by java.sql.Timestamp.valueOf and java.sql.Date.valueOf, to which Flink turns
// where a text does not fit the pattern of TO_TIMESTAMP or TO_TIMESTAMP_LTZ.
#pragma once

#include <optional>
#include <string_view>

#include "runtime/types/type.h"

namespace weir::expr {

// The local time of "yyyy-[M]M-[d]d" or "yyyy-[M]M-[d]d h:m:s[.n]" with blanks around it. Days that
// a month lacks, hours beyond 24, minutes and seconds beyond 60 and below 0 count on into the next
// field: "2024-02-31 25:00:-1" is 2024-03-03 00:59:59. Nothing for other texts, and for the year 0.
std::optional<TimestampNanos> JavaTimestampValueOf(std::string_view text);

}  // namespace weir::expr
