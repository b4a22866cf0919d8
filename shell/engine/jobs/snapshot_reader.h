// Reads checkpoints and savepoints, and decides which of them to trust: a checksum is not a
// signature, and a snapshot from elsewhere may be malicious.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/checkpoint_storage.h"
#include "runtime/mutex.h"
#include "shell/engine/jobs/job_registry.h"
#include "shell/engine/jobs/running_job.h"
#include "state/checkpoint/savepoints.h"

namespace weir::shell {

// Thread-safe; everything it is made from outlives it.
class SnapshotReader {
 public:
  SnapshotReader(const EnginePorts& ports, const JobRegistry& registry)
      : ports_(ports), registry_(registry) {}

  // The file with the key that signs savepoints and verifies them; "": neither is done.
  void set_key_file(std::string path);
  // Directories, separated by ';', in which snapshots from elsewhere may make files visible, too.
  void set_allowed_output_paths(std::string_view paths);
  std::vector<std::string> allowed_output() const;

  // The key that signs savepoints when they are written; empty without a key file.
  Result<state::SigningKey> WritingKey() const;
  // The key that a snapshot at `path` must be signed with; none for a job's own checkpoints.
  Result<state::SigningKey> ReadingKey(const std::string& path) const;
  // Whether the snapshot is signed, or lies where only jobs of this data directory write.
  Result<bool> IsTrusted(const std::string& path) const;
  // The verified contents of a snapshot; `path` is its directory, anywhere, or its _metadata. With
  // a key file, only signed snapshots and checkpoints of the jobs of this data directory are read.
  Result<CheckpointMetadata> Read(const std::string& path,
                                  const state::ByteProgress& progress = {}) const;
  // How many bytes of rows in flight the checkpoint holds for each operator, by its uid.
  Result<std::map<std::string, uint64_t>> InFlightBytes(const CheckpointMetadata& from) const;
  // Lets another process read native files through first, unless they are known to come from this
  // data directory. kRestoreRefused E7001 when that process does not survive.
  Status CheckTables(const CheckpointMetadata& from, const std::string& path) const;

 private:
  Status ReadThrough(const CheckpointMetadata& from, const std::string& path,
                     const std::string& scratch) const;
  Result<bool> IsOwn(const std::string& path) const;

  const EnginePorts& ports_;
  const JobRegistry& registry_;
  mutable Mutex mutex_;
  std::string key_file_ WEIR_GUARDED_BY(mutex_);
  std::vector<std::string> allowed_output_ WEIR_GUARDED_BY(mutex_);  // absolute
};

}  // namespace weir::shell
