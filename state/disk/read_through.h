// Whether a database that somebody else wrote can be read.
#pragma once

#include <string>

#include "runtime/checkpoint_storage.h"
#include "runtime/file_system.h"

namespace weir::state {

// Opens the database of a native savepoint or checkpoint of the rocksdb backend in `scratch`, which
// is created, and reads all of it, in order and by key. kCorruption E7001 when that fails.
// RocksDB believes what has a right checksum, and ends the process over much that is wrong all the
// same: this is for a process that may end so (ReadThroughInChild).
Status ReadThrough(FileSystem& files, const CheckpointMetadata& metadata,
                   const std::string& scratch);

}  // namespace weir::state
