#include "runtime/operators/row_groups.h"

#include <bit>

namespace weir::operators {

void RowGroups::Collect(std::span<std::byte* const> pointers) {
  if (slots_.size() < pointers.size() * 2) {
    slots_.assign(std::bit_ceil(pointers.size() * 2), Slot{nullptr, 0, 0});
  }
  const uint64_t stamp = ++stamp_;
  const size_t mask = slots_.size() - 1;
  const int shift = 64 - std::countr_zero(slots_.size());
  firsts_.clear();
  begins_.clear();
  group_of_.resize(pointers.size());
  for (size_t i = 0; i < pointers.size(); ++i) {
    const std::byte* pointer = pointers[i];
    const uint64_t mixed = (reinterpret_cast<uintptr_t>(pointer) >> 3) * 0x9E3779B97F4A7C15ULL;
    size_t at = static_cast<size_t>(mixed >> shift) & mask;
    while (slots_[at].stamp == stamp && slots_[at].pointer != pointer) at = (at + 1) & mask;
    if (slots_[at].stamp != stamp) {
      slots_[at] = {pointer, stamp, static_cast<uint32_t>(firsts_.size())};
      firsts_.push_back(static_cast<uint32_t>(i));
      begins_.push_back(0);
    }
    group_of_[i] = slots_[at].group;
    ++begins_[slots_[at].group];
  }
  uint32_t end = 0;
  for (uint32_t& begin : begins_) {
    end += begin;
    begin = end;
  }
  begins_.push_back(end);
  rows_.resize(pointers.size());
  // From the back, so that each group's rows are ascending and begins_ ends at their beginnings.
  for (size_t i = pointers.size(); i-- > 0;) {
    rows_[--begins_[group_of_[i]]] = static_cast<uint32_t>(i);
  }
}

}  // namespace weir::operators
