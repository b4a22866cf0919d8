// Rows that wait in state until the watermark has passed their times.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "runtime/operators/time/timed_rows.h"
#include "runtime/state_backend.h"

namespace weir::operators {

// How rows are kept while they wait.
struct WaitingShape {
  StateSchema schema;       // kList in slices; its value has `stored`, then the sequence
  std::vector<int> keys;    // columns of a batch, one for each of the schema's key
  std::vector<int> stored;  // columns of a batch, one for each other field of the schema's value
  size_t columns = 0;       // of a batch, each a key or stored
  int time_column = -1;     // stored: TIMESTAMP, TIMESTAMP_LTZ, or BIGINT of milliseconds
};

// A calendar queue (Brown: "Calendar Queues", CACM 1988; here with days of several lengths, as the
// hierarchical timing wheels of Varghese and Lauck, SOSP 1987) over a sliced table of state: a row
// is appended to a slice of time that is the longer, the farther its time lies ahead, and only
// whole slices are removed. When the watermark enters a slice, the rows behind it move on to
// shorter ones; and so do the rows of a slice that are too many to be in memory together. So a row
// costs a few appends, however long it waits and however small the steps of the watermark are,
// there are never more than some hundred slices, and what is in memory does not depend on how many
// rows wait.
//
// A slice has 2 * 4^k milliseconds, divides time evenly, and is named by its middle, whose lowest
// bit that is set is half its length: a name says of one slice only, and slices lie within each
// other or apart.
// Used by one task's thread.
class WaitingRows {
 public:
  // `tasks` outlives this. When Open returns, restored rows are there.
  Status Open(WaitingShape shape, TaskState& tasks, const std::string& uid);

  // `hashes`: of the key of each row. REQUIRES: no row has a time up to the last limit of
  // TakeDue that gave nothing.
  Status Append(const TimedRows& rows, const uint64_t* hashes);

  // Some of the rows with times up to `limit`, the earliest ones: all those up to the returned
  // bound, which is at most `limit`; in no particular order; some ten thousands, and more only of
  // two milliseconds. Nothing when no such row is left; the next Append is then measured from
  // `limit`.
  struct Due {
    int64_t bound;
    std::vector<TimedRows> parts;
  };
  Result<std::optional<Due>> TakeDue(int64_t limit);

 private:
  struct Slice {
    int64_t first;  // the time of its first row
    uint64_t rows;
  };

  // The middle of the slice for a row of this time.
  int64_t SliceOf(int64_t time) const;
  Result<TimedRows> RowsOf(const ScannedRows& run, const std::vector<uint32_t>& ids) const;
  // What a restored slice has.
  Result<Slice> Look(int64_t middle) const;
  // Up to which time the next rows are taken. Nothing when none has a time up to `limit`.
  std::optional<int64_t> BoundOf(int64_t limit) const;
  // Empties the slice: rows up to `bound` go to `due`, the others to other slices.
  Status Empty(int64_t middle, int64_t bound, std::vector<TimedRows>& due);
  // Moves all rows of the slice, of which `first` is the time of the first, to shorter ones.
  Status Divide(int64_t middle, int64_t first);
  Status AppendAgain(const TimedRows& rows);
  int64_t TimeOf(const std::byte* row) const;

  WaitingShape shape_;
  TaskState* tasks_ = nullptr;
  std::vector<Type> key_types_;
  std::vector<int> appended_;  // what is stored, and behind it the sequence
  size_t time_field_ = 0;
  SlicedLists* table_ = nullptr;
  std::map<int64_t, Slice> slices_;  // by their middles
  // Slices are measured from here: the limit of the last TakeDue, or the first time of all.
  std::optional<int64_t> from_;

  // Scratch.
  std::vector<std::pair<int64_t, uint32_t>> places_;  // slice, row
  std::vector<std::vector<uint32_t>> picked_;
};

}  // namespace weir::operators
