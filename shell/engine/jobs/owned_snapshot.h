// A savepoint or checkpoint that a job took over when it was restored from it
// (execution.state-recovery.claim-mode = CLAIM; docs/changing-a-running-query.md, "Savepoints").
#pragma once

#include <memory>
#include <string>

#include "runtime/checkpoint_storage.h"
#include "runtime/file_system.h"

namespace weir::shell {

// Removes a savepoint's directory, or one checkpoint of a job that does not run. Absent is success.
// Which of the two it is, its metadata says.
Status RemoveSnapshot(FileSystem& files, const std::string& path);

// `storage` of the job that took the snapshot at `path` over: once it keeps as many checkpoints of
// its own as are retained, the snapshot is subsumed and removed, within Retain. A failure to remove
// it is Retain's, which tries again at the next checkpoint; nothing else changes. Used by one
// thread at a time, as what it wraps. `files` outlives it.
std::unique_ptr<CheckpointStorage> OwnSnapshot(std::unique_ptr<CheckpointStorage> storage,
                                               FileSystem& files, std::string path);

}  // namespace weir::shell
