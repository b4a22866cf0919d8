// What a table knows of its task and of its family: TaskContext, Family.
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

// Facts of one task; outlives its tables. One thread, save `progress` and `budget`.
struct TaskContext {
  KeyGroupRange groups;
  uint32_t max_parallelism = kDefaultMaxParallelism;
  // Every snapshot carries everything: memory backend without periodic checkpoints.
  bool whole_snapshots = false;
  // Less is not worth a file: rows then stay in memory over the limit for a while.
  uint64_t least_spill_bytes = 1 << 20;
  std::shared_ptr<TaskProgress> progress;
  std::shared_ptr<MemoryBudget> budget;
  const Clock* clock = nullptr;
  uint64_t epoch = 1;       // the one that is running
  uint64_t used_bytes = 0;  // of all tables together
  uint64_t calls = 0;       // of all tables, to tell idle tasks
  // What stayed when memory was not to be had last, or 0: nothing is asked for before it has grown.
  uint64_t unfreeable_bytes = 0;
};

// Facts of one table; of all its slices, when it has some.
// A column family of RocksDB, or its like in memory. Lives as long as the task, in its place.
struct Family {
  // "uid/table", as the backend and _metadata name it.
  std::string name;
  StateSchema schema;
  // Older schemas that rows on disk may still have; reading brings them to the newest.
  SchemaHistory history;
  RowCodec rows;
  KeyCodec keys;
  std::unique_ptr<DiskTable> disk;      // null: memory only
  std::vector<uint32_t> hidden_groups;  // planted defect
  // Rows read from disk, rows moved there, rows dropped by time-to-live: for DESCRIBE JOB.
  uint64_t disk_reads = 0;
  uint64_t evictions = 0;
  uint64_t expired = 0;
  // The schema's record has gone out with a snapshot of this start.
  bool schema_saved = false;
};

}  // namespace weir::state
