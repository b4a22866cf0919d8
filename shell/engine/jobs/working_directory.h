// Relative paths of tables are below the working directory of the process that starts the job.
// Positions and promised files of its checkpoints therefore depend on that directory.
#pragma once

#include <string>

#include "runtime/checkpoint_storage.h"
#include "runtime/file_system.h"
#include "runtime/graph/job_graph.h"

namespace weir::shell {

// If a table of the graph has a relative path, adds to the meaning of its operator the current
// working directory and the data directory (state/FORMAT.md, "Meanings").
void NoteWorkingDirectory(const std::string& root, graph::JobGraph& graph);

// Whether a table of the graph has a relative path.
bool HasRelativePaths(const graph::JobGraph& graph);

// The directory that relative paths of a checkpoint's tables were below. It is the recorded one if
// that still exists and the data directory was not moved; otherwise the current working directory,
// as the tables were moved with it or with the data directory.
std::string DirectoryOfTables(const CheckpointMetadata& from, const std::string& root,
                              FileSystem& files);

// kRestoreRefused E7002 if a job that continues would read or write its tables elsewhere.
Status CheckWorkingDirectory(const CheckpointMetadata& from, const std::string& root,
                             FileSystem& files);

}  // namespace weir::shell
