// weir convert-savepoint: an old or native savepoint in the format of this version.
#pragma once

#include "runtime/base/result.h"
#include "runtime/file_system.h"
#include "shell/cli/command_line.h"

namespace weir::shell {

// Converts what the line names and prints the path of the new savepoint. Everything is as RESTORE
// has it: files are verified, RocksDB's read through in another process first unless they are
// signed, signatures wanted where 'state.savepoints.key-file' is said. Nothing that exists is
// changed.
Status RunConvertVerb(const CommandLine& line, FileSystem& files);

}  // namespace weir::shell
