#include "runtime/types/datetime.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <string>

#include "runtime/base/check.h"
#include "runtime/base/names.h"

namespace weir {
namespace {

constexpr int64_t kPowers[] = {1,       10,        100,        1'000,       10'000,
                               100'000, 1'000'000, 10'000'000, 100'000'000, 1'000'000'000};

struct UnitName {
  TimeUnit unit;
  std::string_view name;
};
constexpr UnitName kUnitNames[] = {
    {TimeUnit::kMillennium, "MILLENNIUM"},
    {TimeUnit::kCentury, "CENTURY"},
    {TimeUnit::kDecade, "DECADE"},
    {TimeUnit::kYear, "YEAR"},
    {TimeUnit::kIsoYear, "ISOYEAR"},
    {TimeUnit::kQuarter, "QUARTER"},
    {TimeUnit::kMonth, "MONTH"},
    {TimeUnit::kWeek, "WEEK"},
    {TimeUnit::kDay, "DAY"},
    {TimeUnit::kDayOfWeek, "DOW"},
    {TimeUnit::kIsoDayOfWeek, "ISODOW"},
    {TimeUnit::kDayOfYear, "DOY"},
    {TimeUnit::kHour, "HOUR"},
    {TimeUnit::kMinute, "MINUTE"},
    {TimeUnit::kSecond, "SECOND"},
    {TimeUnit::kMillisecond, "MILLISECOND"},
    {TimeUnit::kMicrosecond, "MICROSECOND"},
    {TimeUnit::kNanosecond, "NANOSECOND"},
    {TimeUnit::kEpoch, "EPOCH"},
};

// 0 is Sunday: 1970-01-01 was a Thursday.
int64_t WeekdayFromSunday(int64_t days) {
  return FloorModulo(days + 4, 7);
}
int64_t WeekdayFromMonday(int64_t days) {
  return FloorModulo(days + 3, 7);
}

// The year that the week's Thursday is in (ISO 8601).
int64_t IsoYear(int64_t days) {
  return CivilFromDays(days - WeekdayFromMonday(days) + 3).year;
}

int64_t IsoWeek(int64_t days) {
  const int64_t thursday = days - WeekdayFromMonday(days) + 3;
  return (thursday - DaysFromCivil(CivilFromDays(thursday).year, 1, 1)) / 7 + 1;
}

// Years in groups that start with year 1: 1..100 is the first century.
int64_t OrdinalOfYears(int64_t year, int64_t length) {
  return year > 0 ? (year + length - 1) / length : (year - length + 1) / length;
}

// The months in a unit of the calendar; 0 for other units.
int64_t MonthsOf(TimeUnit unit) {
  switch (unit) {
    case TimeUnit::kMillennium:
      return 12'000;
    case TimeUnit::kCentury:
      return 1'200;
    case TimeUnit::kDecade:
      return 120;
    case TimeUnit::kYear:
      return 12;
    case TimeUnit::kQuarter:
      return 3;
    case TimeUnit::kMonth:
      return 1;
    default:
      return 0;
  }
}

// The nanoseconds in a unit of the clock; 0 for other units.
int64_t NanosOf(TimeUnit unit) {
  switch (unit) {
    case TimeUnit::kHour:
      return 3'600 * kNanosPerSecond;
    case TimeUnit::kMinute:
      return 60 * kNanosPerSecond;
    case TimeUnit::kSecond:
      return kNanosPerSecond;
    case TimeUnit::kMillisecond:
      return kNanosPerMilli;
    case TimeUnit::kMicrosecond:
      return kNanosPerMicro;
    case TimeUnit::kNanosecond:
      return 1;
    default:
      return 0;
  }
}

bool IsDateUnit(TimeUnit unit) {
  return MonthsOf(unit) > 0 || unit == TimeUnit::kWeek || unit == TimeUnit::kDay;
}

int64_t FloorDays(TimeUnit unit, int64_t days) {
  if (unit == TimeUnit::kWeek) return days - WeekdayFromSunday(days);
  const int64_t months = MonthsOf(unit);
  if (months == 0) return days;
  const CivilDate date = CivilFromDays(days);
  // Centuries and millennia start with year 1, the others with year 0.
  const int64_t start = months >= 1'200 ? 12 : 0;
  const int64_t index =
      FloorDivide(date.year * 12 + date.month - 1 - start, months) * months + start;
  return DaysFromCivil(FloorDivide(index, 12), static_cast<int>(FloorModulo(index, 12)) + 1, 1);
}

int64_t CeilDays(TimeUnit unit, int64_t days) {
  const int64_t floor = FloorDays(unit, days);
  if (floor == days) return days;
  if (unit == TimeUnit::kWeek) return floor + 7;
  return AddMonthsToDate(static_cast<int32_t>(floor), static_cast<int32_t>(MonthsOf(unit)));
}

// days * unit + rest as Java computes it: a time that is out of range wraps around.
int64_t Wrapped(int64_t days, int64_t unit, int64_t rest) {
  return static_cast<int64_t>(static_cast<uint64_t>(days) * static_cast<uint64_t>(unit) +
                              static_cast<uint64_t>(rest));
}

int64_t AddMonthsToDays(int64_t days, int64_t months) {
  const CivilDate date = CivilFromDays(days);
  const int64_t index = date.year * 12 + date.month - 1 + months;
  const int64_t year = FloorDivide(index, 12);
  const int month = static_cast<int>(FloorModulo(index, 12)) + 1;
  return DaysFromCivil(year, month, std::min(date.day, DaysInMonth(year, month)));
}

int64_t MonthsBetweenDays(int64_t from, int64_t to) {
  if (to < from) return -MonthsBetweenDays(to, from);
  const CivilDate a = CivilFromDays(from);
  const CivilDate b = CivilFromDays(to);
  const int64_t months = (b.year - a.year) * 12 + b.month - a.month;
  return AddMonthsToDays(from, months) <= to ? months : months - 1;
}

// Floors a timestamp in units of which a day has `per_day`: microseconds for TIMESTAMP(0..6),
// milliseconds for TimestampNanos.
int64_t FloorInstant(TimeUnit unit, int64_t value, int64_t per_day) {
  if (IsDateUnit(unit)) return Wrapped(FloorDays(unit, FloorDivide(value, per_day)), per_day, 0);
  const int64_t nanos = NanosOf(unit);
  const int64_t length = nanos / (kNanosPerDay / per_day);
  return length <= 1 ? value : Wrapped(FloorModulo(value, length), -1, value);
}

int64_t CeilInstant(TimeUnit unit, int64_t value, int64_t per_day) {
  const int64_t floor = FloorInstant(unit, value, per_day);
  if (floor == value) return value;
  if (unit == TimeUnit::kDay) return Wrapped(1, per_day, floor);
  if (IsDateUnit(unit)) return Wrapped(CeilDays(unit, floor / per_day + 1), per_day, 0);
  return Wrapped(1, NanosOf(unit) / (kNanosPerDay / per_day), floor);
}

}  // namespace

int64_t TruncateMicros(int64_t micros, int precision) {
  return precision >= 6 ? micros : micros - FloorModulo(micros, kPowers[6 - precision]);
}

TimestampNanos TruncateNanos(TimestampNanos t, int precision) {
  if (precision <= 3) return {t.millis - FloorModulo(t.millis, kPowers[3 - precision]), 0};
  if (precision < 9) t.nanos -= static_cast<int32_t>(t.nanos % kPowers[9 - precision]);
  return t;
}

int64_t TruncateTime(int64_t nanos_of_day, int precision) {
  return precision >= 9 ? nanos_of_day : nanos_of_day - nanos_of_day % kPowers[9 - precision];
}

std::optional<TimeUnit> FindTimeUnit(std::string_view name) {
  for (const UnitName& entry : kUnitNames) {
    if (EqualsIgnoreCase(entry.name, name)) return entry.unit;
    if (name.size() == entry.name.size() + 1 && (name.back() == 's' || name.back() == 'S') &&
        EqualsIgnoreCase(entry.name, name.substr(0, entry.name.size()))) {
      return entry.unit;
    }
  }
  return std::nullopt;
}

std::string_view TimeUnitName(TimeUnit unit) {
  for (const UnitName& entry : kUnitNames) {
    if (entry.unit == unit) return entry.name;
  }
  WEIR_UNREACHABLE();
}

int64_t ExtractFromDate(TimeUnit unit, int32_t days) {
  const CivilDate date = CivilFromDays(days);
  switch (unit) {
    case TimeUnit::kMillennium:
      return OrdinalOfYears(date.year, 1000);
    case TimeUnit::kCentury:
      return OrdinalOfYears(date.year, 100);
    case TimeUnit::kDecade:
      return FloorDivide(date.year, 10);
    case TimeUnit::kYear:
      return date.year;
    case TimeUnit::kIsoYear:
      return IsoYear(days);
    case TimeUnit::kQuarter:
      return (date.month + 2) / 3;
    case TimeUnit::kMonth:
      return date.month;
    case TimeUnit::kWeek:
      return IsoWeek(days);
    case TimeUnit::kDay:
      return date.day;
    case TimeUnit::kDayOfWeek:
      return WeekdayFromSunday(days) + 1;
    case TimeUnit::kIsoDayOfWeek:
      return WeekdayFromMonday(days) + 1;
    case TimeUnit::kDayOfYear:
      return days - DaysFromCivil(date.year, 1, 1) + 1;
    case TimeUnit::kEpoch:
      return int64_t{days} * 86'400;
    case TimeUnit::kHour:
    case TimeUnit::kMinute:
    case TimeUnit::kSecond:
    case TimeUnit::kMillisecond:
    case TimeUnit::kMicrosecond:
    case TimeUnit::kNanosecond:
      return 0;
  }
  WEIR_UNREACHABLE();
}

int64_t ExtractFromTime(TimeUnit unit, int64_t nanos_of_day) {
  const int64_t nanos = nanos_of_day % kNanosPerSecond;
  switch (unit) {
    case TimeUnit::kHour:
      return nanos_of_day / NanosOf(unit);
    case TimeUnit::kMinute:
    case TimeUnit::kSecond:
      return nanos_of_day / NanosOf(unit) % 60;
    case TimeUnit::kMillisecond:
      return nanos / kNanosPerMilli;
    case TimeUnit::kMicrosecond:
      return nanos / kNanosPerMicro;
    case TimeUnit::kNanosecond:
      return nanos;
    case TimeUnit::kEpoch:
      return nanos_of_day / kNanosPerSecond;
    default:
      return 0;
  }
}

int64_t ExtractFromTimestamp(TimeUnit unit, int64_t micros) {
  return ExtractFromTimestampNanos(unit, NanosFromMicros(micros));
}

int64_t ExtractFromTimestampNanos(TimeUnit unit, TimestampNanos t) {
  if (unit == TimeUnit::kEpoch) return FloorDivide(t.millis, kMillisPerSecond);
  if (NanosOf(unit) == 0) {
    return ExtractFromDate(unit, static_cast<int32_t>(FloorDivide(t.millis, kMillisPerDay)));
  }
  return ExtractFromTime(unit, FloorModulo(t.millis, kMillisPerDay) * kNanosPerMilli + t.nanos);
}

int32_t FloorDate(TimeUnit unit, int32_t days) {
  return static_cast<int32_t>(FloorDays(unit, days));
}
int32_t CeilDate(TimeUnit unit, int32_t days) {
  return static_cast<int32_t>(CeilDays(unit, days));
}

int64_t FloorTime(TimeUnit unit, int64_t nanos_of_day) {
  const int64_t length = NanosOf(unit);
  return length == 0 ? nanos_of_day : nanos_of_day - nanos_of_day % length;
}
int64_t CeilTime(TimeUnit unit, int64_t nanos_of_day) {
  const int64_t floor = FloorTime(unit, nanos_of_day);
  // Midnight at the day's end is 00:00 again.
  return floor == nanos_of_day ? floor : (floor + NanosOf(unit)) % kNanosPerDay;
}

int64_t FloorTimestamp(TimeUnit unit, int64_t micros) {
  return FloorInstant(unit, micros, kMicrosPerDay);
}
int64_t CeilTimestamp(TimeUnit unit, int64_t micros) {
  return CeilInstant(unit, micros, kMicrosPerDay);
}

TimestampNanos FloorTimestampNanos(TimeUnit unit, TimestampNanos t) {
  if (unit == TimeUnit::kMicrosecond) return TruncateNanos(t, 6);
  if (unit != TimeUnit::kMillisecond && !IsDateUnit(unit) && NanosOf(unit) <= 1) return t;
  return {FloorInstant(unit, t.millis, kMillisPerDay), 0};
}

TimestampNanos CeilTimestampNanos(TimeUnit unit, TimestampNanos t) {
  const TimestampNanos floor = FloorTimestampNanos(unit, t);
  if (floor == t) return t;
  if (unit == TimeUnit::kMicrosecond) {
    const int32_t nanos = floor.nanos + static_cast<int32_t>(kNanosPerMicro);
    return nanos < kNanosPerMilli ? TimestampNanos{floor.millis, nanos}
                                  : TimestampNanos{floor.millis + 1, 0};
  }
  // Anything after the floor rounds up as its next millisecond does.
  return {CeilInstant(unit, floor.millis + 1, kMillisPerDay), 0};
}

int32_t AddMonthsToDate(int32_t days, int32_t months) {
  return static_cast<int32_t>(AddMonthsToDays(days, months));
}

TimestampNanos AddMonthsToTimestampNanos(TimestampNanos t, int32_t months) {
  const int64_t days = FloorDivide(t.millis, kMillisPerDay);
  t.millis = Wrapped(AddMonthsToDays(days, months) - days, kMillisPerDay, t.millis);
  return t;
}

int64_t MonthsBetweenDates(int32_t from, int32_t to) {
  return MonthsBetweenDays(from, to);
}

int64_t MonthsBetweenMillis(int64_t from, int64_t to) {
  if (to < from) return -MonthsBetweenMillis(to, from);
  const int64_t from_day = FloorDivide(from, kMillisPerDay);
  const int64_t to_day = FloorDivide(to, kMillisPerDay);
  const int64_t months = MonthsBetweenDays(from_day, to_day);
  const bool short_of_clock = FloorModulo(to, kMillisPerDay) < FloorModulo(from, kMillisPerDay);
  return AddMonthsToDays(from_day, months) == to_day && short_of_clock ? months - 1 : months;
}

}  // namespace weir
