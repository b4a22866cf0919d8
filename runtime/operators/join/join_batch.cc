#include "runtime/operators/join/join_batch.h"

#include <algorithm>
#include <cstring>
#include <utility>

#include "runtime/operators/key_hashes.h"
#include "runtime/types/key_encoding.h"

namespace weir::operators {

void JoinBatch::Take(const Batch& batch, const std::vector<int>& keys,
                     const std::vector<uint8_t>& null_safe) {
  hashes = KeyHashes(batch, keys, hash_scratch_);
  std::vector<const Column*> strict;
  for (size_t i = 0; i < keys.size(); ++i) {
    const Column& column = *batch.columns[static_cast<size_t>(keys[i])];
    if (null_safe[i] == 0 && (column.has_validity() || column.type().kind() == TypeKind::kNull)) {
      strict.push_back(&column);
    }
  }
  places.clear();
  keyed = batch;
  const BufferPtr ids = MakeBuffer<uint32_t>(batch.size());
  uint32_t count = 0;
  for (uint32_t i = 0; i < batch.size(); ++i) {
    const uint32_t row = batch.RowAt(i);
    const bool null = std::any_of(strict.begin(), strict.end(),
                                  [&](const Column* column) { return column->IsNull(row); });
    if (null) continue;
    places.push_back(i);
    ids->as<uint32_t>()[count++] = row;
  }
  if (count < batch.size()) keyed.selection = Selection(ids, count);
  signs.clear();
  if (batch.row_kinds == nullptr) return;
  bool any = false;
  for (uint32_t i = 0; i < keyed.size(); ++i) {
    const bool addition = IsAddition(keyed.kind(keyed.RowAt(i)));
    any |= !addition;
    signs.push_back(addition ? int8_t{1} : int8_t{-1});
  }
  if (!any) signs.clear();
}

}  // namespace weir::operators
