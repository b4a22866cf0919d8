// One side of a join in the state: changes are applied a batch at a time, and the rows under a
// batch's keys are returned in runs.
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
  const int8_t* signs;     // one per selected row, +1 or -1; null: all +1
  // For each selected row, how many rows of the other side it matches; may be null.
  const int64_t* matches;
};

// One file implements each way of keeping rows (graph::JoinRows). Failures are those of the table
// (kExternal, kCorruption).
class JoinSide {
 public:
  static constexpr int64_t kNotThere = INT64_MIN;
  virtual ~JoinSide() = default;

  // Applies the changes to the table. An addition under a unique key replaces the row that is
  // there. A retraction of a row that is not there leaves a debt of one, which the next addition of
  // that row pays.
  virtual Status Apply(const SideChanges& changes) = 0;
  // What was stored with the selected rows: matches[i] is the number of rows of the other side that
  // the i-th row matches, or 0 where matches are not counted; kNotThere where the row is missing or
  // has expired. Only for sides with retractions.
  virtual Status FindMatches(const SideChanges& rows, std::vector<int64_t>& matches) = 0;
  // Looks up the rows under the key of every selected row. Next returns them as
  // MapTable::NextMatches does: ascending by selected row, false at the end. Row pointers are valid
  // until the next call of anything but Next and MarkChanged.
  virtual Status Probe(const KeyView& keys) = 0;
  virtual bool Next(MatchRun& run) = 0;
  // To be called for rows from Next whose counters of matches the caller changed in place.
  virtual void MarkChanged(std::span<std::byte* const> rows) = 0;
  virtual const RowLayout& layout() const = 0;

  const graph::JoinSideState& state() const { return state_; }
  // The stored number of matches of a row of the table: see FindMatches.
  int64_t MatchesOf(const std::byte* row) const {
    return state_.matches_field < 0
               ? 0
               : layout().Load<int64_t>(row, static_cast<size_t>(state_.matches_field));
  }
  // The number of copies of `row`; 0 or less when it is not there.
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

// `batch` with one more column of BIGINT at the end; `values` are by physical row and copied.
Batch WithColumn(const Batch& batch, const int64_t* values);

}  // namespace weir::operators
