#include "runtime/types/day_period.h"

#include <algorithm>

#include "runtime/base/check.h"

namespace weir {
namespace {

constexpr int64_t kHour = 60;  // minutes
constexpr int64_t kMinutesOfDay = 24 * kHour;
constexpr DayPeriod kPeriods[] = {
    {0, 1, "midnight", "mi"},
    {12 * kHour, 12 * kHour + 1, "noon", "n"},
    {6 * kHour, 12 * kHour, "in the morning", "in the morning"},
    {12 * kHour, 18 * kHour, "in the afternoon", "in the afternoon"},
    {18 * kHour, 21 * kHour, "in the evening", "in the evening"},
    {21 * kHour, 6 * kHour, "at night", "at night"},
};

}  // namespace

bool DayPeriod::Includes(int64_t minute_of_day) const {
  if (begin < end) return minute_of_day >= begin && minute_of_day < end;
  return minute_of_day >= begin || minute_of_day < end;
}

int64_t DayPeriod::Middle() const {
  const int64_t last = begin < end ? end : end + kMinutesOfDay;
  return (begin + last) / 2 % kMinutesOfDay;
}

std::span<const DayPeriod> DayPeriods() {
  return kPeriods;
}

const DayPeriod& DayPeriodAt(int64_t minute_of_day) {
  const auto found =
      std::ranges::find_if(kPeriods, [&](const DayPeriod& p) { return p.Includes(minute_of_day); });
  WEIR_CHECK(found != std::end(kPeriods));
  return *found;
}

}  // namespace weir
