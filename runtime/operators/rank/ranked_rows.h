// The values of the rows that a Top-N is ranking, some of which lie in its state and some in the
// current batch.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "runtime/operators/rank/rank_changes.h"
#include "runtime/operators/stored_rows.h"
#include "runtime/types/batch.h"

namespace weir::operators {

// How rows lie in the table of a Top-N: the `kept` columns of the input are its fields, the others
// are in its key.
struct RankedLayout {
  std::vector<int> keys;    // columns of the input
  std::vector<int> kept;    // columns of the input, one per field
  std::vector<Type> types;  // of the input's columns
};

// Ids below stored.size() are rows of the state, the others are rows of the batch (dense) in order;
// they change with every Begin. Pointers to stored rows must be valid while their values are read.
class RankedRows {
 public:
  // `table` lays out the stored rows.
  void Open(RankedLayout layout, const RowLayout& table) {
    layout_ = std::move(layout);
    table_ = &table;
  }

  const RankedLayout& layout() const { return layout_; }

  // Starts over with `batch` and no stored rows. Columns other than the keys may be null if no row
  // of the batch will be read.
  void Begin(const Batch& batch) {
    batch_ = &batch;
    stored_.clear();
    key_rows_.clear();
  }
  // Adds a stored row that has the same key as row `key_row` of the batch.
  void AddStored(std::byte* row, uint32_t key_row) {
    stored_.push_back(row);
    key_rows_.push_back(key_row);
  }

  std::span<std::byte* const> stored() const { return stored_; }
  uint32_t stored_count() const { return static_cast<uint32_t>(stored_.size()); }
  bool IsStored(uint32_t id) const { return id < stored_.size(); }
  uint32_t IdOfNew(uint32_t row) const { return stored_count() + row; }
  uint32_t BatchRow(uint32_t id) const { return id - stored_count(); }

  // A copy of column `column` of the input for all stored rows.
  Result<ColumnPtr> StoredColumn(int column) const;
  // A copy of all stored rows, with all columns of the input; without columns if there are none.
  Result<Batch> StoredBatch() const;
  // The rows of `changes` with their kinds and, if asked for, their ranks as a last column. The
  // values are copied, so that the state may change afterwards.
  Result<Batch> Gather(std::span<const RankChange> changes, bool output_rank) const;

 private:
  Result<ColumnPtr> Load(int column, std::span<std::byte* const> rows,
                         std::span<const uint32_t> key_rows) const;

  RankedLayout layout_;
  const RowLayout* table_ = nullptr;
  const Batch* batch_ = nullptr;
  std::vector<std::byte*> stored_;
  std::vector<uint32_t> key_rows_;
};

}  // namespace weir::operators
