// One side of a join with a time bound: its rows are kept in slices of time, each of which is
// dropped as a whole.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "runtime/graph/join_state.h"
#include "runtime/state_backend.h"

namespace weir::operators {

// A row is appended to the list of its key within a slice and read from there. Storing a row needs
// no lookup, and only whole slices are removed.
class JoinSlices {
 public:
  // `input` is borrowed for the life of this. When Open returns, restored slices are there.
  Status Open(graph::JoinSideState state, const graph::JoinInput& input, TaskState& tasks,
              const std::string& uid);

  const graph::JoinSideState& state() const { return state_; }
  const RowLayout& layout() const { return table_->layout(); }
  // The late mark of a stored row; Timestamp::Min() where it has none, or where none are kept.
  int64_t MarkOf(const std::byte* row) const {
    const auto field = static_cast<size_t>(state_.mark_field);
    if (state_.mark_field < 0 || layout().IsNull(row, field)) return Timestamp::Min().millis;
    return layout().Load<int64_t>(row, field);
  }
  // The ends of the slices that have rows, ascending.
  const std::vector<int64_t>& ends() const { return ends_; }
  bool Has(int64_t end) const;
  uint64_t RowsOf(int64_t end) const;

  // Appends the selected rows to the slice. Behind the side's columns, `batch` has the additional
  // fields of state(), in their order. `hashes` are HashKeys of each physical row.
  Status Append(int64_t end, const Batch& batch, const uint64_t* hashes);
  // ListTable::Probe for one slice. REQUIRES: the slice is among ends().
  Status Probe(int64_t end, const KeyView& keys);
  bool Next(MatchRun& run) { return probed_->NextMatches(run); }
  void MarkChanged(std::span<std::byte* const> rows) { probed_->MarkChanged(rows); }

  // Passes the rows of the slice for which `wanted` is true to `visit`, as columns of the side's
  // input with the rows' late marks, some thousand at a time. `visit` must not call this side.
  using Wanted = std::function<bool(const std::byte* row)>;
  using Visit = std::function<Status(const Batch& rows)>;
  Status Scan(int64_t end, const Wanted& wanted, const Visit& visit);
  // Does nothing when there is no such slice.
  Status Drop(int64_t end);

 private:
  Result<Batch> BatchOf(const ScannedRows& rows) const;
  Result<ListTable*> Find(int64_t end) const;

  graph::JoinSideState state_;
  const graph::JoinInput* input_ = nullptr;
  std::vector<Type> key_types_;
  SlicedLists* table_ = nullptr;
  ListTable* probed_ = nullptr;
  std::vector<int64_t> ends_;
  std::vector<int> fields_;
};

}  // namespace weir::operators
