// What a task hands to its backend at a barrier, and how it learns that this has become durable.
#pragma once

#include <atomic>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "runtime/state_backend.h"
#include "state/table/records.h"

namespace weir::state {

// Written by the backend's thread, read by the task's.
struct TaskProgress {
  // The last of the task's epochs (1, 2, …) that the disk has. Stored with release order after the
  // write, so that a task that reads it may drop what it kept in memory for that epoch.
  std::atomic<uint64_t> persisted_epoch{0};
};

// A file of rows that were spilled within an epoch. Removed once it is not needed any more.
class SpillFile {
 public:
  virtual ~SpillFile() = default;
  virtual const std::string& path() const = 0;
};

// The changes of one table in one epoch of one task, in the order in which they apply: spills,
// drops, records. Filled until the task hands it over. Keys within `records` are unique.
struct TablePart {
  std::string family;                              // "uid/table"
  std::vector<std::shared_ptr<SpillFile>> spills;  // oldest first
  std::vector<KeyRange> drops;
  RecordSet records;
};

// One epoch of one task: what changed between two barriers. It is owned by the task while it is
// filled, then by the coordinator, then by the backend.
struct TaskPart : EpochPart {
  uint64_t checkpoint_id = 0;
  uint64_t epoch = 0;
  std::shared_ptr<TaskProgress> progress;
  std::vector<TablePart> tables;
  // Changed records of the job-wide bookkeeping (FORMAT.md, "Bookkeeping"): key -> new value, or
  // nothing if it was removed.
  std::map<std::string, std::optional<std::string>> bookkeeping;
};

// Keys of the bookkeeping. `place` is a key group, followed by the slice for sliced tables.
std::string CounterKey(const std::string& family, std::string_view place);
std::string SchemaKey(const std::string& family);
// Whether it is one of these two keys, for any family.
bool IsBookkeepingKey(std::string_view key);

// The rows of one table (or of one slice) in one key group.
struct GroupCounter {
  uint64_t rows = 0;
  uint64_t next_sequence = 0;  // lists: greater than the number of every row
};
// The bytes of a counter's record. Decoding gives kCorruption for malformed bytes.
std::string EncodeCounter(const GroupCounter& counter);
Result<GroupCounter> DecodeCounter(std::string_view bytes);

}  // namespace weir::state
