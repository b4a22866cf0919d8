// Checkpoints that are kept elsewhere, and whose metadata, with the contents of all their files, is
// also written to a directory: what Flink's JobManagerCheckpointStorage does where a directory is
// configured. Each of the copies can be restored from by whoever has it.
#pragma once

#include <memory>
#include <string>

#include "runtime/checkpoint_storage.h"
#include "runtime/file_system.h"

namespace weir::state {

// `storage` keeps the checkpoints, with their files in `place`. A checkpoint is published when its
// copy below `copies` (<job-id>/, created when absent) is durable, too; as many copies as
// checkpoints are retained. Copies of earlier processes count. Used by one thread at a time.
Result<std::unique_ptr<CheckpointStorage>> CopyMetadata(FileSystem& files,
                                                        std::unique_ptr<CheckpointStorage> storage,
                                                        std::string place, std::string copies);

}  // namespace weir::state
