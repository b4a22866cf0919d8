#include "runtime/operators/join/join_pieces.h"

#include "runtime/types/key_encoding.h"

namespace weir::operators {
namespace {

Batch PieceOf(const Batch& batch, uint32_t first, uint32_t end) {
  const BufferPtr ids = MakeBuffer<uint32_t>(end - first);
  for (uint32_t i = first; i < end; ++i) ids->as<uint32_t>()[i - first] = batch.RowAt(i);
  Batch piece = batch;
  piece.selection = Selection(ids, end - first);
  return piece;
}

}  // namespace

std::vector<Batch> JoinPieces::Cut(const Batch& batch) {
  hashes_.resize(batch.row_count);
  HashKeys(batch, identity_, hashes_.data());
  touched_.clear();
  std::vector<Batch> pieces;
  uint32_t first = 0;
  for (uint32_t i = 0; i < batch.size(); ++i) {
    const uint32_t row = batch.RowAt(i);
    if (!IsAddition(batch.kind(row)) && touched_.contains(hashes_[row])) {
      pieces.push_back(PieceOf(batch, first, i));
      touched_.clear();
      first = i;
    }
    touched_.insert(hashes_[row]);
  }
  pieces.push_back(first == 0 ? batch : PieceOf(batch, first, batch.size()));
  return pieces;
}

}  // namespace weir::operators
