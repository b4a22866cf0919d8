// The names that a checkpoint gives to the files of its database (FORMAT.md), and how these files
// are put into a directory to be opened.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "runtime/checkpoint_storage.h"
#include "runtime/file_system.h"

namespace weir::state {

// Whether the path is a table file that checkpoints share: "shared/a3-000012.sst".
bool IsSharedTable(std::string_view path);
// Whether it is one that a whole checkpoint has for itself: "chk-7/a3-000012.sst".
bool IsOwnTable(std::string_view path);
// RocksDB's name of such a table: "000012.sst". The attempt is part of the shared name because
// RocksDB's numbers repeat when a job restarts from an older checkpoint. REQUIRES: it is one.
std::string LocalTableName(std::string_view path);
// The attempt that wrote a shared table of this name ("a3-000012.sst"); 0 for other names.
uint64_t AttemptOf(std::string_view name);

// Puts a file of a checkpoint into `directory` under RocksDB's name, which it returns. Tables are
// linked; other files, which RocksDB appends to, are copied and verified. kCorruption E7001 for a
// file that cannot belong to a database.
Result<std::string> PlaceDatabaseFile(HeldDirectory& from, const StateFile& file, FileSystem& files,
                                      const std::string& directory);

}  // namespace weir::state
