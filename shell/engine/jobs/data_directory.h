// The data directory: one process at a time, a folder a job.
//
//   weir-data/LOCK                         held while a process has it open; always empty
//   weir-data/jobs/<job id>/job            the JobRecord
//   weir-data/jobs/<job id>/about          the same as of its first start:
//                                          whose record it was, should that
//                                          be damaged or lost
//   weir-data/jobs/<job id>.removed/       a job that is being removed
//   weir-data/queries/<id>/                state of a SELECT while it runs
//   weir-data/jobs/<job id>/checkpoints/   the job's checkpoints, unless an option puts them
//                                          elsewhere
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "runtime/base/result.h"
#include "runtime/file_system.h"
#include "runtime/mutex.h"
#include "shell/engine/jobs/job_record.h"

namespace weir::shell {

// Used by one thread at a time, but for Note.
// The lock is flock(2)'s: it goes with the process, however that ends; a record lock of fcntl(2)
// beside it tells others whose it is. Records are written beside and renamed, so that each is
// whole. Opening it and looking into it changes nothing in it, once it is there.
class DataDirectory {
 public:
  // Creates it when it is absent. kExternal E4003, naming the process, when another one has it
  // open.
  static Result<std::unique_ptr<DataDirectory>> Open(FileSystem& files, const std::string& path);
  ~DataDirectory();
  DataDirectory(const DataDirectory&) = delete;
  DataDirectory& operator=(const DataDirectory&) = delete;

  const std::string& path() const { return path_; }
  // All jobs, oldest first. One whose record cannot be read, or is not there any more, is among
  // them with `damage`, so that it stands in nobody's way and is not taken for one that never was.
  Result<std::vector<JobRecord>> Jobs() const;
  // Durable when it returns. Numbers of checkpoints that were noted are never lowered.
  Status Save(const JobRecord& record);
  // Raises the numbers of a job that was saved by this process. Durable when it returns.
  // Thread-safe.
  Status Note(const std::string& job_id, uint64_t last_checkpoint, uint64_t numbers_given);
  // The record, its checkpoints, everything.
  Status Remove(const std::string& job_id);
  // Where a SELECT may keep state that outgrows memory. The first call removes what queries of a
  // process that was killed left there.
  Result<std::string> QueryDirectory(const std::string& query_id);
  std::string CheckpointDirectory(const std::string& job_id) const;

 private:
  DataDirectory(FileSystem& files, std::string path, int lock)
      : files_(files), path_(std::move(path)), lock_(lock) {}
  std::string JobDirectory(const std::string& job_id) const;
  Result<JobRecord> Read(const std::string& path) const;
  std::optional<JobRecord> ReadJob(const std::string& directory) const;
  JobRecord Remembered(const std::string& directory) const;
  Status Write(const JobRecord& record) WEIR_REQUIRES(mutex_);

  FileSystem& files_;
  std::string path_;
  int lock_;  // file descriptor of LOCK
  bool queries_swept_ = false;
  Mutex mutex_;  // held while a record is written, too
  // By this process, by id.
  std::map<std::string, JobRecord> saved_ WEIR_GUARDED_BY(mutex_);
};

}  // namespace weir::shell
