// What value, map and list tables share: keys, rows, changes by epoch, memory, the way to disk.
#pragma once

#include <deque>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "runtime/state_backend.h"
#include "state/byte_arena.h"
#include "state/disk_table.h"
#include "state/epoch.h"
#include "state/key_codec.h"
#include "state/key_filter.h"
#include "state/key_index.h"
#include "state/memory_budget.h"
#include "state/row_arena.h"
#include "state/row_codec.h"

namespace weir::state {

// Facts of one task; outlives its tables.
struct TaskContext {
  KeyGroupRange groups;
  uint32_t max_parallelism = kDefaultMaxParallelism;
  bool whole_snapshots = false;  // memory backend: every snapshot carries everything
  uint64_t least_spill_bytes = 1 << 20;
  std::shared_ptr<TaskProgress> progress;
  std::shared_ptr<MemoryBudget> budget;
  uint64_t epoch = 1;       // the one that is running
  uint64_t used_bytes = 0;  // of all tables together
};

// Facts of one table; of all its slices, when it has some.
struct Family {
  std::string name;
  StateSchema schema;
  SchemaHistory history;
  RowCodec rows;
  KeyCodec keys;
  std::unique_ptr<DiskTable> disk;      // null: memory only
  std::vector<uint32_t> hidden_groups;  // planted defect
  uint64_t disk_reads = 0;
  uint64_t evictions = 0;
  bool schema_saved = false;
};

// Which rows changed in which epoch. A tick passes at every snapshot and every spill; a row's stamp
// is the tick of its last change, 0 when the disk holds it as it is.
class ChangeList {
 public:
  void Mark(RowHeader* header) {
    if (header->stamp == tick_) return;
    header->stamp = tick_;
    if ((header->place & kRowListed) != 0) return;
    header->place |= kRowListed;
    rows_.push_back(header);
  }
  std::vector<RowHeader*>& rows() { return rows_; }
  uint32_t tick() const { return tick_; }
  // Ends the epoch: what is stamped so far will be durable when `epoch` is.
  void EndEpoch(uint64_t epoch) { epochs_.push_back({epoch, tick_++}); }
  // What is stamped so far is on disk, though not durable.
  void EndSpill() { spilled_ = tick_++; }
  void LearnPersisted(uint64_t epoch);
  // The disk holds this version of the row: durably, or spilled.
  bool OnDisk(const RowHeader* header) const {
    return header->stamp <= persisted_ || header->stamp <= spilled_;
  }
  bool Persisted(const RowHeader* header) const { return header->stamp <= persisted_; }
  void Persist() { persisted_ = tick_++; }
  // Forgets blocks that were freed since they were listed.
  void DropFreed();

 private:
  struct Epoch {
    uint64_t epoch;
    uint32_t tick;
  };
  uint32_t tick_ = 1;
  uint32_t persisted_ = 0;
  uint32_t spilled_ = 0;
  std::deque<Epoch> epochs_;
  std::vector<RowHeader*> rows_;
};

// Base of the tables. One thread.
class TableCore {
 public:
  // `slice`: 8 bytes big-endian, or empty. `entry_bytes`: of what the index points to.
  TableCore(TaskContext& task, Family& family, std::string slice, size_t entry_bytes);
  virtual ~TableCore();
  TableCore(const TableCore&) = delete;
  TableCore& operator=(const TableCore&) = delete;

  // Restores the counters of one key group.
  virtual void SetCounter(uint32_t group, const GroupCounter& counter);
  // Everything on disk belongs to a former table of this name until `epoch` is persisted.
  void HideDiskUntil(uint64_t epoch);
  // Loads one record of a memory snapshot.
  virtual Status LoadRecord(std::string_view key, std::string_view value) = 0;
  // Adds this table's changes to the part; the running epoch ends.
  Status Snapshot(TablePart& part, TaskPart& task_part);
  uint64_t row_count() const { return total_rows_; }
  uint64_t used_bytes() const;
  // Some of it has been in a snapshot, a spill or a checkpoint.
  bool reached_disk() const { return reached_disk_; }
  const std::string& slice() const { return slice_; }
  void AddCountersGone(TaskPart& part) const;

 protected:
  // Where a row's disk key comes from.
  struct Address {
    uint64_t hash;
    KeyWord key;
    std::string_view suffix;
  };
  virtual Address AddressOf(RowHeader* row, std::string& scratch) const = 0;
  virtual const std::byte* ValueOf(const RowHeader* row) const { return RowOf(row); }
  // Calls f for every row (not entry) in memory, tombstones included.
  virtual void ForEachRow(const std::function<void(RowHeader*)>& f) = 0;
  // Frees clean rows until `wanted` bytes are free or the clock has been round twice.
  virtual void Evict(uint64_t wanted) = 0;
  // The deletion is durable: the block is to be freed.
  virtual void ForgetTombstone(RowHeader* row) = 0;
  virtual uint64_t extra_bytes() const { return 0; }

  uint32_t GroupOf(uint64_t hash) const { return KeyGroupOf(hash, task_.max_parallelism); }
  // The part of a disk key before the canonical key.
  void AppendPrefix(uint32_t group, std::string& out) const;
  // Disk keys of these keys (without suffix), one string each.
  void DiskKeys(const KeyBatch& keys, std::span<const uint32_t> which,
                std::vector<std::string>& out) const;
  void Count(uint64_t hash, int64_t rows) {
    counters_[GroupOf(hash)].rows += static_cast<uint64_t>(rows);
    total_rows_ += static_cast<uint64_t>(rows);
  }
  // Whether the disk may hold rows of this key that memory does not.
  bool MayBeOnDisk(uint64_t hash) const;
  // Rows that only the disk holds.
  uint64_t disk_only_rows() const { return total_rows_ - memory_rows_; }
  DiskScope Scope() const;
  // Points an entry at the key, copying its bytes.
  void SetKey(RowHeader* entry, uint64_t hash, const KeyWord& key);
  void FreeKey(RowHeader* entry);
  void FreeStrings(std::byte* row);
  void StoreString(std::byte* row, size_t field, std::string_view bytes);
  // Begins a call: learns what became durable and keeps within the memory limit.
  Status BeginCall();
  // Gives memory back where the limit asks for it. Row pointers become invalid; during a scan, only
  // those of rows that it is done with.
  Status Relieve();
  Status AppendRecords(std::span<RowHeader* const> rows, RecordSet& out);
  // Turns a row that the disk may hold into a tombstone of this epoch.
  void Bury(RowHeader* row);

  TaskContext& task_;
  Family& family_;
  const std::string slice_;
  KeyIndex index_;
  RowArena entries_;
  ByteArena bytes_;
  ChangeList changes_;
  KeyFilter filter_;
  bool filter_whole_ = true;  // false after a restore: the disk holds keys that the filter lacks
  bool scanning_ = false;
  uint64_t memory_rows_ = 0;  // rows in memory, without tombstones
  std::vector<GroupCounter> counters_;

 private:
  // Tells the task and the process what this table takes now.
  void Account();
  Status Spill();
  void AddCounters(TaskPart& part);
  // Frees durable tombstones, forgets revived ones.
  void PurgeTombstones();

  std::vector<RowHeader*> tombstones_;  // with repetitions, and with rows that were revived

  uint64_t total_rows_ = 0;
  uint64_t accounted_bytes_ = 0;
  uint64_t hidden_until_epoch_ = 0;
  uint64_t first_overlay_ = 0;
  bool reached_disk_ = false;
  std::vector<GroupCounter> saved_counters_;
};

}  // namespace weir::state
