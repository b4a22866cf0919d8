#include "runtime/operators/touched_rows.h"

#include <bit>

namespace weir::operators {

void TouchedRows::Collect(std::span<std::byte* const> rows) {
  rows_.clear();
  first_.clear();
  group_of_.resize(rows.size());
  if (slots_.size() < rows.size() * 2) {
    slots_.assign(std::bit_ceil(rows.size() * 2), Slot{nullptr, 0, 0});
    shift_ = 64 - std::countr_zero(slots_.size());
    stamp_ = 0;
  }
  if (++stamp_ == 0) {  // wrapped: old stamps could look new
    slots_.assign(slots_.size(), Slot{nullptr, 0, 0});
    stamp_ = 1;
  }
  for (uint32_t i = 0; i < rows.size(); ++i) {
    // Input is often clustered by key: the row before is the likeliest match.
    group_of_[i] = i > 0 && rows[i] == rows[i - 1] ? group_of_[i - 1] : GroupOf(rows[i], i);
  }
}

uint32_t TouchedRows::GroupOf(std::byte* row, uint32_t position) {
  const size_t mask = slots_.size() - 1;
  const uint64_t mixed = (reinterpret_cast<uintptr_t>(row) >> 3) * 0x9E3779B97F4A7C15ULL;
  for (size_t i = static_cast<size_t>(mixed >> shift_);; i = (i + 1) & mask) {
    Slot& slot = slots_[i];
    if (slot.stamp == stamp_ && slot.row == row) return slot.group;
    if (slot.stamp == stamp_) continue;
    slot = {row, static_cast<uint32_t>(rows_.size()), stamp_};
    rows_.push_back(row);
    first_.push_back(position);
    return slot.group;
  }
}

}  // namespace weir::operators
