// What value, map and list tables share: keys, rows, changes by epoch, memory, and the way to disk.
#pragma once

#include <algorithm>
#include <cstring>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "runtime/state_backend.h"
#include "state/row/byte_arena.h"
#include "state/row/change_list.h"
#include "state/row/key_codec.h"
#include "state/row/row.h"
#include "state/row/row_codec.h"
#include "state/table/disk_table.h"
#include "state/table/epoch.h"
#include "state/table/key_filter.h"
#include "state/table/table_facts.h"

namespace weir::state {

// Base of the tables. A row is created *fresh* (it leaves no trace when it is erased again),
// changed (listed with the tick of its change), frozen at a barrier, copied into the snapshot's
// records, durable when the epoch is persisted, and then clean: it may leave memory, and is read
// back when it is needed. An erased row that the disk may have stays as a tombstone until its
// deletion is spilled or durable.
// This class handles rows without their kinds. KeyedTable adds keys and kinds, and the tables
// derived from that decide what an entry is: a row, a set of sub-keys, or a list. Not thread-safe.
class TableCore {
 public:
  // `slice`: 8 bytes big-endian, or empty.
  TableCore(TaskContext& task, Family& family, std::string slice);
  virtual ~TableCore();
  TableCore(const TableCore&) = delete;
  TableCore& operator=(const TableCore&) = delete;

  // Takes over a restored count of the key group's rows. REQUIRES: the table has no rows of it yet.
  virtual void SetCounter(uint32_t group, const GroupCounter& counter);
  // Hides the disk until `epoch` is persisted, since it contains a former table of this name until
  // then.
  void HideDiskUntil(uint64_t epoch);
  // Loads one record of a memory snapshot.
  virtual Status LoadRecord(std::string_view key, std::string_view value) = 0;

  // Freezes this table's changes and ends the running epoch. CopyFrozen fills the part's records,
  // so the part must not move until it is done. REQUIRES: the changes of the previous snapshot are
  // all copied.
  void BeginSnapshot(TablePart& part, TaskPart& task_part);
  // Copies about `rows` frozen rows; true when none is left.
  bool CopyFrozen(size_t rows);
  bool copies() const { return changes_.freezing(); }

  // Between two batches: frees what is durably deleted, and erases some of what has expired.
  Status Tidy();
  // Frees about `wanted` bytes. Row pointers become invalid; during a scan, only those of rows that
  // the scan has passed.
  Status Relieve(uint64_t wanted);
  // The same if memory is short, between two batches or within a scan.
  Status RelieveIfShort();
  // Reports to the task and the process how much memory this table takes. Cheap.
  void Account();

  uint64_t row_count() const { return total_rows_; }
  uint64_t used_bytes() const;
  // The number of rows that are only on disk.
  uint64_t disk_only_rows() const { return total_rows_ - std::min(total_rows_, memory_rows_); }
  // Whether some of its rows were in a snapshot, a spill or a checkpoint.
  bool reached_disk() const { return reached_disk_; }
  // Whether its rows are being shown to a visitor.
  bool scanning() const { return scanning_; }
  const std::string& slice() const { return slice_; }
  void AddDroppedCounters(TaskPart& part) const;

 protected:
  // What a row's disk key is made of.
  struct Address {
    uint64_t hash;
    KeyWord key;
    std::string_view suffix;
  };
  // `scratch` may be used for the suffix (a sub-key, a sequence number) and is overwritten.
  virtual Address AddressOf(Row row, std::string& scratch) const = 0;
  // The value of the row's record. REQUIRES: not a tombstone.
  virtual void EncodeValue(Row row, std::string& out) const {
    family_.rows.Encode(row.bytes(), out);
  }
  // About how much memory the rows of the record take.
  virtual uint64_t BytesOf(Row) const {
    return kRowHeaderBytes + family_.rows.layout().row_bytes();
  }
  // Calls f for every row in memory that has a record of its own, including tombstones.
  virtual void ForEachRow(const std::function<void(Row)>& f) = 0;
  // Frees clean rows until `wanted` bytes are free or the clock has gone round twice.
  virtual void Evict(uint64_t wanted) = 0;
  // The disk has the deletion, so the block can be freed.
  virtual void ForgetTombstone(Row row) = 0;
  // Erases what has expired in a chunk, or among the keys of these disk records, whose keys ascend.
  virtual void ExpireChunk(size_t chunk) = 0;
  virtual Status ExpireSaved(std::span<const std::string> records) = 0;
  // Memory of the index and of all rows, apart from bytes_.
  virtual uint64_t index_bytes() const = 0;
  // The number of chunks of entries, for ExpireChunk. Frees chunks without entries.
  virtual size_t entry_chunks() const = 0;
  virtual void ReleaseEmptyChunks() = 0;

