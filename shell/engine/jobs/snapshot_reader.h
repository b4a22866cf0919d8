// Reads checkpoints and savepoints, and says which of them are believed: a checksum is no
// signature, and a snapshot from elsewhere may have been made to do harm.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "runtime/checkpoint_storage.h"
#include "shell/engine/jobs/job_registry.h"
#include "shell/engine/jobs/running_job.h"
#include "state/checkpoint/savepoints.h"

namespace weir::shell {

// Used by one thread. What it is made from outlives it.
class SnapshotReader {
 public:
  SnapshotReader(const EnginePorts& ports, const JobRegistry& registry)
      : ports_(ports), registry_(registry) {}

  // Savepoints are signed with the key in this file, and believed when they are; "": neither.
  void set_key_file(std::string path) { key_file_ = std::move(path); }
  // Directories in which snapshots from elsewhere may make files visible, too: a list, by ';'.
  void set_allowed_output_paths(std::string_view paths);
  const std::vector<std::string>& allowed_output() const { return allowed_output_; }

  // What is signed with it when it is written; empty without a key file.
  Result<state::SigningKey> WritingKey() const { return state::ReadKeyFile(key_file_); }
  // The key that a snapshot at `path` must be signed with; none of a job's own checkpoints.
  Result<state::SigningKey> ReadingKey(const std::string& path) const;
  // Whether it is signed, or lies where only jobs of this data directory write.
  Result<bool> IsTrusted(const std::string& path) const;
  // What a snapshot holds, verified; `path` is its directory, anywhere, or its _metadata. With a
  // key file only what is signed with it, and checkpoints of the jobs of this data directory.
  Result<CheckpointMetadata> Read(const std::string& path,
                                  const state::ByteProgress& progress = {}) const;
  // Native files that are not known to be this data directory's are read through first, by another
  // process. kRestoreRefused E7001 when it does not survive that.
  Status CheckTables(const CheckpointMetadata& from, const std::string& path) const;

 private:
  Result<bool> IsOwn(const std::string& path) const;

  const EnginePorts& ports_;
  const JobRegistry& registry_;
  std::string key_file_;
  std::vector<std::string> allowed_output_;  // absolute
};

}  // namespace weir::shell
