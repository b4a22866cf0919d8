// What one task has spilled of one table and the database does not contain yet.
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

// Files next to the database, each newer than those before it. Files of the running epoch are
// merged when they have similar sizes, as in a log-structured merge tree (O'Neil et al., "The
// Log-Structured Merge-Tree", 1996), up to a size whose merging delays the task by less than a
// second. However long an epoch is, a read therefore asks few files. Not thread-safe.
class Overlays {
 public:
  // REQUIRES: all arguments outlive this.
  Overlays(FileSystem& files, Database& database, rocksdb::ColumnFamilyHandle* family)
      : files_(files), database_(database), family_(family) {}

  bool empty() const { return overlays_.empty(); }
  // The number of the next overlay.
  uint64_t next() const { return next_; }
  // Adds an overlay of records and dropped ranges, which apply to everything older. REQUIRES: there
  // is at least one of either.
  Status Add(const RecordSet& records, std::span<const KeyRange> drops);
  // Fills the values of keys that are found and sets found[i] for them; leaves others unchanged.
  Status Get(std::span<const std::string_view> keys, DiskScope scope,
             std::vector<std::string>& values, std::vector<uint8_t>& found);
  // Adds the overlays to a cursor as its sources.
  void AddTo(MergedCursor& cursor, DiskScope scope) const;
  // Ends the running epoch as number `epoch` and appends its files to `files`. They can still be
  // read here.
  void EndEpoch(uint64_t epoch, std::vector<std::shared_ptr<SpillFile>>& files);
  // Drops overlays that the database contains now that epoch `persisted` is durable.
  void DropPersisted(uint64_t persisted);
  // Moves the overlays of the running epoch into the database. REQUIRES: there are no others.
  Status Ingest();

  // Values of found[i] after Get.
  static constexpr uint8_t kMissing = 0;
  static constexpr uint8_t kFound = 1;
  static constexpr uint8_t kDeleted = 2;  // older versions do not count

 private:
  struct Overlay {
    uint64_t number;     // ascends from 1; DiskScope refers to overlays by it
    uint64_t epoch = 0;  // 0: the running one
    int merges = 0;      // how often its records were merged
    uint64_t bytes = 0;
    uint64_t records = 0;
    std::vector<KeyRange> drops;  // apply to everything older
    KeyFilter keys;               // of rows and deletions
    // Rows and drops; null when there are neither.
    std::shared_ptr<SpilledFile> rows;
    // Deletions, whose keys differ from those of the rows: in the form that the database ingests,
    // and for reading as rows without values. Null when there are none.
    std::shared_ptr<OwnedFile> deletions;
    std::shared_ptr<SpilledFile> deleted;
  };
  class Writer;

  // Whether as many of the last overlays as are merged at once have similar sizes.
  bool MergeIsDue() const;
  Status MergeLast();
  static void AddTo(MergedCursor& cursor, const Overlay& overlay);
  // The files of an overlay that the database ingests.
  static void AppendFiles(const Overlay& overlay, std::vector<std::shared_ptr<SpillFile>>& files);

  FileSystem& files_;
  Database& database_;
  rocksdb::ColumnFamilyHandle* const family_;
  std::deque<Overlay> overlays_;  // oldest first
  uint64_t next_ = 1;
};

}  // namespace weir::state
