// Whose checkpoints a directory holds that is not called by its job's id
// ('execution.checkpointing.create-subdir' = 'false'): a file JOB in it says so (FORMAT.md).
#pragma once

#include <string>

#include "runtime/base/result.h"
#include "runtime/file_system.h"

namespace weir::state {

// Whether `directory`, the place of a job's checkpoints, is called by the job's id: "…/<job id>" or
// "…/<job id>/checkpoints".
bool IsNamedByJob(const std::string& directory, const std::string& job_id);
// The id of the job that the directory is for; "": of none. kCorruption E7001 when that cannot be
// read.
Result<std::string> OwnerOf(FileSystem& files, const std::string& directory);
// Whether the job may look for checkpoints there: the directory is called by its id, or has it.
bool IsOwned(FileSystem& files, const std::string& directory, const std::string& job_id);
// Makes the job the directory's owner, durably, unless it is or the directory is called by its id.
// E6002 when another job is, or when checkpoints of nobody known are there: to open a storage on
// them would remove what that does not know.
Status TakeDirectory(FileSystem& files, const std::string& directory, const std::string& job_id);
// Removes the job's checkpoints: the directory, if it is called by the job's id, else what a
// storage has made in it, and only where the job owns it. Absent is success.
Status RemoveCheckpointsOf(FileSystem& files, const std::string& directory,
                           const std::string& job_id);

}  // namespace weir::state
