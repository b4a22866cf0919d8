// The data directory: one process at a time, a folder a job.
//
//   weir-data/LOCK                         held while a process has it open; says which
//   weir-data/jobs/<job id>/job            the JobRecord
//   weir-data/queries/<id>/                 state of a SELECT while it runs
//   weir-data/jobs/<job id>/checkpoints/   the job's checkpoints, unless an option puts them
//   elsewhere
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "runtime/base/result.h"
#include "runtime/file_system.h"
#include "shell/job_record.h"

namespace weir::shell {

// Used by one thread at a time.
// The lock is flock(2)'s: it goes with the process, however that ends. Records are written beside
// and renamed, so that each is whole.
class DataDirectory {
 public:
  // Creates it when it is absent. kExternal E4003, naming the process, when another one has it
  // open.
  static Result<std::unique_ptr<DataDirectory>> Open(FileSystem& files, const std::string& path);
  ~DataDirectory();
  DataDirectory(const DataDirectory&) = delete;
  DataDirectory& operator=(const DataDirectory&) = delete;

  const std::string& path() const { return path_; }
  // All jobs, oldest first. kCorruption names a record that cannot be read.
  Result<std::vector<JobRecord>> Jobs() const;
  // Durable when it returns.
  Status Save(const JobRecord& record);
  // The record, its checkpoints, everything.
  Status Remove(const std::string& job_id);
  // Where a SELECT may keep state that outgrows memory; leftovers are removed by Open.
  std::string QueryDirectory(const std::string& query_id) const;
  std::string CheckpointDirectory(const std::string& job_id) const;

 private:
  DataDirectory(FileSystem& files, std::string path, int lock)
      : files_(files), path_(std::move(path)), lock_(lock) {}
  std::string JobDirectory(const std::string& job_id) const;

  FileSystem& files_;
  std::string path_;
  int lock_;  // file descriptor of LOCK
};

}  // namespace weir::shell
