// Rows that had expired when a checkpoint was taken, where what restores it has a longer
// time-to-live for them, or none: they lie in its files until a sweep comes by, and would be there
// again (StateMove::expired_before).
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "runtime/base/result.h"
#include "runtime/checkpoint_storage.h"
#include "runtime/mutex.h"
#include "runtime/types/state_schema.h"
#include "state/checkpoint/memory_snapshot.h"
#include "state/row/row_codec.h"

namespace weir::state {

// The tables that `moves` give a time of expiry, by the names that they have now.
std::map<std::string, int64_t> ExpiredByFamily(const std::vector<StateMove>& moves);

// Takes expired rows out of the records of one table, and keeps count of them. Used by one thread.
class TableExpiry {
 public:
  // `schema_record`: the table's (SchemaKey). kCorruption when it is malformed.
  static Result<TableExpiry> Make(std::string_view schema_record, int64_t expired_before);

  // What is left of the record: nothing when none of its rows has expired, "" when all have, and
  // otherwise a value with the others. The view is valid until the next call. kCorruption for a
  // malformed record.
  Result<std::optional<std::string_view>> Rest(std::string_view key, std::string_view value);
  // Subtracts the rows that Rest took out from the counters of `family` in the bookkeeping.
  Status Subtract(const std::string& family, std::map<std::string, std::string>& records) const;

 private:
  TableExpiry(StateLayout layout, RowCodec codec, int64_t expired_before)
      : layout_(layout), codec_(std::move(codec)), expired_before_(expired_before) {}
  Result<bool> Expired(std::string_view row) const;

  StateLayout layout_;
  RowCodec codec_;
  int64_t expired_before_;
  std::string rest_;
  std::map<std::string, uint64_t, std::less<>> gone_;  // rows by the bytes of their key group
};

// The same for the files of a memory or canonical checkpoint, whose tables have their new names.
// Thread-safe, but a table's rows must not come before its schema.
class SnapshotExpiry {
 public:
  // `before`: ExpiredByFamily.
  explicit SnapshotExpiry(std::map<std::string, int64_t> before) : before_(std::move(before)) {}

  // Whether there is any table to look at.
  bool any() const { return !before_.empty(); }
  // Takes the expired rows out, and the counters of the tables that are looked at.
  Status TakeOut(MemorySnapshot& snapshot);
  // These counters, without what was taken out so far.
  Result<std::map<std::string, std::string>> Counters() const;

 private:
  const std::map<std::string, int64_t> before_;
  mutable Mutex mutex_;
  std::map<std::string, TableExpiry> tables_ WEIR_GUARDED_BY(mutex_);
  std::map<std::string, std::string> counters_ WEIR_GUARDED_BY(mutex_);
};

}  // namespace weir::state
