// The aggregate calls of an OVER, applied to one row at a time.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "runtime/graph/over_spec.h"
#include "runtime/operators/aggregate/aggregate_set.h"
#include "runtime/operators/over/frame_rows.h"
#include "runtime/types/batch.h"

namespace weir::operators {

// What the calls take of some rows, as one entry a call.
struct OverArguments {
  std::vector<ColumnPtr> values;             // null: the row itself (COUNT(*))
  std::vector<std::vector<uint8_t>> passes;  // by row: 0 where a call leaves it out; empty: none
};

// Whether a FILTER holds for a row.
inline bool Passes(const Column& filter, uint32_t row) {
  return !filter.IsNull(row) && filter.ValueAt<uint8_t>(row) != 0;
}

// Accumulators in rows of layout(): a count of rows, then the fields of each call
// (graph::StateOfOver, "frames"). Belongs to one task's thread.
class OverCalls {
 public:
  // REQUIRES: the calls' states are those of `fields`, of which the first is the count.
  Status Open(std::vector<expr::AggregateCall> calls, std::span<const Field> fields);

  size_t size() const { return calls_.size(); }
  const RowLayout& layout() const { return layout_; }
  size_t fields() const { return layout_.field_count(); }
  int64_t RowCount(const std::byte* state) const { return layout_.Load<int64_t>(state, 0); }

  // Sets a new row to the state of no rows.
  void Initialize(std::byte* state);
  // Adds a row behind those of `state`, or in front of them.
  Status Add(const OverArguments& arguments, uint32_t row, std::byte* state, StringOwner& strings);
  Status AddInFront(const OverArguments& arguments, uint32_t row, std::byte* state,
                    StringOwner& strings);
  // Adds the rows of later[i] behind those of states[i].
  Status Join(std::span<std::byte* const> states, std::span<std::byte* const> later,
              StringOwner& strings);
  // Appends one column for each call, with its result for each of `states`.
  Status AppendResults(std::span<std::byte* const> states, PoolVector<ColumnPtr>& columns) const {
    return behind_->AppendResults(states, columns);
  }

 private:
  Status AddRow(const AggregateSet& set, const OverArguments& arguments, uint32_t row,
                std::byte* state, StringOwner& strings) const;

  std::vector<expr::AggregateCall> calls_;
  // The calls for rows that are added in front. FIRST_VALUE and LAST_VALUE are exchanged: the row
  // that was added last is then the first one. Both keep their value in one field.
  std::vector<expr::AggregateCall> mirrored_;
  RowLayout layout_;
  std::optional<AggregateSet> behind_;
  std::optional<AggregateSet> in_front_;
};

}  // namespace weir::operators
