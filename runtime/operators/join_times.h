// When the rows of a join that is bounded in time have to be looked at: the keys of each stretch of
// time.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "runtime/graph/join_state.h"
#include "runtime/state_backend.h"

namespace weir::operators {

// Keys whose rows are due at some time, as columns of a batch. Lives for one call.
struct DueKeys {
  Batch batch;  // the key columns
  std::vector<int> columns;
  std::vector<uint64_t> hashes;

  KeyView view() const { return {&batch, columns, hashes.data()}; }
};

// State of the table "times": a slice a time, in it the keys that have rows for it. Used by one
// task.
// Noting a key twice costs a look-up and stores nothing, so that a busy key is visited once a time.
class JoinTimes {
 public:
  // `shape` is borrowed for the life of this.
  // After a restore Next() is known again.
  Status Open(const graph::JoinShape& shape, TaskState& tasks, const std::string& uid);

  // The keys of the selected rows have rows that are due at `due` (milliseconds), one a physical
  // row.
  Status Note(const KeyView& keys, const int64_t* due);
  // Calls `visit` for all keys of every time up to `time`, times ascending, some thousand keys a
  // call, and forgets them. `visit` must not call Note.
  using Visit = std::function<Status(int64_t due, const DueKeys& keys)>;
  Status Take(int64_t time, const Visit& visit);
  // The least time that is noted; INT64_MAX when there is none.
  int64_t Next() const { return next_; }

 private:
  Status NoteAt(const Batch& batch, const KeyView& keys, int64_t due);
  Result<DueKeys> KeysOf(const ScannedRows& run) const;
  void FindNext();

  const graph::JoinShape* shape_ = nullptr;
  std::vector<Type> key_types_;
  SlicedTable* table_ = nullptr;
  int64_t next_ = INT64_MAX;
  std::vector<std::byte*> rows_;
  std::vector<uint8_t> created_;
};

}  // namespace weir::operators
