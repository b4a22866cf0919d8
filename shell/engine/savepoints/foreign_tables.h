// Native savepoints from elsewhere. RocksDB trusts every table whose checksums are right, and a
// malicious one ends the process, or worse. So another process reads all of it first.
#pragma once

#include <string>
#include <string_view>

#include "runtime/base/result.h"

namespace weir::shell {

inline constexpr std::string_view kReadThroughVerb = "read-through";

// Runs this program again to read the snapshot at `path` in the directory `scratch`.
// kRestoreRefused E7001 unless it succeeds.
Status ReadThroughInChild(const std::string& path, const std::string& scratch);
// What the process that ReadThroughInChild starts does, by the verb above.
Status ReadThroughAsChild(const std::string& path, const std::string& scratch);

}  // namespace weir::shell
