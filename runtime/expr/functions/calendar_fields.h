// The fields that a text gave, as java.util.GregorianCalendar takes them: later ones win, and what
// is beyond a field counts on into the next one (its lenient mode). SimpleDateFormat sets them.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>

namespace weir::expr {

// The fields of java.util.Calendar that a pattern can set, and the week year.
enum class CalendarField : uint8_t {
  kEra,        // 0: before Christ, 1: after
  kYear,       // of the era
  kMonth,      // 0: January
  kDayOfYear,  // from 1, as all that follow but the hours and what they have
  kDayOfMonth,
  kDayOfWeek,         // 1: Sunday
  kDayOfWeekInMonth,  // the how-manieth Sunday, … of the month; negative: counted from its end
  kWeekOfYear,        // weeks begin on Sunday; the first is the one with January 1
  kWeekOfMonth,
  kWeekYear,
  kHalf,  // of the day: 0 or 1
  kHour,  // of the half
  kHourOfDay,
  kMinute,
  kSecond,
  kMillisecond,
};

// A set of fields with the order in which they were set. A value; copies are independent.
class CalendarFields {
 public:
  void Set(CalendarField field, int32_t value);

  // The local time in milliseconds since 1970-01-01 00:00:00, which also gives what was not set;
  // nothing where 64 bits do not hold it. Java SE 17, java.util.Calendar, "Calendar Fields
  // Resolution", says which fields count where they contradict each other. Days are those of the
  // Gregorian calendar for all time.
  std::optional<int64_t> LocalMillis() const;

 private:
  static constexpr size_t kCount = static_cast<size_t>(CalendarField::kMillisecond) + 1;

  // By which fields a date is found.
  enum class Way : uint8_t {
    kDayOfMonth,
    kWeekOfMonth,
    kDayOfWeekInMonth,
    kDayOfYear,
    kWeekOfYear
  };

  // When the field was set: 0, never; else from 1 on.
  int Stamp(CalendarField field) const { return stamps_[static_cast<size_t>(field)]; }
  bool Has(CalendarField field) const { return Stamp(field) != 0; }
  int64_t At(CalendarField field) const { return values_[static_cast<size_t>(field)]; }
  int BothStamp(CalendarField a, CalendarField b) const;

  Way BestWay() const;
  Way WayWithinMonth(int weeks, int weekdays) const;
  int64_t Date() const;
  int64_t DateOfWeekYear() const;
  int64_t DateInMonth(int64_t first, int64_t next, Way way) const;
  int64_t Hours() const;

  std::array<int32_t, kCount> values_ = {};
  std::array<int, kCount> stamps_ = {};
  int last_stamp_ = 0;
};

}  // namespace weir::expr
