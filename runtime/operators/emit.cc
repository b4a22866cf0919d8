#include "runtime/operators/emit.h"

#include <algorithm>
#include <utility>

namespace weir::operators {

Status EmitInPieces(Batch batch, uint32_t batch_rows, Output& out) {
  const uint32_t total = batch.size();
  if (total == 0) return {};
  if (total <= batch_rows) return out.Emit(std::move(batch));
  for (uint32_t begin = 0; begin < total; begin += batch_rows) {
    const uint32_t count = std::min(batch_rows, total - begin);
    const BufferPtr ids = MakeBuffer<uint32_t>(count);
    for (uint32_t i = 0; i < count; ++i) ids->as<uint32_t>()[i] = batch.RowAt(begin + i);
    RETURN_IF_ERROR(out.Emit(GatherBatch(batch, ids->as<uint32_t>(), count)));
  }
  return {};
}

const int8_t* SignsOf(const Batch& batch, std::vector<int8_t>& scratch) {
  if (batch.row_kinds == nullptr) return nullptr;
  const auto* kinds = batch.row_kinds->as<uint8_t>();
  scratch.clear();
  bool any = false;
  ForEachRow(batch, [&](uint32_t row) {
    const bool addition = IsAddition(static_cast<RowKind>(kinds[row]));
    any |= !addition;
    scratch.push_back(addition ? int8_t{1} : int8_t{-1});
  });
  return any ? scratch.data() : nullptr;
}

Batch Select(const Batch& batch, const uint32_t* rows, uint32_t count) {
  Batch result = batch;
  BufferPtr ids = MakeBuffer<uint32_t>(count);
  std::copy_n(rows, count, ids->as<uint32_t>());
  result.selection = Selection(std::move(ids), count);
  return result;
}

}  // namespace weir::operators
