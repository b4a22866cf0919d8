// One task's view of one column family: its own spills over the job's database.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "runtime/file_system.h"
#include "state/disk/overlays.h"
#include "state/disk/rocksdb_database.h"
#include "state/table/disk_table.h"

namespace weir::state {

// All pointers outlive the table.
struct RocksDbTableOptions {
  FileSystem* files;
  Database* database;
  rocksdb::ColumnFamilyHandle* family;
  std::shared_ptr<TaskProgress> progress;
  // Spills go into the database at once, but while a savepoint is taken: there are no other epochs.
  bool ingest_spills = false;
  uint64_t epoch = 1;  // of the task, now
};

// Reads look into the task's own spill files first, newest first, then into the database, which has
// what was persisted: epochs are invisible to other tasks until then. One thread.
// A look-up of many keys is one ordered pass a layer: keys ascend, so that blocks are read once.
class RocksDbTable final : public DiskTable {
 public:
  explicit RocksDbTable(RocksDbTableOptions options)
      : options_(std::move(options)),
        overlays_(*options_.files, *options_.database, options_.family),
        epoch_(options_.epoch) {}

  Status MultiGet(std::span<const std::string_view> keys, DiskScope scope,
                  std::vector<std::string>& values, std::vector<uint8_t>& found) override;
  std::unique_ptr<DiskCursor> NewCursor(DiskScope scope) override;
  Status Visit(
      std::string_view prefix, DiskScope scope,
      const std::function<Status(std::string_view key, std::string_view value)>& visit) override;
  Status Spill(const RecordSet& records) override;
  Result<bool> Drop(std::vector<KeyRange> ranges) override;
  void EndEpoch(TablePart& part) override;
  double AverageRecordBytes() const override;
  uint64_t next_overlay() const override { return overlays_.next(); }

 private:
  // Whether a spill may go into the database now; what had to lie beside it is there then.
  Result<bool> IngestsNow();
  // Records and drops_ as a file in the database, or beside it.
  Status SpillInto(bool database, const RecordSet& records);
  void DropPersisted();
  // Whether what the database holds counts.
  bool SeesDatabase(DiskScope scope) const {
    return scope.database || scope.first_overlay <= first_pending_;
  }
  Status GetFromDatabase(std::span<const std::string_view> keys, std::vector<std::string>& values,
                         std::vector<uint8_t>& found);

  RocksDbTableOptions options_;
  Overlays overlays_;
  // Ranges dropped within the running epoch.
  std::vector<KeyRange> drops_;
  // Of overlays: those before it were put into the database outside of an epoch, and so the drops
  // among them. 0: none were.
  uint64_t first_pending_ = 0;
  uint64_t epoch_;
};

}  // namespace weir::state
