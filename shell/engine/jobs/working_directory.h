// Relative paths of tables are below the working directory of the process that starts the job, and
// so is what its positions and promised files are about.
#pragma once

#include <string>

#include "runtime/checkpoint_storage.h"
#include "runtime/file_system.h"
#include "runtime/graph/job_graph.h"

namespace weir::shell {

// Where a table of the graph has a relative path: notes in what its operator means that it is below
// the working directory of now, and which the data directory is (state/FORMAT.md, "Meanings").
void NoteWorkingDirectory(const std::string& root, graph::JobGraph& graph);

// The directory that relative paths of a checkpoint's tables were below: the noted one where that
// is there still and the data directory is where it was; else the working directory of now, with
// which, or with the data directory, the tables were moved.
std::string DirectoryOfTables(const CheckpointMetadata& from, const std::string& root,
                              FileSystem& files);

// kRestoreRefused E7002 where a job that goes on would read or write tables elsewhere.
Status CheckWorkingDirectory(const CheckpointMetadata& from, const std::string& root,
                             FileSystem& files);

}  // namespace weir::shell
