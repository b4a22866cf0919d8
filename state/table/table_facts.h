// What a table knows about its task and its family: TaskContext and Family.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "runtime/clock.h"
#include "runtime/state_backend.h"
#include "state/row/key_codec.h"
#include "state/row/row_codec.h"
#include "state/table/disk_table.h"
#include "state/table/epoch.h"
#include "state/table/memory_budget.h"

namespace weir::state {

// Facts of one task, which outlives its tables. Used by one thread, except `progress` and `budget`.
struct TaskContext {
  KeyGroupRange groups;
  uint32_t max_parallelism = kDefaultMaxParallelism;
  // Every snapshot contains everything: memory backend without periodic checkpoints.
  bool whole_snapshots = false;
  // Less is not worth a file: rows then stay in memory above the limit for a while.
  uint64_t least_spill_bytes = 1 << 20;
  std::shared_ptr<TaskProgress> progress;
  std::shared_ptr<MemoryBudget> budget;
  const Clock* clock = nullptr;
  uint64_t epoch = 1;       // the one that is running
  uint64_t used_bytes = 0;  // of all tables together
  uint64_t calls = 0;       // calls of all tables, by which idle tasks are recognised
  // Memory in use when the last attempt to free enough of it failed, or 0. There is no new attempt
  // before it has grown.
  uint64_t unfreeable_bytes = 0;
};

// Facts of one table, or of all its slices: a column family of RocksDB, or its equivalent in
// memory. Lives as long as the task, and does not move.
struct Family {
  // "uid/table", as the backend and _metadata call it.
  std::string name;
  StateSchema schema;
  // Older schemas that rows on disk may still have; reading converts them to the newest.
  SchemaHistory history;
  RowCodec rows;
  KeyCodec keys;
  std::unique_ptr<DiskTable> disk;      // null: memory only
  std::vector<uint32_t> hidden_groups;  // planted defect
  // Rows read from disk, rows moved there, and rows dropped by time-to-live, for DESCRIBE JOB.
  uint64_t disk_reads = 0;
  uint64_t evictions = 0;
  uint64_t expired = 0;
  // The schema's record was written with a snapshot of this start.
  bool schema_saved = false;
};

}  // namespace weir::state