  uint32_t GroupOf(uint64_t hash) const { return KeyGroupOf(hash, task_.max_parallelism); }
  // The part of a disk key before the canonical key: the group's bytes, and the slice.
  void AppendPrefix(uint32_t group, std::string& out) const;
  // The keys of these disk keys, once for each run of records with the same key. `suffix_bytes`:
  // the size of what follows the key. REQUIRES: the table has no slice.
  Status KeysOf(std::span<const std::string> records, size_t suffix_bytes, KeyBatch& keys) const;
  // The disk keys of these keys, without suffix, one string each.
  void DiskKeys(const KeyBatch& keys, std::span<const uint32_t> which,
                std::vector<std::string>& out) const;
  // Visits the records below the keys `which` in the order of the disk, with the index of the key,
  // the rest of the disk key, and the value. `visit` returns false to skip the rest of this key.
  Status ReadKeys(
      const KeyBatch& keys, std::span<const uint32_t> which,
      const std::function<Result<bool>(uint32_t, std::string_view, std::string_view)>& visit);
  // Reads records with one MultiGet and calls found(i, value) for each that exists, in the order of
  // keys; once if a key occurs several times.
  Status ReadRecords(std::span<const std::string> disk_keys,
                     const std::function<Status(size_t i, std::string_view value)>& found);
  // All records; keys come without AppendPrefix's part.
  Status VisitDisk(const RecordVisitor& visit);
  void Count(uint64_t hash, int64_t rows) {
    counters_[GroupOf(hash)].rows += static_cast<uint64_t>(rows);
    total_rows_ += static_cast<uint64_t>(rows);
  }
  // Whether the disk may have rows of this key that are not in memory.
  bool MayBeOnDisk(uint64_t hash) const;
  DiskScope Scope() const;  // which of the disk's rows belong to this table
  void FreeStrings(std::byte* row);
  void StoreString(std::byte* row, size_t field, std::string_view bytes);
  // Begins a call: reads the clock and keeps within the memory limit.
  Status BeginCall();

  // --- changes
  // REQUIRES: the row was handed out, or thawed.
  void MarkWritten(Row row) {
    changes_.Mark(row);
    if (ttl_ > 0) SetWritten(row.bytes(), now_);
  }
  // Copies the rows in thawed_, which were frozen, and releases them (KeyedTable::Thaw).
  void CopyThawed();
  // Whether a removed row leaves no trace. To be called after Thaw.
  bool Traceless(Row row) const { return row.Has(Row::kFresh) || task_.whole_snapshots; }
  // Makes a row that the disk may have a tombstone of this epoch. To be called after Thaw.
  void Bury(Row row);

  // --- time-to-live
  bool Expired(const std::byte* row) const { return ttl_ > 0 && now_ - WrittenAt(row) >= ttl_; }
  int64_t WrittenAt(const std::byte* row) const {
    int64_t millis;
    std::memcpy(&millis, row + family_.rows.layout().row_bytes(), sizeof(millis));
    return millis;
  }
  void SetWritten(std::byte* row, int64_t millis) const {
    std::memcpy(row + family_.rows.layout().row_bytes(), &millis, sizeof(millis));
  }
  // Treats a row that was read: if its time of writing is unknown, it counts as written now.
  void Adopt(Row row) {
    if (ttl_ > 0 && WrittenAt(row.bytes()) == 0) MarkWritten(row);
  }
  // Reads the time by which the rows of one call expire. BeginCall does this.
  void ReadClock();
  int64_t now() const { return now_; }

  TaskContext& task_;
  Family& family_;
  const std::string slice_;
  const int64_t ttl_;  // ms; 0: rows never expire
  ByteArena bytes_;
  ChangeList changes_;
  KeyFilter filter_;
  bool filter_whole_ = true;  // false after a restore: the disk has keys that the filter lacks
  bool scanning_ = false;
  uint64_t memory_rows_ = 0;  // rows in memory, without tombstones
  std::vector<GroupCounter> counters_;
  std::vector<Row> thawed_;  // scratch

 private:
  // Writes changes to disk before their epoch ends, so that the rows become clean and can leave
  // memory.
  Status Spill();
  Status SpillRows(uint64_t bytes);
  void AppendRecords(std::span<const Row> rows, RecordSet& out);
  void CopyAllFrozen();
  void SnapshotWhole(TablePart& part);
  void AddCounters(TaskPart& part);
  // Frees tombstones whose deletion the disk has, and forgets revived ones; at most `most`, oldest
  // first.
  void PurgeTombstones(size_t most);
  // Checks some of the entries, or of the disk's keys, for expired rows each time, and all of them
  // within a fraction of the TTL.
  Status Sweep();
  Status SweepDisk();

  std::vector<Row> tombstones_;  // each once; some were revived
  RecordSet* frozen_records_ = nullptr;
  int64_t now_ = 0;
  int64_t next_sweep_ = 0;
  int64_t next_disk_sweep_ = 0;
  size_t sweep_chunk_ = 0;
  std::string sweep_from_;  // disk key where the sweep continues

  uint64_t total_rows_ = 0;
  uint64_t accounted_bytes_ = 0;
  uint64_t hidden_until_epoch_ = 0;
  uint64_t first_overlay_ = 0;
  bool reached_disk_ = false;
  std::vector<GroupCounter> saved_counters_;
};

}  // namespace weir::state
