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

// Works on rows that hold a count of input rows, then the StateFields of each call, a column at a
// time. Keeps scratch memory. Calls with a value map are initialised and put out here, but folded
// through ValueMap.
class AggregateSet {
 public:
  // REQUIRES: `calls` and `layout` outlive the result.
  // `retracts`: the input takes rows back, so that StateFields keeps what that needs. Fails as
  // MakeAccumulator does.
  static Result<AggregateSet> Make(std::span<const expr::AggregateCall> calls, bool retracts,
                                   const RowLayout& layout);

  size_t field_count() const { return layout_->field_count(); }
  const expr::Accumulator& accumulator(size_t call) const { return *accumulators_[call]; }
  const RowLayout& layout() const { return *layout_; }

  // Whether the group has rows.
  bool IsAlive(const std::byte* row) const { return layout_->Load<int64_t>(row, kRowCount) > 0; }
  // Whether nothing is owed either: a group that was taken back before it came (partial results of
  // different subtasks in any order) is neither alive nor empty.
  bool IsEmpty(const std::byte* row) const { return layout_->Load<int64_t>(row, kRowCount) == 0; }

  // Brings new rows to the state of a group without input.
  void Initialize(std::span<std::byte* const> rows);
  // Initialises the rows whose created[i] is set.
  void InitializeCreated(std::byte* const* rows, const uint8_t* created, uint32_t count);

  // Folds the selected rows of `batch`: rows[i] and signs[i] (null: all +1) belong to the i-th of
  // them.
  Status Update(const Batch& batch, std::byte* const* rows, const int8_t* signs,
                StringOwner& strings);
  // The rows of the last Update by FILTER, while all that it was given lives.
  FilteredRows& filtered() { return filtered_; }
  // Whether rows are but counted: no call, or COUNT(*) without a FILTER alone.
  bool only_counts() const { return calls_.size() == (plain_count_ < 0 ? 0 : 1); }
  // Update where rows are but counted: counts[i] more of them for rows[i].
  void AddCounts(std::span<std::byte* const> rows, std::span<const uint32_t> counts) const;
  // Folds partial states: one column a field; physical row input_rows[i] (null: i) into rows[i].
  Status Merge(std::span<const ColumnPtr> partial, const expr::FoldInput& input,
               StringOwner& strings);

  // The longest list that a call keeps in one of `rows`.
  expr::KeptList LongestList(std::span<std::byte* const> rows) const;
  // Appends one column a call: the current results of `rows`.
  // Column i is of call i's result type, one value a row, in the order of `rows`.
  Status AppendResults(std::span<std::byte* const> rows, PoolVector<ColumnPtr>& columns) const;
  // Appends one column a field, lists as BYTES with their serialised form. Strings are copied when
  // `own_strings`, else they live in the rows.
  void AppendFields(std::span<std::byte* const> rows, bool own_strings,
                    PoolVector<ColumnPtr>& columns) const;

 private:
  static constexpr size_t kRowCount = 0;

  struct Call {
    const expr::AggregateCall* call;
    size_t first_field;
    size_t field_count;
    bool mapped;  // folded through a value map
  };

  // Adds each row's sign to its count of rows, and to COUNT(*) without a FILTER, in one pass: two
  // passes would each wait for the row's last change where few keys have most of the rows.
  void CountRows(uint32_t count, std::byte* const* rows, const int8_t* signs) const;

  Status UpdateCall(size_t index, const Batch& batch, std::byte* const* rows, const int8_t* signs,
                    StringOwner& strings);

  const RowLayout* layout_ = nullptr;
  std::vector<Call> calls_;
  std::vector<std::unique_ptr<expr::Accumulator>> accumulators_;
  std::vector<size_t> list_calls_;  // those that keep lists
  int plain_count_ = -1;            // which call is COUNT(*) without a FILTER: at most one
  FilteredRows filtered_;
  std::vector<std::byte*> created_;  // scratch: rows
};

}  // namespace weir::operators
