#include "runtime/types/day_period.h"

#include <algorithm>

#include "runtime/base/check.h"

namespace weir {
namespace {

constexpr int64_t kMinutesOfDay = 24 * 60;
constexpr DayPeriod kPeriods[] = {
    {0, 1, "midnight", "mi"},
    {12 * 60, 12 * 60 + 1, "noon", "n"},
    {6 * 60, 12 * 60, "in the morning", "in the morning"},
    {12 * 60, 18 * 60, "in the afternoon", "in the afternoon"},
    {18 * 60, 21 * 60, "in the evening", "in the evening"},
    {21 * 60, 6 * 60, "at night", "at night"},
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
