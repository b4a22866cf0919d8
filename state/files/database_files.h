// What a checkpoint calls the files of its database (FORMAT.md), and how they come to a directory
// where it is opened.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "runtime/checkpoint_storage.h"
#include "runtime/file_system.h"

namespace weir::state {

// Whether tables of this path are shared by checkpoints: "shared/a3-000012.sst".
bool IsSharedTable(std::string_view path);
// RocksDB's name of a shared table: "000012.sst". RocksDB's numbers repeat when a job restarts from
// an older checkpoint, attempts do not. REQUIRES: IsSharedTable.
std::string LocalTableName(std::string_view path);
// The attempt that wrote a shared table of this name ("a3-000012.sst"); 0 when none did.
uint64_t AttemptOf(std::string_view name);

// Puts a file of a checkpoint into `directory` under RocksDB's name, which it returns: tables
// linked, others, which RocksDB appends to, copied and verified. kCorruption E7001 for one that no
// checkpoint of a database has.
Result<std::string> PlaceDatabaseFile(HeldDirectory& from, const StateFile& file, FileSystem& files,
                                      const std::string& directory);

}  // namespace weir::state
