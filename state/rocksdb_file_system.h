// RocksDB's files through the FileSystem port.
#pragma once

#include <rocksdb/env.h>

#include <memory>

#include "runtime/file_system.h"

namespace weir::state {

// An environment whose files are those of `files`, which must outlive it. Threads and time are
// RocksDB's.
std::unique_ptr<rocksdb::Env> MakeRocksDbEnvironment(FileSystem& files);

// kExternal for input and output, kCorruption for bad bytes, kInternal otherwise; the message names
// what failed.
Status FromRocksDb(const rocksdb::Status& status, std::string_view what);

}  // namespace weir::state
