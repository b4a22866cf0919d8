// A file in an output directory that records how far each job has committed there. It lies outside
// of the data directory, so that a data directory that was replaced by an older copy is detected:
// its job has committed output that the copy knows nothing of.
//
//   <directory>/.weir-committed-<hash of the job's name>
//
// There is one file a job name. It is written before files of a checkpoint become visible, and
// never synced: after a power failure it may say less than what is there, but never more.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/base/result.h"
#include "runtime/file_system.h"

namespace weir::connectors {

// The line of one job.
struct OutputMark {
  std::string job_id;
  uint64_t checkpoint = 0;  // the newest whose output was committed here, or was about to be
  uint64_t attempt = 0;     // of the start that committed it, as in the names of its files
  bool replaced = false;    // another job of its name continued from it and has committed since
  friend bool operator==(const OutputMark&, const OutputMark&) = default;
};

// The path of the file for all jobs of this name, whose case is ignored.
std::string OutputMarkPath(std::string_view directory, std::string_view job_name);

// The lines, newest first. Empty where there are none or the file cannot be read, as nothing is
// known then.
std::vector<OutputMark> ReadOutputMarks(FileSystem& files, std::string_view directory,
                                        std::string_view job_name);

// Raises the line of `mark`. `origins` are jobs of this name from which it continued. The 64 jobs
// that committed last are kept.
Status NoteCommitted(FileSystem& files, std::string_view directory, std::string_view job_name,
                     const OutputMark& mark, std::span<const std::string> origins);

}  // namespace weir::connectors
