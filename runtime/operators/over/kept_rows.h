// The table "kept" of OVER: the values that calls need of the rows in frames, by partition, time
// and arrival.
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <string_view>
#include <vector>

#include "runtime/graph/over_state.h"
#include "runtime/operators/over/over_calls.h"
#include "runtime/operators/over/over_frames.h"

namespace weir::operators {

// Belongs to one task's thread. Row pointers end with the next Visit, ReadAll, Add, Erase or
// EraseKeys.
class KeptRows {
 public:
  // `schema` is that of the table.
  Status Open(const OverPlace& place, const StateSchema& schema);

  const RowLayout& layout() const { return table_->layout(); }
  StringOwner& strings() { return *table_; }
  // How many fields the arguments take; the others of the table are behind them.
  size_t columns() const { return kept_.columns.size(); }
  // Which column of the arguments a call of the spec reads, or -1.
  int ColumnOf(size_t call) const { return kept_.of_call[call]; }

  // The arguments as they are kept: one column for each of columns().
  std::vector<ColumnPtr> ColumnsOf(const Batch& rows) const;
  Result<std::vector<ColumnPtr>> ColumnsOf(std::span<std::byte* const> rows) const;
  // The arguments as OverCalls takes them: an entry for each aggregate of the spec.
  OverArguments ArgumentsOf(const Batch& rows) const { return Arguments(ColumnsOf(rows)); }
  Result<OverArguments> ArgumentsOf(std::span<std::byte* const> rows) const;

  // Visits the rows of a partition from the first one, until `visit` returns false. `visit` must
  // not call this or the table; pointers to rows that it was given stay valid after the visit.
  Status Visit(std::string_view key,
               const std::function<bool(int64_t time, std::byte* row)>& visit);
  // All rows of these partitions: the i-th run of `rows` has those of the i-th key, in order.
  struct Partitions {
    std::vector<std::byte*> rows;
    std::vector<size_t> begins;  // one for each key, and one more
  };
  Result<Partitions> ReadAll(const KeyView& keys);

  // Adds rows of the block with their arguments; other fields are 0. Returns them in this order.
  Result<std::vector<std::byte*>> Add(const OverBlock& block, std::span<const uint32_t> ids);
  void MarkChanged(std::span<std::byte* const> rows) { table_->MarkChanged(rows); }
  void Erase(std::span<std::byte* const> rows) { table_->Erase(rows); }
  Status EraseKeys(const KeyView& keys) { return table_->EraseKeys(keys); }

 private:
  OverArguments Arguments(std::vector<ColumnPtr> columns) const;

  const graph::OverAggregateSpec* spec_ = nullptr;
  MapTable* table_ = nullptr;
  graph::KeptArguments kept_;
};

}  // namespace weir::operators
