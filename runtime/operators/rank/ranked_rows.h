// Where the rows are that a Top-N ranks at the moment: rows read from its state, and rows of the
// batch at hand.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "runtime/operators/rank/rank_changes.h"
#include "runtime/operators/stored_rows.h"
#include "runtime/types/batch.h"

namespace weir::operators {

// How rows lie in the table of a Top-N: `kept` columns of the input as its fields, the others in
// its key.
struct RankedLayout {
  std::vector<int> keys;    // columns of the input
  std::vector<int> kept;    // columns of the input, one a field
  std::vector<Type> types;  // of the input's columns
};

// Ids below stored.size() are rows of state, the others rows of the batch (dense), in order. One
// thread; the pointers of stored rows must be valid while it is asked for their values.
// Ids change with every Begin.
class RankedRows {
 public:
  // `table` lays out the stored rows.
  void Open(RankedLayout layout, const RowLayout& table) {
    layout_ = std::move(layout);
    table_ = &table;
  }

  const RankedLayout& layout() const { return layout_; }

  // Starts anew over `batch`, without stored rows. Columns may be missing (null) where no row of
  // the batch is asked for, but for the keys.
  void Begin(const Batch& batch) {
    batch_ = &batch;
    stored_.clear();
    key_rows_.clear();
  }
  // Adds a stored row, whose key is that of row `key_row` of the batch.
  void AddStored(std::byte* row, uint32_t key_row) {
    stored_.push_back(row);
    key_rows_.push_back(key_row);
  }

  std::span<std::byte* const> stored() const { return stored_; }
  uint32_t stored_count() const { return static_cast<uint32_t>(stored_.size()); }
  bool IsStored(uint32_t id) const { return id < stored_.size(); }
  uint32_t IdOfNew(uint32_t row) const { return stored_count() + row; }
  uint32_t BatchRow(uint32_t id) const { return id - stored_count(); }

  // Column `column` of the input for all stored rows, copied.
  Result<ColumnPtr> StoredColumn(int column) const;
  // The rows of `changes` with their kinds, and their ranks as a last column when asked for. Copied
  // from the state: it may change afterwards.
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
