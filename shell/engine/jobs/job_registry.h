// The records of the jobs of a data directory, and their checkpoints. Nothing is run here;
// job_runner.h starts and ends jobs.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/checkpoint/history.h"
#include "runtime/checkpoint_storage.h"
#include "runtime/mutex.h"
#include "shell/engine/jobs/checkpoint_places.h"
#include "shell/engine/jobs/data_directory.h"
#include "shell/engine/jobs/savepoint_list.h"

namespace weir::shell {

// What happened to the checkpoints of a job that was dropped.
struct RemovedCheckpoints {
  std::vector<std::string> elsewhere;  // places outside of the data directory that were removed
  // Files that were not removed because they are out of reach at the moment or behind a symbolic
  // link; one line each.
  std::vector<std::string> left;
};

// Thread-safe. Every call reads the disk anew, as a crash or another process may have changed it. A
// caller that removes something of a job must hold its name (name_holds.h).
class JobRegistry {
 public:
  JobRegistry(FileSystem& files, std::unique_ptr<DataDirectory> directory);

  // The record of a job by name or id; of several the unfinished one, else the newest. E5001 with a
  // suggestion.
  Result<JobRecord> Find(std::string_view name_or_id) const;
  // The record that a start of this name continues, of several the newest; nothing if it begins
  // anew. kRestoreRefused E7001 if a record that may have this name cannot be read.
  Result<std::optional<JobRecord>> Unfinished(const std::string& name) const;
  // Whether RESTORE JOB … FROM LATEST CHECKPOINT has something to start from.
  bool HasState(const JobRecord& record) const;
  // What to type to continue a job that is not running, or to get rid of it.
  std::string WaysOn(const JobRecord& record) const;
  // The completed checkpoints of any job in all places, by number, including damaged ones. Changes
  // nothing.
  Result<std::vector<CheckpointInfo>> Checkpoints(const JobRecord& record) const;
  // What became of its newest checkpoints and savepoints, oldest first (web.checkpoints.history).
  std::vector<checkpoint::EndedCheckpoint> History(const JobRecord& record) const;
  // The metadata of the newest of them; empty when there is none that can be read.
  CheckpointMetadata NewestCheckpoint(const JobRecord& record) const;
  // Removes all checkpoints wherever they are, and the files that the job was writing.
  Result<RemovedCheckpoints> RemoveCheckpoints(const JobRecord& record);
  // Removes what runs of the job that were killed have left on disk beside its checkpoints: its
  // database, tables of lookups, and rows being sorted. REQUIRES: the job does not run.
  Status RemoveLocal(const JobRecord& record);
  // Removes the files that a job which has ended was writing, as nobody else does. Keeps what its
  // newest checkpoint promises, unless that is removed as well (`forgotten`).
  void RemoveOutputInProgress(const JobRecord& record, bool forgotten) const;
  // A job of this process writes its checkpoints with `storage`; while that exists, nothing else
  // opens their place.
  void Opened(const std::string& job_id, const std::shared_ptr<CheckpointStorage>& storage);
  // The job writes no more, so its place may be opened like any other.
  void Closed(const std::string& job_id);
  // Whether a job of this process has its checkpoints open.
  bool IsOpen(const std::string& job_id) const { return StorageOf(job_id) != nullptr; }

  // Finds checkpoints, and what a start would continue from.
  CheckpointPlaces places() const { return {files_, *directory_}; }
  DataDirectory& directory() const { return *directory_; }
  // The savepoints that were taken from this data directory.
  SavepointList& savepoints() const { return *savepoints_; }

 private:
  std::shared_ptr<CheckpointStorage> StorageOf(const std::string& job_id) const;
  Status RefuseDamaged(const JobRecord& record) const;

  FileSystem& files_;
  const std::unique_ptr<DataDirectory> directory_;
  const std::unique_ptr<SavepointList> savepoints_;
  mutable Mutex mutex_;
  // The storages of jobs that run in this process, by the job's id.
  std::map<std::string, std::weak_ptr<CheckpointStorage>> open_ WEIR_GUARDED_BY(mutex_);
};

}  // namespace weir::shell
