// What of a sink's output readers have been able to see, by what its checkpoints promised.
#pragma once

#include <set>
#include <string>

#include "runtime/file_system.h"
#include "runtime/sink.h"

namespace weir::connectors {

struct CommittedFiles {
  uint64_t rows = 0;
  std::set<std::string> paths;  // absolute
};

// Adds the files that the checkpoint promised and that are not in progress any more: readers see
// them, or have taken them away. A file that several checkpoints promise counts once. kCorruption
// E7001 for promises that no sink of its job can have made.
Status AddCommittedFiles(FileSystem& files, const SavedOutput& saved, CommittedFiles& committed);

}  // namespace weir::connectors
