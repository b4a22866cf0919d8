// The keyed state of a checkpoint or savepoint at rest, of any backend, without loading it.
#pragma once

#include <map>
#include <memory>
#include <string>

#include "runtime/checkpoint_storage.h"
#include "runtime/file_system.h"
#include "state/reading/record_cursor.h"

namespace weir::state {

// Opening reads what says where things are: the heads of blocks, or the database's manifest. What
// cursors come to is verified block by block as they come to it. Thread-safe.
class SnapshotRecords {
 public:
  virtual ~SnapshotRecords() = default;
  // The bookkeeping of table `family` ("uid/table"; FORMAT.md): its schema and its counters. Empty
  // for one that the snapshot does not have.
  virtual Result<std::map<std::string, std::string>> Bookkeeping(const std::string& family) = 0;
  // Without records for a table that the snapshot does not have. The cursor lives no longer than
  // this.
  virtual Result<std::unique_ptr<RecordCursor>> NewCursor(const std::string& family) = 0;
};

// REQUIRES: `metadata` was verified, and has the directory that its files are in. `scratch` is a
// directory for links to a database's files; it is made, and removed in the end. `files` outlives
// the result. kCorruption E7001 for what the metadata does not say.
Result<std::unique_ptr<SnapshotRecords>> OpenRecords(FileSystem& files,
                                                     const CheckpointMetadata& metadata,
                                                     const std::string& scratch);

// The records of canonical savepoints and of the memory backend (block_records.cc), and of
// databases (database_records.cc).
Result<std::unique_ptr<SnapshotRecords>> OpenBlocks(FileSystem& files,
                                                    const CheckpointMetadata& metadata);
Result<std::unique_ptr<SnapshotRecords>> OpenDatabase(FileSystem& files,
                                                      const CheckpointMetadata& metadata,
                                                      const std::string& scratch);

}  // namespace weir::state
