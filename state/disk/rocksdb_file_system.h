// Lets RocksDB use the FileSystem port.
#pragma once

#include <rocksdb/env.h>

#include <memory>

#include "runtime/file_system.h"
#include "state/files/written_sums.h"

namespace weir::state {

// An environment that can reach files of `files` below `directory` and no others, since the
// contents of a database may come from somebody else. `sums` records the checksums of what is
// written; it and `files` outlive the environment. Threads and time are RocksDB's; work on its
// threads may take memory from the reserve.
std::unique_ptr<rocksdb::Env> MakeRocksDbEnvironment(FileSystem& files, std::string directory,
                                                     WrittenSums& sums);

// kExternal for input and output, kCorruption for bad bytes, kInternal otherwise. The message names
// what failed.
Status FromRocksDb(const rocksdb::Status& status, std::string_view what);

}  // namespace weir::state
