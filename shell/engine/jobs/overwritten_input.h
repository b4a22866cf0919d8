// INSERT OVERWRITE removes the files of its table with its first checkpoint. A job that reads the
// same files would lose those that it has not read by then.
#pragma once

#include <string>

#include "runtime/base/status.h"
#include "runtime/file_system.h"
#include "runtime/graph/job_graph.h"

namespace weir::shell {

// kInvalidSql E2015 if a table that the job overwrites has files that the job itself reads, or
// looks up. Symbolic links are followed.
Status CheckOverwrittenInput(const graph::JobGraph& graph, FileSystem& files);

// Whether a table of files at `path` (absolute, perhaps a pattern) is, or has files of, the one in
// the directory.
bool HasFilesOf(const std::string& path, const std::string& directory, FileSystem& files);

}  // namespace weir::shell
