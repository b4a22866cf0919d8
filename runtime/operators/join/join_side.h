// One side of a join as it is kept in state: changes go in a batch at a time, the rows of a batch's
// keys come out in runs.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "runtime/graph/join_state.h"
#include "runtime/operators/touched_rows.h"
#include "runtime/state_backend.h"

namespace weir::operators {

// The selected rows of a batch as changes of one side. All arrays are borrowed for the call.
struct SideChanges {
  const Batch* batch;
  std::span<const int> keys;
  const uint64_t* hashes;  // HashKeys of each physical row
  const int8_t* signs;     // one a selected row, +1 or -1; null: all +1
  const int64_t*
      matches;  // one a selected row: rows of the other side that it matches; may be null
};

// Used by one task. Every way of keeping rows (graph::JoinRows) has a file of its own.
// Changes count from the next checkpoint on, as those of its table. Failures are the table's
// (kExternal, kCorruption).
class JoinSide {
 public:
  static constexpr int64_t kNotThere = INT64_MIN;
  virtual ~JoinSide() = default;

  // Puts the changes into the table. An addition under a unique key takes the place of the row that
  // is there; a row that is taken back and not there leaves a debt of one, which the next addition
  // of it pays.
  virtual Status Apply(const SideChanges& changes) = 0;
  // What the selected rows were stored with: matches[i] = how many rows of the other side the i-th
  // matches, 0 where nobody asks; kNotThere where the row is not there, or no more. Only for sides
  // whose rows are taken back.
  virtual Status FindMatches(const SideChanges& rows, std::vector<int64_t>& matches) = 0;
  // Looks up the rows of the key of every selected row. Next hands them out as MapTable's
  // NextMatches does: ascending by selected row, false at the end. Row pointers live until the next
  // call but of Next and MarkChanged.
  virtual Status Probe(const KeyView& keys) = 0;
  virtual bool Next(MatchRun& run) = 0;
  // Of rows that Next handed out and the caller changed in place: counters of matches.
  virtual void MarkChanged(std::span<std::byte* const> rows) = 0;
  virtual const RowLayout& layout() const = 0;

  const graph::JoinSideState& state() const { return state_; }
  // Of a row of the table: see FindMatches.
  int64_t MatchesOf(const std::byte* row) const {
    return state_.matches_field < 0
               ? 0
               : layout().Load<int64_t>(row, static_cast<size_t>(state_.matches_field));
  }
  // How often `row` is there; 0 or less: not at all.
  int64_t CopiesOf(const std::byte* row) const {
    return state_.copies_field < 0
               ? 1
               : layout().Load<int64_t>(row, static_cast<size_t>(state_.copies_field));
  }

 protected:
  explicit JoinSide(graph::JoinSideState state) : state_(std::move(state)) {}
  const graph::JoinSideState state_;
};

// Opens the side's table for the operator `uid`. `schema` is that of the side's input.
Result<std::unique_ptr<JoinSide>> OpenJoinSide(graph::JoinSideState state, const Schema& schema,
                                               TaskState& tasks, const std::string& uid);

// `batch` and one more column of BIGINT behind its own, values by physical row.
// `values` are copied.
Batch WithColumn(const Batch& batch, const int64_t* values);

}  // namespace weir::operators
