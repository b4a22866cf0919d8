// Native savepoints of somebody else's: RocksDB believes every table with right checksums, and one
// that was made to be wrong ends the process, or worse. So another process reads all of it first.
#pragma once

#include <string>
#include <string_view>

#include "runtime/base/result.h"

namespace weir::shell {

inline constexpr std::string_view kReadThroughVerb = "read-through";

// Runs this program once more, to read the snapshot at `path` in the directory `scratch`.
// kRestoreRefused E7001 when it does not come to a good end.
Status ReadThroughInChild(const std::string& path, const std::string& scratch);
// What that other process does.
Status ReadThroughAsChild(const std::string& path, const std::string& scratch);

}  // namespace weir::shell
