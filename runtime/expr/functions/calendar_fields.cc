#include "runtime/expr/functions/calendar_fields.h"

#include <algorithm>

#include "runtime/types/datetime.h"

namespace weir::expr {
namespace {

using enum CalendarField;

constexpr int64_t kSunday = 1;
constexpr int64_t kDaysOfWeek = 7;

// The last day up to `days` since 1970-01-01 that has this weekday (1: Sunday).
int64_t WeekdayOnOrBefore(int64_t days, int64_t weekday) {
  constexpr int64_t kSundayOf1970 = 3;  // January 4
  return days - FloorModulo(days - kSundayOf1970 - (weekday - kSunday), kDaysOfWeek);
}

// The Sunday that begins the week of a day.
int64_t WeekOf(int64_t days) {
  return WeekdayOnOrBefore(days, kSunday);
}

int64_t FirstOfMonth(int64_t year, int64_t month) {
  return DaysFromCivil(year + FloorDivide(month, 12), static_cast<int>(FloorModulo(month, 12)) + 1,
                       1);
}

}  // namespace

void CalendarFields::Set(CalendarField field, int32_t value) {
  values_[static_cast<size_t>(field)] = value;
  stamps_[static_cast<size_t>(field)] = ++last_stamp_;
}

// Of two fields that count only together.
int CalendarFields::BothStamp(CalendarField a, CalendarField b) const {
  return Has(a) && Has(b) ? std::max(Stamp(a), Stamp(b)) : 0;
}

// Calendar.selectFields: the combination whose last field was set last. Without a complete one a
// week alone will do, or a weekday alone, which is then the first of its kind in the month.
CalendarFields::Way CalendarFields::BestWay() const {
  int weeks = BothStamp(kWeekOfMonth, kDayOfWeek);
  int weekdays = BothStamp(kDayOfWeekInMonth, kDayOfWeek);
  int weeks_of_year = BothStamp(kWeekOfYear, kDayOfWeek);
  int month_days = Stamp(kDayOfMonth);
  const int year_days = Stamp(kDayOfYear);
  int best = std::max({month_days, weeks, weekdays, year_days, weeks_of_year});
  if (best == 0) {
    weeks = Stamp(kWeekOfMonth);
    weekdays = std::max(Stamp(kDayOfWeekInMonth), Stamp(kDayOfWeek));
    weeks_of_year = Stamp(kWeekOfYear);
    best = std::max({weeks, weekdays, weeks_of_year});
    if (best == 0) best = month_days = Stamp(kMonth);
  }
  if (best == month_days) return Way::kDayOfMonth;
  const bool in_month = (best == weeks && Stamp(kWeekOfMonth) >= Stamp(kWeekOfYear)) ||
                        (best == weekdays && Stamp(kDayOfWeekInMonth) >= Stamp(kWeekOfYear));
  if (in_month) return WayWithinMonth(weeks, weekdays);
  return best == year_days ? Way::kDayOfYear : Way::kWeekOfYear;
}

CalendarFields::Way CalendarFields::WayWithinMonth(int weeks, int weekdays) const {
  const bool is_week =
      weeks == weekdays ? Stamp(kWeekOfMonth) >= Stamp(kDayOfWeekInMonth) : weeks > weekdays;
  return is_week ? Way::kWeekOfMonth : Way::kDayOfWeekInMonth;
}

// A day of the month that begins with `first`, the next one with `next`.
int64_t CalendarFields::DateInMonth(int64_t first, int64_t next, Way way) const {
  const int64_t weekday = Has(kDayOfWeek) ? At(kDayOfWeek) : kSunday;
  if (way == Way::kDayOfMonth) return Has(kDayOfMonth) ? first + At(kDayOfMonth) - 1 : first;
  if (way == Way::kWeekOfMonth) {
    int64_t day = WeekOf(first);
    if (Has(kDayOfWeek)) day = WeekdayOnOrBefore(day + kDaysOfWeek - 1, weekday);
    return day + kDaysOfWeek * (At(kWeekOfMonth) - 1);
  }
  const int64_t which = Has(kDayOfWeekInMonth) ? At(kDayOfWeekInMonth) : 1;
  if (which >= 0) return WeekdayOnOrBefore(first + kDaysOfWeek * which - 1, weekday);
  return WeekdayOnOrBefore(next + kDaysOfWeek * (which + 1) - 1, weekday);
}

// GregorianCalendar.getFixedDate, in days since 1970-01-01.
int64_t CalendarFields::Date() const {
  int64_t year = Has(kYear) ? At(kYear) : 1970;
  if (Has(kEra) && At(kEra) == 0) year = 1 - year;
  const Way way = BestWay();
  if (way == Way::kDayOfYear) return FirstOfMonth(year, 0) + At(kDayOfYear) - 1;
  if (way == Way::kWeekOfYear) {
    int64_t day = WeekOf(FirstOfMonth(year, 0));
    if (Has(kDayOfWeek)) day = WeekdayOnOrBefore(day + kDaysOfWeek - 1, At(kDayOfWeek));
    return day + kDaysOfWeek * (At(kWeekOfYear) - 1);
  }
  const int64_t month = At(kMonth);
  return DateInMonth(FirstOfMonth(year, month), FirstOfMonth(year, month + 1), way);
}

// CalendarBuilder.establish and GregorianCalendar.setWeekDate: the week year counts alone, with a
// week and a weekday, and in the era that the other fields lead to.
int64_t CalendarFields::DateOfWeekYear() const {
  int64_t week = Has(kWeekOfYear) ? At(kWeekOfYear) : 1;
  int64_t weekday = Has(kDayOfWeek) ? At(kDayOfWeek) : kSunday;
  if (weekday > kDaysOfWeek || weekday < kSunday) {  // then it is a number of letter u: 1, Monday
    week += FloorDivide(weekday - 1, kDaysOfWeek);
    weekday = (FloorModulo(weekday - 1, kDaysOfWeek) + 1) % kDaysOfWeek + 1;
  }
  const bool before_christ = CivilFromDays(Date()).year <= 0;
  const int64_t year = before_christ ? 1 - At(kWeekYear) : At(kWeekYear);
  return WeekOf(FirstOfMonth(year, 0)) + kDaysOfWeek * (week - 1) + weekday - kSunday;
}

int64_t CalendarFields::Hours() const {
  const int hour_stamp = BothStamp(kHour, kHalf);
  const int best = std::max(hour_stamp, Stamp(kHourOfDay));
  return best != 0 && best == Stamp(kHourOfDay) ? At(kHourOfDay) : At(kHour) + 12 * At(kHalf);
}

std::optional<int64_t> CalendarFields::LocalMillis() const {
  const int64_t date = Stamp(kWeekYear) > Stamp(kYear) ? DateOfWeekYear() : Date();
  const int64_t seconds = ((date * 24 + Hours()) * 60 + At(kMinute)) * 60 + At(kSecond);
  int64_t local = 0;
  const bool overflows = __builtin_mul_overflow(seconds, kMillisPerSecond, &local) ||
                         __builtin_add_overflow(local, At(kMillisecond), &local);
  return overflows ? std::nullopt : std::optional(local);
}

}  // namespace weir::expr
