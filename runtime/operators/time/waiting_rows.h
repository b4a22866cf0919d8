// Rows that wait in state until the watermark has passed their times.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
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
// A slice has 2 * 4^k milliseconds and begins at a multiple of that. It is named by its middle,
// whose lowest set bit is half its length, so that the name alone says where the slice begins and
// ends. Two slices are either apart, or one lies within the other.
// Used by one task's thread.
class WaitingRows {
 public:
  // `tasks` outlives this. When Open returns, restored rows are there.
  Status Open(WaitingShape shape, TaskState& tasks, const std::string& uid);
  // Calls on_row(key, time) with the encoded key of every row in state, in no particular order.
  Status ForEach(const std::function<void(std::string_view key, int64_t time)>& on_row) const;

  // Stores rows; `hashes` are those of the rows' keys. REQUIRES: their times are after the last
  // limit for which TakeDue has returned nothing.
  Status Append(const TimedRows& rows, const uint64_t* hashes);

  // Takes the earliest rows with times up to `limit` out of the state: all rows up to the returned
  // `bound`, which is at most `limit`, in no particular order. That is some ten thousand rows; more
  // only if so many share two milliseconds. Nothing when no such row is left; the slices of later
  // rows are then chosen by how far they lie behind `limit`.
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
  // Reads the number of a restored slice's rows, and the time of its first one.
  Result<Slice> Look(int64_t middle) const;
  // The time up to which TakeDue takes rows. Nothing when no row has a time up to `limit`.
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
