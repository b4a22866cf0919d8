// The records of the jobs of a data directory, and their checkpoints. Nothing is run here;
// job_runner.h starts and ends jobs.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/checkpoint/history.h"
#include "runtime/checkpoint_storage.h"
#include "shell/engine/jobs/checkpoint_places.h"
#include "shell/engine/jobs/data_directory.h"
#include "shell/engine/jobs/name_holds.h"
#include "shell/engine/jobs/open_storages.h"
#include "shell/engine/jobs/savepoint_list.h"

namespace weir::shell {

// Thread-safe. Every call reads the disk anew, as a crash or another process may have changed it.
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
  // A job that a server wanted to start again, and could not, is FAILED for this reason until the
  // next server tries. E5001.
  Status NoteUnresumed(const std::string& job_id, const Status& why, int64_t now_millis);

  // Finds checkpoints, and what a start would continue from.
  CheckpointPlaces places() const { return {files_, *directory_}; }
  DataDirectory& directory() const { return *directory_; }
  // What jobs of this process write their checkpoints with.
  OpenStorages& open() const { return *open_; }
  // The savepoints that were taken from this data directory.
  SavepointList& savepoints() const { return *savepoints_; }

 private:
  Status RefuseDamaged(const JobRecord& record) const;

  FileSystem& files_;
  const std::unique_ptr<DataDirectory> directory_;
  const std::unique_ptr<SavepointList> savepoints_;
  const std::unique_ptr<OpenStorages> open_ = std::make_unique<OpenStorages>();
};

// Holds the name of a job that is known by name or by id. Where no job is known, what was written
// is taken for a name.
Result<NameHold> HoldNameOf(const JobRegistry& registry, NameHolds& names,
                            std::string_view name_or_id);

}  // namespace weir::shell
