// The aggregate calls of one operator, compiled against the row that keeps their state.
#pragma once

#include <memory>
#include <span>
#include <vector>

#include "runtime/expr/aggregate.h"
#include "runtime/graph/aggregate_state.h"
#include "runtime/operators/aggregate/filtered_rows.h"
#include "runtime/types/batch.h"

namespace weir::operators {

// Works a column at a time on rows that hold a count of input rows, followed by the StateFields of
// each call. A call with a value map (value_map.h) is initialised here and its result is read here,
// but its values are folded through the ValueMap.
class AggregateSet {
 public:
  // `retracts`: the input has retractions, for which StateFields keeps additional fields. Never
  // fails. REQUIRES: `calls` and `layout` outlive the result; the layout has a BIGINT, the count of
  // rows, and then the StateFields of each call.
  static Result<AggregateSet> Make(std::span<const expr::AggregateCall> calls, bool retracts,
                                   const RowLayout& layout);

  size_t field_count() const { return layout_->field_count(); }
  const expr::Accumulator& accumulator(size_t call) const { return *accumulators_[call]; }
  const RowLayout& layout() const { return *layout_; }

  // Whether the group has rows.
  bool IsAlive(const std::byte* row) const { return layout_->Load<int64_t>(row, kRowCount) > 0; }
  // Whether the group has neither rows nor a debt of rows. When partial results of different
  // subtasks arrive in any order, a retraction can come before its addition; the count is then
  // negative, and the group is neither alive nor empty.
  bool IsEmpty(const std::byte* row) const { return layout_->Load<int64_t>(row, kRowCount) == 0; }

  // Sets new rows to the state of a group without input.
  void Initialize(std::span<std::byte* const> rows);
  // Initialises the rows whose created[i] is set.
  void InitializeCreated(std::byte* const* rows, const uint8_t* created, uint32_t count);

  // Folds the selected rows of `batch`: rows[i] and signs[i] (null: all +1) belong to the i-th of
  // them. `parts`: see expr::FoldInput.
  Status Update(const Batch& batch, std::byte* const* rows, const int8_t* signs,
                StringOwner& strings, bool parts = false);
  // The rows of the last Update by FILTER. Valid as long as everything that Update was given.
  FilteredRows& filtered() { return filtered_; }
  // Whether rows are only counted: there is no call, or COUNT(*) without a FILTER is the only one.
  bool only_counts() const { return calls_.size() == (plain_count_ < 0 ? 0 : 1); }
  // Does what Update does where rows are only counted: adds counts[i] to rows[i].
  void AddCounts(std::span<std::byte* const> rows, std::span<const uint32_t> counts) const;
  // Folds partial states: one column a field; physical row input_rows[i] (null: i) into rows[i].
  Status Merge(std::span<const ColumnPtr> partial, const expr::FoldInput& input,
               StringOwner& strings);

  // The longest list that a call keeps in one of `rows`.
  expr::KeptList LongestList(std::span<std::byte* const> rows) const;
  // Appends the current results of `rows` as one column a call, with one value for each row in
  // their order.
  Status AppendResults(std::span<std::byte* const> rows, PoolVector<ColumnPtr>& columns) const;
  // Appends one column a field; lists become BYTES in their serialised form. Strings are copied if
  // `own_strings`, otherwise they keep pointing into the rows.
  void AppendFields(std::span<std::byte* const> rows, bool own_strings,
                    PoolVector<ColumnPtr>& columns) const;

 private:
  static constexpr size_t kRowCount = 0;

  struct Call {
    const expr::AggregateCall* call;
    size_t first_field;
    size_t field_count;
    bool mapped;  // its values are folded through a value map
  };

  // Adds each row's sign to its row count and to a COUNT(*) without a FILTER in one pass. With two
  // passes each would wait for the store of the previous row where a few keys have most of the
  // rows.
  void CountRows(uint32_t count, std::byte* const* rows, const int8_t* signs) const;

  Status UpdateCall(size_t index, const Batch& batch, const expr::FoldInput& all,
                    StringOwner& strings);

  const RowLayout* layout_ = nullptr;
  std::vector<Call> calls_;
  std::vector<std::unique_ptr<expr::Accumulator>> accumulators_;
  std::vector<size_t> list_calls_;  // calls that keep lists
  int plain_count_ = -1;            // the call that is COUNT(*) without a FILTER, if any
  FilteredRows filtered_;
  std::vector<std::byte*> created_;  // scratch: rows
};

}  // namespace weir::operators
