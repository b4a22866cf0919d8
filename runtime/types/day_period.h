// The parts of a day, as patterns of dates name them (letter B).
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

namespace weir {

// A part of the day in minutes from midnight, `end` excluded. Noon and midnight last a minute each
// and take precedence over the part around them; the night goes on over midnight. The parts are
// those of English in Unicode's CLDR (supplemental/dayPeriods.xml), as java.time has since Java 16.
struct DayPeriod {
  int64_t begin;
  int64_t end;
  std::string_view name;
  std::string_view narrow;

  // Also true for noon and midnight in the part around them (see DayPeriodAt).
  bool Includes(int64_t minute_of_day) const;
  // The minute in the middle, which parsing takes when the text has no hour besides the part.
  int64_t Middle() const;
  std::string_view Name(bool narrowly) const { return narrowly ? narrow : name; }
};

// The longest names first, so that none is the beginning of a later one.
std::span<const DayPeriod> DayPeriods();
// The part that a minute of the day (0 to 1439) belongs to.
const DayPeriod& DayPeriodAt(int64_t minute_of_day);

}  // namespace weir
