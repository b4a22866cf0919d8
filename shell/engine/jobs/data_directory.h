// The data directory: one process at a time, a folder a job.
//
//   weir-data/LOCK                         held while a process has it open; always empty
//   weir-data/jobs/<job id>/job            the JobRecord
//   weir-data/jobs/<job id>/about          the same as of its first start: says
//                                          whose the record was if it is lost
//   weir-data/jobs/<job id>/history        what became of its newest checkpoints
//   weir-data/jobs/<job id>.removed/       a job that is being removed
//   weir-data/catalog/                     tables and views (shell/engine/catalog)
//   weir-data/queries/<id>/                state of a SELECT while it runs, if this process has the
//                                          directory open; what a killed one left is removed when
//                                          the directory is taken
//   weir-data/jobs/<job id>/checkpoints/   the job's checkpoints, unless an option puts them
//                                          elsewhere
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "runtime/base/result.h"
#include "runtime/file_system.h"
#include "runtime/mutex.h"
#include "shell/engine/jobs/job_record.h"
#include "shell/engine/jobs/query_scratch.h"

namespace weir::shell {

// Thread-safe; a job's record has one writer at a time (name_holds.h). The lock is that of flock(2)
// and ends with the process however it ends; a record lock of fcntl(2) next to it tells others
// which process holds it. Records are written to another file and renamed, so that each is
// complete. Reading an existing data directory changes nothing in it.
//
// It is attached, which takes the lock, by the first use that is about jobs. So what reads tables
// needs no data directory: it runs beside the process that has it, and where nothing can be
// written.
class DataDirectory {
 public:
  // `owned`, which may be empty, is called once, when this process has taken the directory.
  DataDirectory(FileSystem& files, std::string path, std::function<void()> owned = {})
      : files_(files), path_(std::move(path)), owned_(std::move(owned)), unattached_(files) {}
  ~DataDirectory();
  DataDirectory(const DataDirectory&) = delete;
  DataDirectory& operator=(const DataDirectory&) = delete;

  const std::string& path() const { return path_; }
  // Creates the directory when it is absent, and keeps others out until this object is gone.
  // kExternal E4003, naming the process, when another one has it open. No effect the second time.
  Status Attach() const;
  // Whether this process keeps others out.
  bool Attached() const;
  // All jobs, oldest first; none where there is no directory, which is not made then. A job whose
  // record is missing or cannot be read is included, with `damage`: it must not block others, nor
  // be taken for a job that never existed.
  Result<std::vector<JobRecord>> Jobs() const;
  // Durable when it returns. Never lowers the recorded numbers of checkpoints.
  Status Save(const JobRecord& record);
  // Raises the numbers of a job that this process has saved. Durable when it returns.
  Status Note(const std::string& job_id, uint64_t last_checkpoint, uint64_t numbers_given);
  // Removes the record, the checkpoints and everything else of a job.
  Status Remove(const std::string& job_id);
  // Where a SELECT may keep state that does not fit in memory: below the data directory if it is
  // attached; else below TMPDIR or /var/tmp (query_scratch.h).
  Result<std::string> QueryDirectory(const std::string& query_id);
  std::string CheckpointDirectory(const std::string& job_id) const;
  // The file of its CheckpointHistory.
  std::string HistoryPath(const std::string& job_id) const;

 private:
  std::string JobDirectory(const std::string& job_id) const;
  Result<JobRecord> Read(const std::string& path) const;
  std::optional<JobRecord> ReadJob(const std::string& directory) const;
  JobRecord Remembered(const std::string& directory) const;
  Status Write(const JobRecord& record) WEIR_REQUIRES(mutex_);

  // Takes the lock; false if this process has it already.
  Result<bool> TakeLock() const;
  // Removes what queries of a killed process left, once.
  Status SweepQueries() const;
  std::string QueriesDirectory() const;

  FileSystem& files_;
  std::string path_;
  const std::function<void()> owned_;
  mutable Mutex lock_mutex_;
  // The file descriptor of LOCK; below 0: not attached.
  mutable int lock_ WEIR_GUARDED_BY(lock_mutex_) = -1;
  QueryScratch unattached_;
  mutable Mutex queries_mutex_;
  mutable bool queries_swept_ WEIR_GUARDED_BY(queries_mutex_) = false;
  Mutex removing_;  // held while what was removed under its name is removed from the disk
  Mutex mutex_;     // also held while a record is written
  // The records that this process saved, by id.
  std::map<std::string, JobRecord> saved_ WEIR_GUARDED_BY(mutex_);
};

}  // namespace weir::shell
