#include "runtime/operators/key_groups.h"

#include <bit>

#include "runtime/types/key_encoding.h"

namespace weir::operators {

void KeyGroups::Collect(const Batch& batch, std::span<const int> keys, const uint64_t* hashes) {
  std::vector<ColumnPtr> columns;
  for (const int key : keys) {
    columns.push_back(Flatten(batch.columns[static_cast<size_t>(key)]));
  }
  bytes_.clear();
  AppendKeys(columns, batch.row_count, bytes_, ends_);
  if (slots_.size() < size_t{batch.row_count} * 2) {
    slots_.assign(std::bit_ceil(size_t{batch.row_count} * 2), Slot{0, 0, 0});
  }
  const uint64_t stamp = ++stamp_;
  const size_t mask = slots_.size() - 1;
  firsts_.clear();
  begins_.clear();
  group_of_.resize(batch.row_count);
  for (uint32_t row = 0; row < batch.row_count; ++row) {
    const uint64_t hash = hashes[row];
    size_t at = static_cast<size_t>(hash) & mask;
    while (slots_[at].stamp == stamp &&
           (slots_[at].hash != hash || KeyOf(firsts_[slots_[at].group]) != KeyOf(row))) {
      at = (at + 1) & mask;
    }
    if (slots_[at].stamp != stamp) {
      slots_[at] = {hash, stamp, static_cast<uint32_t>(firsts_.size())};
      firsts_.push_back(row);
      begins_.push_back(0);
    }
    group_of_[row] = slots_[at].group;
    ++begins_[slots_[at].group];
  }
  uint32_t end = 0;
  for (uint32_t& begin : begins_) {
    end += begin;
    begin = end;
  }
  begins_.push_back(end);
  rows_.resize(batch.row_count);
  // From the back, so that each group's rows are ascending and begins_ ends at their beginnings.
  for (uint32_t row = batch.row_count; row-- > 0;) rows_[--begins_[group_of_[row]]] = row;
}

}  // namespace weir::operators
