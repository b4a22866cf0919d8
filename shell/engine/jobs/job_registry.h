// What is recorded of the jobs of a data directory, and what there is of their checkpoints. Runs
// nothing: job_runner.h starts jobs and ends them.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/checkpoint_storage.h"
#include "shell/engine/jobs/checkpoint_places.h"
#include "shell/engine/jobs/data_directory.h"
#include "shell/engine/jobs/savepoint_list.h"

namespace weir::shell {

// What became of the checkpoints of a job that is forgotten.
struct RemovedCheckpoints {
  std::vector<std::string> elsewhere;  // places outside of the data directory that were removed
  // What stays, because it is not there now or behind a symbolic link; a line each.
  std::vector<std::string> left;
};

// Used by one thread.
// Every call looks anew: what a crash or somebody else left is found as it is.
class JobRegistry {
 public:
  JobRegistry(FileSystem& files, std::unique_ptr<DataDirectory> directory)
      : files_(files), directory_(std::move(directory)) {}

  // The record of a job by name or id, of several the one that goes on, else the newest; E5001 with
  // did-you-mean.
  Result<JobRecord> Find(std::string_view name_or_id) const;
  // The record that a start of this name continues, of several the newest; nothing where it begins
  // anew. A record that may be of this name and cannot be read is in the way of that:
  // kRestoreRefused E7001.
  Result<std::optional<JobRecord>> Unfinished(const std::string& name) const;
  // Whether RESTORE JOB … FROM LATEST CHECKPOINT has something to start from.
  bool HasState(const JobRecord& record) const;
  // What to type to go on with a job that does not run, or to be rid of it.
  std::string WaysOn(const JobRecord& record) const;
  // Completed checkpoints of any job, in all places, by number, damaged ones too. Only looks.
  Result<std::vector<CheckpointInfo>> Checkpoints(const JobRecord& record) const;
  // What the newest of them says; empty when there is none that can be read.
  CheckpointMetadata NewestCheckpoint(const JobRecord& record) const;
  // Removes them wherever they are, and what the job was writing.
  Result<RemovedCheckpoints> RemoveCheckpoints(const JobRecord& record);
  // What a job that has ended was writing: nobody else removes it. Not what its newest checkpoint
  // promises, unless that goes as well (`forgotten`).
  void RemoveOutputInProgress(const JobRecord& record, bool forgotten) const;
  // A job of this process writes its checkpoints with `storage`, and until it is gone nothing else
  // looks into their place.
  void Opened(const std::string& job_id, const std::shared_ptr<CheckpointStorage>& storage);

  // Where checkpoints are, and what a start would go on from.
  CheckpointPlaces places() const { return {files_, *directory_}; }
  DataDirectory& directory() const { return *directory_; }
  // Those that were taken from this data directory.
  SavepointList savepoints() const;

 private:
  std::shared_ptr<CheckpointStorage> StorageOf(const std::string& job_id) const;
  Status RefuseDamaged(const JobRecord& record) const;

  FileSystem& files_;
  const std::unique_ptr<DataDirectory> directory_;
  std::map<std::string, std::weak_ptr<CheckpointStorage>> open_;  // by id of the job
};

}  // namespace weir::shell
