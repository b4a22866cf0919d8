// Dates, times and timestamps: calendar arithmetic, text forms, fields and rounding. Units and
// storage are those of type.h: DATE in days, TIME in nanoseconds of the day, TIMESTAMP(0..6) in
// microseconds, TIMESTAMP(7..9) as TimestampNanos. The calendar is the proleptic Gregorian one;
// instants before 1970 round towards minus infinity.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "runtime/types/type.h"

namespace weir {

inline constexpr int64_t kMillisPerSecond = 1'000;
inline constexpr int64_t kMillisPerDay = 86'400'000;
inline constexpr int64_t kMicrosPerMilli = 1'000;
inline constexpr int64_t kMicrosPerSecond = 1'000'000;
inline constexpr int64_t kMicrosPerDay = 86'400'000'000;
inline constexpr int64_t kNanosPerMicro = 1'000;
inline constexpr int64_t kNanosPerMilli = 1'000'000;
inline constexpr int64_t kNanosPerSecond = 1'000'000'000;
inline constexpr int64_t kNanosPerDay = 86'400'000'000'000;

// Quotient rounded towards minus infinity, and its non-negative remainder. REQUIRES: b > 0.
constexpr int64_t FloorDivide(int64_t a, int64_t b) {
  return a / b - (a % b < 0 ? 1 : 0);
}
constexpr int64_t FloorModulo(int64_t a, int64_t b) {
  return a % b + (a % b < 0 ? b : 0);
}

// --- The calendar ------------------------------------------------------------------------------

struct CivilDate {
  int64_t year = 1970;
  int month = 1;  // 1..12
  int day = 1;    // 1..31
  friend bool operator==(const CivilDate&, const CivilDate&) = default;
};
// In the proleptic Gregorian calendar; year 0 is 1 BC. REQUIRES: 1 <= month <= 12.
constexpr bool IsLeapYear(int64_t year) {
  return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
}
constexpr int DaysInMonth(int64_t year, int month) {
  return month == 2 ? (IsLeapYear(year) ? 29 : 28) : 30 + ((month + (month >> 3)) & 1);
}

// Days since 1970-01-01. REQUIRES: 1 <= month <= 12. Days outside the month count on from its ends.
// Both directions after Howard Hinnant, "chrono-Compatible Low-Level Date Algorithms".
constexpr int64_t DaysFromCivil(int64_t year, int month, int day) {
  year -= month <= 2 ? 1 : 0;
  const int64_t era = FloorDivide(year, 400);
  const int64_t year_of_era = year - era * 400;
  const int64_t day_of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
  return era * 146'097 + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year -
         719'468;
}
constexpr CivilDate CivilFromDays(int64_t days) {
  days += 719'468;
  const int64_t era = FloorDivide(days, 146'097);
  const int64_t day_of_era = days - era * 146'097;
  const int64_t year_of_era =
      (day_of_era - day_of_era / 1460 + day_of_era / 36'524 - day_of_era / 146'096) / 365;
  const int64_t day_of_year =
      day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
  const int64_t shifted_month = (5 * day_of_year + 2) / 153;  // March is 0
  const auto month = static_cast<int>(shifted_month < 10 ? shifted_month + 3 : shifted_month - 9);
  return {year_of_era + era * 400 + (month <= 2 ? 1 : 0), month,
          static_cast<int>(day_of_year - (153 * shifted_month + 2) / 5 + 1)};
}

// --- Between the units -------------------------------------------------------------------------
// Exact, before 1970 too: the nanoseconds are never negative.
constexpr TimestampNanos NanosFromMicros(int64_t micros) {
  const int64_t millis = FloorDivide(micros, kMicrosPerMilli);
  return {millis, static_cast<int32_t>((micros - millis * kMicrosPerMilli) * kNanosPerMicro)};
}
// Drops what is finer than a microsecond. Wraps beyond the years of int64 microseconds (±292,000).
constexpr int64_t MicrosFromNanos(TimestampNanos t) {
  return static_cast<int64_t>(static_cast<uint64_t>(t.millis) * 1000 +
                              static_cast<uint64_t>(t.nanos / kNanosPerMicro));
}
// The unit of watermarks, rounded down.
constexpr int64_t MillisFromMicros(int64_t micros) {
  return FloorDivide(micros, kMicrosPerMilli);
}
// MicrosFromNanos; std::nullopt for an instant beyond the years of int64 microseconds.
constexpr std::optional<int64_t> CheckedMicros(TimestampNanos t) {
  const int64_t micros = MicrosFromNanos(t);
  return MillisFromMicros(micros) == t.millis ? std::optional(micros) : std::nullopt;
}

// Keeps the digits of a second that TIMESTAMP(precision) has. Rounds towards minus infinity, so
// that an instant before 1970 stays within its second.
int64_t TruncateMicros(int64_t micros, int precision);
TimestampNanos TruncateNanos(TimestampNanos t, int precision);
int64_t TruncateTime(int64_t nanos_of_day, int precision);

// --- Parsing: no allocation; std::nullopt for text that is no value ------------------------------

// The text that CAST accepts: "yyyy[-M[-d]]" with blanks around the parts; whatever follows a blank
// is ignored ("2024" is 2024-01-01). Years are 0..9999, and a day that the month lacks is refused.
// Returns days since 1970-01-01.
std::optional<int32_t> ParseDate(std::string_view text);
// What CAST takes: "H[:m[:s[.fraction]]]" with an optional offset "+HH:mm", in nanoseconds.
std::optional<int64_t> ParseTime(std::string_view text);
// The text that CAST accepts: "yyyy-M-d[ H:m:s[.fraction]]", up to nine fractional digits. The 29th
// to 31st of a shorter month mean its last day; 24:00:00 is the next day. Cuts to `precision`
// digits (0..6). The usual form "yyyy-MM-dd HH:mm:ss[.fraction]" takes a fast path.
std::optional<int64_t> ParseTimestamp(std::string_view text, int precision);
// As ParseTimestamp, for precisions 0..9.
std::optional<TimestampNanos> ParseTimestampNanos(std::string_view text, int precision);

// A timestamp as the text gave it, before any offset is applied, with up to nine fractional digits;
// the caller cuts it to its type.
struct ParsedTimestamp {
  TimestampNanos local;
  std::optional<int32_t> offset_seconds;  // east of UTC; 0 for 'Z'; none when the text had none
  // The instant: `local` less the offset (or unchanged, when there is none).
  TimestampNanos utc() const {
    return {local.millis - offset_seconds.value_or(0) * kMillisPerSecond, local.nanos};
  }
};
// For formats (JSON's SQL and ISO-8601 standards, CSV): 'T' or one blank between date and time,
// then optionally 'Z' or "+HH[[:]mm]"; seconds and the time may be missing.
std::optional<ParsedTimestamp> ParseIsoTimestamp(std::string_view text);

// --- Formatting: each writes at `out` and returns the end ----------------------------------------

// Bytes that no DATE, TIME or TIMESTAMP text exceeds.
inline constexpr size_t kMaxDateTimeText = 48;

char* FormatDate(int32_t days, char* out);                         // yyyy-MM-dd
char* FormatTime(int64_t nanos_of_day, int precision, char* out);  // HH:mm:ss[.fraction]
// "yyyy-MM-dd HH:mm:ss[.fraction]" with exactly `precision` fractional digits; `separator` stands
// between date and time ('T' for ISO-8601).
char* FormatTimestamp(int64_t micros, int precision, char* out, char separator = ' ');
char* FormatTimestampNanos(TimestampNanos t, int precision, char* out, char separator = ' ');

// --- Fields and rounding -------------------------------------------------------------------------

// SQL:2016's fields, and Flink's additions to them.
enum class TimeUnit : uint8_t {
  kMillennium,
  kCentury,
  kDecade,
  kYear,
  kIsoYear,
  kQuarter,
  kMonth,
  kWeek,
  kDay,
  kDayOfWeek,
  kIsoDayOfWeek,
  kDayOfYear,
  kHour,
  kMinute,
  kSecond,
  kMillisecond,
  kMicrosecond,
  kNanosecond,
  kEpoch,
};
// By SQL name, ignoring case: "YEAR", "DOW", "DOY", "ISODOW", "EPOCH", …, and plural forms.
// std::nullopt for other names.
std::optional<TimeUnit> FindTimeUnit(std::string_view name);
std::string_view TimeUnitName(TimeUnit unit);

// EXTRACT(unit FROM value). kWeek is the ISO week, kDayOfWeek 1 for Sunday, kIsoDayOfWeek 1 for
// Monday, kEpoch seconds; milli-, micro- and nanoseconds are those within the second. Units that a
// value lacks (hours of a DATE, years of a TIME) are 0.
int64_t ExtractFromDate(TimeUnit unit, int32_t days);
int64_t ExtractFromTime(TimeUnit unit, int64_t nanos_of_day);
int64_t ExtractFromTimestamp(TimeUnit unit, int64_t micros);
int64_t ExtractFromTimestampNanos(TimeUnit unit, TimestampNanos t);

// FLOOR and CEIL TO unit; weeks start on Sunday. Units that do not round (kEpoch, kDayOfWeek, …)
// return the value unchanged. A boundary that is out of range wraps around: then a floor is later
// than the value, and a ceiling earlier.
int32_t FloorDate(TimeUnit unit, int32_t days);
int32_t CeilDate(TimeUnit unit, int32_t days);
int64_t FloorTime(TimeUnit unit, int64_t nanos_of_day);
int64_t CeilTime(TimeUnit unit, int64_t nanos_of_day);
int64_t FloorTimestamp(TimeUnit unit, int64_t micros);
int64_t CeilTimestamp(TimeUnit unit, int64_t micros);
TimestampNanos FloorTimestampNanos(TimeUnit unit, TimestampNanos t);
TimestampNanos CeilTimestampNanos(TimeUnit unit, TimestampNanos t);

// --- Months --------------------------------------------------------------------------------------

// The same day `months` later (earlier when negative), or the last day of a shorter month. Times
// that are out of range wrap around.
int32_t AddMonthsToDate(int32_t days, int32_t months);
TimestampNanos AddMonthsToTimestampNanos(TimestampNanos t, int32_t months);
// Whole months from `from` to `to` as TIMESTAMPDIFF counts them: 1 from 01-31 to 02-29.
int64_t MonthsBetweenDates(int32_t from, int32_t to);
int64_t MonthsBetweenMillis(int64_t from, int64_t to);

}  // namespace weir
