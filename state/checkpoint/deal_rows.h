// Key groups of a canonical savepoint's rows: another number of them, and whether each is right.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>

#include "runtime/base/result.h"
#include "runtime/checkpoint_storage.h"
#include "runtime/mutex.h"
#include "state/checkpoint/memory_snapshot.h"
#include "state/table/epoch.h"

namespace weir::state {

// Gives every row the key group that its key's hash has now, and counts rows by their new groups.
// Thread-safe: files are dealt side by side.
class DealtRows {
 public:
  // `deal` outlives it.
  DealtRows(const KeyGroupDeal& deal, uint32_t max_parallelism)
      : deal_(deal), max_parallelism_(max_parallelism) {}

  // Replaces the rows of one file by dealt ones, in no particular order, and takes out its
  // counters. kCorruption E7001 for a row that is not in the group of its key, and for a table that
  // is not the one that the metadata describes.
  Status Deal(MemorySnapshot& snapshot);
  // Records of the bookkeeping that count all rows dealt so far.
  std::map<std::string, std::string> Counters() const;

 private:
  using Counts = std::map<std::string, GroupCounter, std::less<>>;  // by new group and slice

  Status DealTable(const std::string& family, RecordSet& rows);
  Status TakeCounters(std::map<std::string, std::string>& records) const;

  const KeyGroupDeal& deal_;
  const uint32_t max_parallelism_;
  mutable Mutex mutex_;
  std::map<std::string, Counts> counts_ WEIR_GUARDED_BY(mutex_);  // by family
};

// Looks at the rows of canonical files in their order, by what their schemas say. Not thread-safe.
class RowGroups {
 public:
  // `metadata` outlives it.
  explicit RowGroups(const CheckpointMetadata& metadata) : metadata_(metadata) {}
  // kCorruption E7001 unless rows ascend, each in the group of its key's hash, below a schema.
  Status Check(const MemorySnapshot& snapshot);
  // To be called after all files: kCorruption E7001 unless each counter of rows says how many there
  // were.
  Status CheckCounters() const;

 private:
  const CheckpointMetadata& metadata_;
  std::map<std::string, KeyGroupDeal::Table> tables_;  // by family
  std::map<std::string, uint64_t> rows_;               // by key of the counter
  std::map<std::string, uint64_t> counted_;            // as the counters say, which are not 0
};

}  // namespace weir::state
