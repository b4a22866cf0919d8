// The parts of a day, as patterns of dates name them (letter B).
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

namespace weir {

// A part of the day in minutes from its midnight, `end` excluded; noon and midnight are a minute
// each, which hides the part around it. That of the night goes over midnight. Those of English in
// Unicode's CLDR (supplemental/dayPeriods.xml), as java.time has them since Java 16.
struct DayPeriod {
  int64_t begin;
  int64_t end;
  std::string_view name;
  std::string_view narrow;

  bool Includes(int64_t minute_of_day) const;
  // The minute in the middle, which stands for the part where a text says nothing else.
  int64_t Middle() const;
  std::string_view Name(bool narrowly) const { return narrowly ? narrow : name; }
};

// The longest names first, so that none is the beginning of a later one.
std::span<const DayPeriod> DayPeriods();
// The part that a minute of the day (0 to 1439) belongs to.
const DayPeriod& DayPeriodAt(int64_t minute_of_day);

}  // namespace weir
