// Tests whether a database from elsewhere can be read without harm.
#pragma once

#include <string>

#include "runtime/checkpoint_storage.h"
#include "runtime/file_system.h"

namespace weir::state {

// Opens the database of a native savepoint or checkpoint of the rocksdb backend in `scratch`, which
// is created, and which the caller removes, and reads all of it, in order and by key. kCorruption
// E7001 when that fails.
// RocksDB trusts what has a valid checksum, and aborts the process over many things that are wrong
// nevertheless. Therefore this runs in a process that may die (ReadThroughInChild).
Status ReadThrough(FileSystem& files, const CheckpointMetadata& metadata,
                   const std::string& scratch);

}  // namespace weir::state
