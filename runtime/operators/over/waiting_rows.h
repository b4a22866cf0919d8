// Rows that wait in state until the watermark has passed their times.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "runtime/graph/operator_spec.h"
#include "runtime/operators/over/timed_rows.h"
#include "runtime/state_backend.h"

namespace weir::operators {

// A calendar queue (Brown: "Calendar Queues", CACM 1988; here with days of several lengths, as the
// hierarchical timing wheels of Varghese and Lauck, SOSP 1987) over a sliced table of state: a row
// is appended to a slice of time that is the longer, the farther its time lies ahead, and only
// whole slices are removed. When the watermark enters a slice, the rows behind it move on to
// shorter ones. So a row costs a few appends, however long it waits and however small the steps of
// the watermark are, and there are never more than some hundred slices.
// Used by one task's thread.
class WaitingRows {
 public:
  // `spec`, which has a time column, and `input` outlive this. When Open returns, restored rows are
  // there.
  Status Open(const graph::OverAggregateSpec& spec, const Schema& input, TaskState& tasks,
              const std::string& uid);

  // `hashes`: of the partition of each row. REQUIRES: no row has a time up to the last limit of
  // TakeDue that gave nothing.
  Status Append(const TimedRows& rows, const uint64_t* hashes);

  // Some of the rows with times up to `limit`, the earliest ones: all those up to the returned
  // bound, which is at most `limit`; in no particular order. Nothing when no such row is left; the
  // next Append is then measured from `limit`.
  struct Due {
    int64_t bound;
    std::vector<TimedRows> parts;
  };
  Result<std::optional<Due>> TakeDue(int64_t limit);

 private:
  int64_t SliceOf(int64_t time) const;
  Result<TimedRows> RowsOf(const ScannedRows& run, const std::vector<uint32_t>& ids) const;
  // The time of the first row of the slice.
  Result<int64_t> FirstOf(int64_t end) const;
  // Empties the slice: rows up to `bound` go to `due`, the others to other slices.
  Status Empty(int64_t end, int64_t bound, std::vector<TimedRows>& due);

  const graph::OverAggregateSpec* spec_ = nullptr;
  size_t columns_ = 0;  // of the input
  std::vector<Type> key_types_;
  std::vector<int> stored_;  // columns of the input, and behind them the sequence
  size_t time_field_ = 0;
  SlicedLists* table_ = nullptr;
  std::map<int64_t, int64_t> firsts_;  // the time of the first row of each slice, by its end
  // Slices are measured from here: the limit of the last TakeDue, or the first time of all.
  std::optional<int64_t> from_;

  // Scratch.
  std::vector<std::pair<int64_t, uint32_t>> places_;  // slice, row
  std::vector<std::vector<uint32_t>> picked_;
};

}  // namespace weir::operators
