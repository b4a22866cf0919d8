// What a directory of output says of the jobs that committed into it: how far each of them had
// come. It lies outside of the data directory, so that an older copy of that is known for one: its
// job committed output that it knows nothing of.
//
//   <directory>/.weir-committed-<hash of the job's name>
//
// One file a name, written before files of a checkpoint become visible and never synced: after a
// power failure it may say less than what is there, never more.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/base/result.h"
#include "runtime/file_system.h"

namespace weir::connectors {

// One job's line.
struct OutputMark {
  std::string job_id;
  uint64_t checkpoint = 0;  // the newest whose output was committed here, or was about to be
  uint64_t attempt = 0;     // of the start that did, which is in the names of its files
  bool replaced = false;    // another job of its name went on from it, and has committed since
  friend bool operator==(const OutputMark&, const OutputMark&) = default;
};

// Of the file in which all jobs of this name, in any case, leave their lines.
std::string OutputMarkPath(std::string_view directory, std::string_view job_name);

// The newest first. None where nothing is said, or what is said cannot be read: then nothing is
// known.
std::vector<OutputMark> ReadOutputMarks(FileSystem& files, std::string_view directory,
                                        std::string_view job_name);

// Raises the line of `mark`; `origins` are jobs of this name that it went on from. Those that
// committed last are kept, 64 at most.
Status NoteCommitted(FileSystem& files, std::string_view directory, std::string_view job_name,
                     const OutputMark& mark, std::span<const std::string> origins);

}  // namespace weir::connectors
