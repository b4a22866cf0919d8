#include "runtime/operators/key_groups.h"

#include "runtime/types/key_encoding.h"

namespace weir::operators {

void KeyGroups::Collect(const Batch& batch, std::span<const int> keys, const uint64_t* hashes) {
  std::vector<ColumnPtr> columns;
  for (const int key : keys) {
    columns.push_back(Flatten(batch.columns[static_cast<size_t>(key)]));
  }
  bytes_.clear();
  AppendKeys(columns, batch.row_count, bytes_, ends_);
  // Within a subtask the low bits are those of its few key groups.
  Group(
      batch.row_count, [&](uint32_t row) { return hashes[row] ^ (hashes[row] >> 32); },
      [&](uint32_t row, uint32_t first) { return KeyOf(row) == KeyOf(first); });
}

}  // namespace weir::operators
