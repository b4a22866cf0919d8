// A savepoint or checkpoint that a job owns since it was restored from it
// (execution.state-recovery.claim-mode = CLAIM; docs/changing-a-running-query.md, "Savepoints").
#pragma once

#include <memory>
#include <string>

#include "runtime/checkpoint_storage.h"
#include "runtime/file_system.h"

namespace weir::shell {

// Removes a savepoint's directory, or one checkpoint of a job that is not running; the metadata
// says which of the two it is. Succeeds when it is absent.
Status RemoveSnapshot(FileSystem& files, const std::string& path);

// Wraps the `storage` of the job that owns the snapshot at `path`. Once the job keeps as many
// checkpoints of its own as are retained, Retain also removes the snapshot. If that fails, Retain
// fails, and tries again after the next checkpoint. Used by one thread at a time, as the storage
// is. `files` outlives it.
std::unique_ptr<CheckpointStorage> OwnSnapshot(std::unique_ptr<CheckpointStorage> storage,
                                               FileSystem& files, std::string path);

}  // namespace weir::shell
