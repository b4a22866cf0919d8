// What one task has spilled of one table and the database does not hold yet.
#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/file_system.h"
#include "state/disk/merged_cursor.h"
#include "state/disk/rocksdb_database.h"
#include "state/disk/spilled_file.h"
#include "state/table/disk_table.h"
#include "state/table/key_filter.h"

namespace weir::state {

// Files beside the database, each newer than those before it. One thread.
// Files of the running epoch are merged by their sizes, as a log-structured merge tree does
// (O'Neil et al., "The Log-Structured Merge-Tree", 1996), up to a size that holds the task up for
// less than a second: a read asks few of them, however long the epoch.
class Overlays {
 public:
  // All outlive this.
  Overlays(FileSystem& files, Database& database, rocksdb::ColumnFamilyHandle* family)
      : files_(files), database_(database), family_(family) {}

  bool empty() const { return overlays_.empty(); }
  // Number of the next one.
  uint64_t next() const { return next_; }
  // Records and dropped ranges, which apply to what is older. REQUIRES: there are some of either.
  Status Add(const RecordSet& records, std::span<const KeyRange> drops);
  // Fills values of keys that are found, leaves those that are not, and says so in found[i].
  Status Get(std::span<const std::string_view> keys, DiskScope scope,
             std::vector<std::string>& values, std::vector<uint8_t>& found);
  // As sources of a cursor.
  void AddTo(MergedCursor& cursor, DiskScope scope) const;
  // The files of the running epoch, which ends as number `epoch`. They stay under reading.
  void EndEpoch(uint64_t epoch, std::vector<std::shared_ptr<SpillFile>>& files);
  // Forgets those that the database holds since `persisted` is.
  void DropPersisted(uint64_t persisted);
  // Moves those of the running epoch into the database. REQUIRES: there are no others.
  Status Ingest();

  // Values of found[i] after Get.
  static constexpr uint8_t kMissing = 0;
  static constexpr uint8_t kFound = 1;
  static constexpr uint8_t kDeleted = 2;  // older versions do not count

 private:
  struct Overlay {
    uint64_t number;     // ascends from 1; DiskScope names overlays by it
    uint64_t epoch = 0;  // 0: the running one
    int merges = 0;      // how often its records were merged
    uint64_t bytes = 0;
    uint64_t records = 0;
    std::vector<KeyRange> drops;  // of what is older
    KeyFilter keys;               // of rows and deletions
    // Rows and drops; null when there are none of either.
    std::shared_ptr<SpilledFile> rows;
    // Deletions, of other keys than the rows': as the database wants them, and for reading, as rows
    // without values. Null when there are none.
    std::shared_ptr<OwnedFile> deletions;
    std::shared_ptr<SpilledFile> deleted;
  };
  class Writer;

  // Whether the last ones, as many as are merged at once, are of one size by now.
  bool MergeIsDue() const;
  Status MergeLast();
  static void AddTo(MergedCursor& cursor, const Overlay& overlay);
  // What the database takes in.
  static void AppendFiles(const Overlay& overlay, std::vector<std::shared_ptr<SpillFile>>& files);

  FileSystem& files_;
  Database& database_;
  rocksdb::ColumnFamilyHandle* const family_;
  std::deque<Overlay> overlays_;  // oldest first
  uint64_t next_ = 1;
};

}  // namespace weir::state
