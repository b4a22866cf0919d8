// One task's view of one column family: its own spills over the job's database.
#pragma once

#include <rocksdb/sst_file_reader.h>

#include <deque>
#include <memory>
#include <string>
#include <vector>

#include "runtime/file_system.h"
#include "state/disk_table.h"
#include "state/key_filter.h"
#include "state/rocksdb_database.h"

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
      : options_(std::move(options)), epoch_(options_.epoch) {}

  Status MultiGet(std::span<const std::string_view> keys, DiskScope scope,
                  std::vector<std::string>& values, std::vector<uint8_t>& found) override;
  std::unique_ptr<DiskCursor> NewCursor(DiskScope scope) override;
  Status Visit(
      std::string_view prefix, DiskScope scope,
      const std::function<Status(std::string_view key, std::string_view value)>& visit) override;
  Status Spill(const RecordSet& records) override;
  bool spills_deletions() override { return IngestsNow(); }
  Result<bool> Drop(std::vector<KeyRange> ranges) override;
  void EndEpoch(TablePart& part) override;
  double AverageRecordBytes() const override;
  uint64_t next_overlay() const override { return next_overlay_; }

 private:
  // A spill file under reading; the last reference removes it from disk.
  class File;
  class Cursor;
  // A spill that the database does not hold yet.
  struct Overlay {
    // Ascending from 1; DiskScope names overlays by it.
    uint64_t number;
    uint64_t epoch = 0;  // 0: the running one
    std::shared_ptr<File> file;
  };
  // Whether a spill may go into the database now.
  bool IngestsNow();
  // Records and drops_ as a file in the database, or beside it.
  Status SpillInto(bool database, const RecordSet& records);
  // Forgets overlays that the database holds by now.
  void DropPersisted();
  // Fills values of keys that are found, deletions included, and leaves the others for the
  // database.
  Status GetFromOverlays(std::span<const std::string_view> keys, DiskScope scope,
                         std::vector<std::string>& values, std::vector<uint8_t>& found);

  RocksDbTableOptions options_;
  std::deque<Overlay> overlays_;  // oldest first
  // Ranges dropped within the running epoch.
  std::vector<KeyRange> drops_;
  uint64_t next_overlay_ = 1;
  uint64_t epoch_;
};

}  // namespace weir::state
