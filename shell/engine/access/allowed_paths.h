// Which paths somebody may name whose statements are executed for them.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "runtime/base/status.h"
#include "shell/engine/access/role.h"

namespace weir::shell {

// What a path in a statement is for: a savepoint, or a table's files.
enum class PathUse : uint8_t { kSavepoint, kTable };

struct PathRules {
  std::string data_directory;
  std::vector<std::string> allowed;  // 'server.allowed-paths'; empty: not said
};

// E6004 unless `who` may name `path`, which is absolute:
//   an admin     any; over the network as an operator, where allowed paths are said
//   an operator  for a savepoint one below the data directory or an allowed one, for a table's
//                files below an allowed one and not in the data directory, whose token is there
//   a reader     none
// A directory counts as below itself. Symbolic links are followed, and ".." taken back, before it
// is judged; one that leads nowhere is refused. It is judged once, when the statement is executed:
// who may change links below an allowed path can lead a job elsewhere later.
Status CheckPath(const Principal& who, const PathRules& rules, PathUse use,
                 const std::string& path);

// Whether paths in definitions that come with a job's state were allowed when they were given.
enum class RecordedPaths : uint8_t {
  kNone,     // the definition is the user's own statement
  kAllowed,  // this data directory recorded them
  kUnknown,  // they are in files that somebody names by their path
};

}  // namespace weir::shell
