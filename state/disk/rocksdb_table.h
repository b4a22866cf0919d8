// One task's view of one column family: its own spills on top of the job's database.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "runtime/file_system.h"
#include "state/disk/overlays.h"
#include "state/disk/rocksdb_database.h"
#include "state/table/disk_table.h"

namespace weir::state {

// REQUIRES: all pointers outlive the table.
struct RocksDbTableOptions {
  FileSystem* files;
  Database* database;
  rocksdb::ColumnFamilyHandle* family;
  std::shared_ptr<TaskProgress> progress;
  // There are no epochs, so spills go straight into the database, except while a savepoint is
  // taken.
  bool ingest_spills = false;
  uint64_t epoch = 1;  // of the task, now
};

// Reads ask the task's own spill files first, newest first, and then the database, which contains
// what was persisted; until then an epoch is invisible to other tasks. A lookup of many keys is one
// ordered pass over each layer, so that every block is read once. Not thread-safe.
class RocksDbTable final : public DiskTable {
 public:
  explicit RocksDbTable(RocksDbTableOptions options)
      : options_(std::move(options)),
        overlays_(*options_.files, *options_.database, options_.family),
        epoch_(options_.epoch) {}

  Status MultiGet(std::span<const std::string_view> keys, DiskScope scope,
                  std::vector<std::string>& values, std::vector<uint8_t>& found) override;
  std::unique_ptr<DiskCursor> NewCursor(
      DiskScope scope, CursorDirection direction = CursorDirection::kAscending) override;
  Status Visit(
      std::string_view prefix, DiskScope scope,
      const std::function<Status(std::string_view key, std::string_view value)>& visit) override;
  Status Spill(const RecordSet& records) override;
  Result<bool> Drop(std::vector<KeyRange> ranges) override;
  void EndEpoch(TablePart& part) override;
  double AverageRecordBytes() const override;
  uint64_t next_overlay() const override { return overlays_.next(); }

 private:
  // Whether a spill may go straight into the database now; if so, moves there what had to stay
  // beside it.
  Result<bool> IngestsNow();
  // Writes records and drops_ to a file in the database, or beside it.
  Status SpillInto(bool database, const RecordSet& records);
  void DropPersisted();
  // Whether the contents of the database count for this scope.
  bool SeesDatabase(DiskScope scope) const {
    return scope.database || scope.first_overlay <= first_pending_;
  }
  Status GetFromDatabase(std::span<const std::string_view> keys, std::vector<std::string>& values,
                         std::vector<uint8_t>& found);

  RocksDbTableOptions options_;
  Overlays overlays_;
  // Ranges that were dropped within the running epoch and are in no file yet. A spill that fails
  // leaves them here, so that the next one writes them.
  std::vector<KeyRange> drops_;
  // Overlays with smaller numbers were put into the database outside of an epoch, and with them the
  // drops they contain. 0: none were.
  uint64_t first_pending_ = 0;
  uint64_t epoch_;
};

}  // namespace weir::state
