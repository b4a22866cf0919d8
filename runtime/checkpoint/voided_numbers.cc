#include "runtime/checkpoint/voided_numbers.h"

#include <algorithm>

#include "runtime/fault_point.h"

namespace weir::checkpoint {

bool IsVoided(const VoidedNumbers& voided, uint64_t number) {
  if (DefectPlanted("voided-numbers-count")) return false;
  return std::ranges::any_of(voided, [number](const NumberRange& range) {
    return range.first <= number && number <= range.last;
  });
}

void AddVoided(NumberRange range, uint64_t oldest_kept, VoidedNumbers& voided) {
  std::erase_if(voided, [=](const NumberRange& one) { return one.last < oldest_kept; });
  // A start that was undone has recorded its numbers, and the next one records more of them.
  if (!voided.empty()) range.first = std::max(range.first, voided.back().last + 1);
  if (range.first > range.last) return;
  if (!voided.empty() && voided.back().last + 1 == range.first) {
    voided.back().last = range.last;
    return;
  }
  voided.push_back(range);
}

}  // namespace weir::checkpoint
