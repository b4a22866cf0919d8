// What flows between operators: columns of equal length, optionally with the kind of change of each
// row, a selection of the rows that count, and the late marks of rows that arrived behind their
// partition's watermark.
#pragma once

#include <cstdint>
#include <utility>

#include "runtime/base/buffer_pool.h"
#include "runtime/base/timestamp.h"
#include "runtime/types/column.h"
#include "runtime/types/row_kind.h"

namespace weir {

// Rows that a source or operator puts into one batch unless the option `pipeline.batch-size` says
// otherwise.
inline constexpr uint32_t kDefaultBatchRows = 4096;

// The physical rows of a batch that count, in ascending order. Selecting all rows needs no memory.
class Selection {
 public:
  // All rows.
  Selection() = default;
  // Rows ids[0..count).
  Selection(BufferPtr ids, uint32_t count) : ids_(std::move(ids)), count_(count) {}

  bool all() const { return ids_ == nullptr; }
  const uint32_t* ids() const { return ids_->as<uint32_t>(); }
  // REQUIRES: !all().
  uint32_t count() const { return count_; }

 private:
  BufferPtr ids_;
  uint32_t count_ = 0;
};

// Passed by move. All columns have `row_count` physical rows; only the selected ones are data, the
// values of the others are arbitrary. Copies of a batch share its buffers, which are read-only.
// Operators keep these invariants; nothing here checks them.
struct Batch {
  PoolVector<ColumnPtr> columns;
  uint32_t row_count = 0;
  Selection selection;
  // One RowKind a physical row. Null: every row is +I.
  BufferPtr row_kinds;
  // One a physical row, in milliseconds: the watermark of the row's partition just before the row
  // was read. Timestamp::Min() for a row whose event time is more than a millisecond after that
  // watermark, since no window or interval that it belongs to can have fired yet. Where updates are
  // on the way to an operator that reads marks (graph::LateMarks), every row carries its real mark,
  // because the retraction of a row must be treated as the row was. Null where rows have lost their
  // event times, and, unless every row carries its mark, when no row of the batch is behind.
  BufferPtr late_marks;
  // Hash64 of each physical row's key in canonical encoding, left by a hash exchange for the
  // operator behind it (same key columns). Null: not computed.
  BufferPtr key_hashes;

  // Rows that count.
  uint32_t size() const { return selection.all() ? row_count : selection.count(); }
  bool empty() const { return size() == 0; }
  // Physical row of the i-th row that counts.
  uint32_t RowAt(uint32_t i) const { return selection.all() ? i : selection.ids()[i]; }

  // Indexed by physical row; row_kind.h explains the four kinds.
  RowKind kind(uint32_t row) const {
    return row_kinds ? static_cast<RowKind>(row_kinds->as<uint8_t>()[row]) : RowKind::kInsert;
  }
  // Indexed by physical row; Timestamp::Min() for a row that is not behind.
  Timestamp late_mark(uint32_t row) const {
    return late_marks ? Timestamp{late_marks->as<int64_t>()[row]} : Timestamp::Min();
  }
};

// Calls f(row) with the number of every physical row that counts, in ascending order. The loop over
// "all" has no indirection, so that compilers can vectorise it.
template <typename F>
inline void ForEachRow(const Batch& batch, F&& f) {
  if (batch.selection.all()) {
    for (uint32_t row = 0; row < batch.row_count; ++row) f(row);
    return;
  }
  const uint32_t* ids = batch.selection.ids();
  const uint32_t count = batch.selection.count();
  for (uint32_t i = 0; i < count; ++i) f(ids[i]);
}

// The rows ids[0..count) of `source`, copied into dense columns of a new column or batch. Constant
// columns stay constant; heaps are shared, not copied. Row kinds, marks and hashes follow.
ColumnPtr GatherColumn(const Column& source, const uint32_t* ids, uint32_t count);
Batch GatherBatch(const Batch& source, const uint32_t* ids, uint32_t count);

// `batch` without holes: itself when nothing is deselected, else its rows gathered.
Batch Compact(Batch batch);

// A column with one stored value a row. Returns `column` itself unless it is constant.
ColumnPtr Flatten(const ColumnPtr& column);

// A constant column of `length` rows, each the value of row `row` of `source`. Shares heaps.
ColumnPtr RepeatRow(const Column& source, uint32_t row, uint32_t length);

// The rows of `a` followed by those of `b`, compacted. A column that holds the same constant in
// both stays constant. REQUIRES: equal column types.
Batch Concatenate(const Batch& a, const Batch& b);
// The rows of all, in their order. A column that holds the same constant in all stays constant.
// REQUIRES: one or more.
Batch ConcatenateAll(std::vector<Batch> batches);

}  // namespace weir
