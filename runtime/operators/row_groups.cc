#include "runtime/operators/row_groups.h"

namespace weir::operators {

void RowGroups::Collect(std::span<std::byte* const> pointers) {
  const auto hash_of = [&](uint32_t row) {
    const uint64_t mixed =
        (reinterpret_cast<uintptr_t>(pointers[row]) >> 3) * 0x9E3779B97F4A7C15ULL;
    return mixed ^ (mixed >> 32);
  };
  begins_.clear();
  Group(
      pointers.size(), hash_of,
      [&](uint32_t row, uint32_t first) { return pointers[row] == pointers[first]; },
      [&](uint32_t group) {
        if (group == begins_.size()) begins_.push_back(0);
        ++begins_[group];
      });
  ListRows();
}

void RowGroups::ListRows() {
  uint32_t end = 0;
  for (uint32_t& begin : begins_) {
    end += begin;
    begin = end;
  }
  begins_.push_back(end);
  rows_.resize(group_of().size());
  // begins_ holds the ends of the groups here. Going backwards lists each group's rows ascending,
  // and leaves the beginnings in begins_.
  for (size_t row = rows_.size(); row-- > 0;) {
    rows_[--begins_[group_of()[row]]] = static_cast<uint32_t>(row);
  }
}

}  // namespace weir::operators
