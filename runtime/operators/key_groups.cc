#include "runtime/operators/key_groups.h"

#include "runtime/types/key_encoding.h"

namespace weir::operators {

void KeyGroups::Collect(const Batch& batch, std::span<const int> keys, const uint64_t* hashes) {
  std::vector<ColumnPtr> columns;
  for (const int key : keys) columns.push_back(batch.columns[static_cast<size_t>(key)]);
  // Within a subtask the low bits are those of its few key groups.
  const auto hash_of = [&](uint32_t row) { return hashes[row] ^ (hashes[row] >> 32); };
  if (columns.size() == 1 && columns[0]->type().physical() == PhysicalType::kInt64 &&
      !columns[0]->is_constant() && !columns[0]->has_validity()) {
    const auto* const numbers = columns[0]->data<int64_t>();
    return Group(
        batch.row_count, hash_of,
        [numbers](uint32_t row, uint32_t first) { return numbers[row] == numbers[first]; },
        [](uint32_t) {});
  }
  bytes_.clear();
  AppendKeys(columns, batch.row_count, bytes_, ends_);
  Group(
      batch.row_count, hash_of,
      [&](uint32_t row, uint32_t first) { return KeyOf(row) == KeyOf(first); }, [](uint32_t) {});
}

}  // namespace weir::operators
