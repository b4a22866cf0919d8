// Hot: every row of an updating aggregate passes here.
#include "runtime/operators/touched_rows.h"

#include <bit>

namespace weir::operators {

void TouchedRows::Collect(std::span<std::byte* const> rows) {
  if (slots_.size() < rows.size() * 2) {
    slots_.assign(std::bit_ceil(rows.size() * 2), Slot{nullptr, 0});
    shift_ = 64 - std::countr_zero(slots_.size());
  }
  const uint64_t stamp = ++stamp_;
  rows_.resize(rows.size());
  first_.resize(rows.size());
  Slot* const slots = slots_.data();
  const size_t mask = slots_.size() - 1;
  const int shift = shift_;
  size_t count = 0;
  for (size_t i = 0; i < rows.size(); ++i) {
    std::byte* const row = rows[i];
    size_t at = static_cast<size_t>(
        ((reinterpret_cast<uintptr_t>(row) >> 3) * 0x9E3779B97F4A7C15ULL) >> shift);
    while (slots[at].stamp == stamp && slots[at].row != row) at = (at + 1) & mask;
    const bool fresh = slots[at].stamp != stamp;
    slots[at] = {row, stamp};
    // Written for every row but only kept for the first of its kind, so that no branch depends on
    // the keys.
    rows_[count] = row;
    first_[count] = static_cast<uint32_t>(i);
    count += fresh ? 1 : 0;
  }
  rows_.resize(count);
  first_.resize(count);
}

}  // namespace weir::operators
