// RocksDB's files through the FileSystem port.
#pragma once

#include <rocksdb/env.h>

#include <memory>

#include "runtime/file_system.h"
#include "state/files/written_sums.h"

namespace weir::state {

// An environment whose files are those of `files` below `directory`, and no others: what a database
// holds may be somebody else's. `files` must outlive it. Threads and time are RocksDB's. `sums`
// learns what is written, and outlives the environment. Work on RocksDB's own threads takes memory
// from the reserve.
std::unique_ptr<rocksdb::Env> MakeRocksDbEnvironment(FileSystem& files, std::string directory,
                                                     WrittenSums& sums);

// kExternal for input and output, kCorruption for bad bytes, kInternal otherwise; the message names
// what failed.
Status FromRocksDb(const rocksdb::Status& status, std::string_view what);

}  // namespace weir::state
