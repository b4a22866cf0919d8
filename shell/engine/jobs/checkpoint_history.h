// What became of a job's newest checkpoints and savepoints, over its starts: the file
// jobs/<job id>/history (runtime/checkpoint/history.h).
#pragma once

#include <string>
#include <vector>

#include "runtime/checkpoint/history.h"
#include "runtime/file_system.h"
#include "runtime/mutex.h"

namespace weir::shell {

// Thread-safe. The file is replaced by rename and never synced; what cannot be written, or was
// damaged, is only not shown.
class CheckpointHistory {
 public:
  // Goes on with what the file at `path` has; keeps the newest `most`.
  CheckpointHistory(FileSystem& files, std::string path, size_t most);
  void Add(checkpoint::EndedCheckpoint checkpoint);

 private:
  Status Write() const WEIR_REQUIRES(mutex_);

  FileSystem& files_;
  const std::string path_;
  const size_t most_;
  Mutex mutex_;
  std::vector<checkpoint::EndedCheckpoint> newest_ WEIR_GUARDED_BY(mutex_);  // oldest first
};

// Oldest first; none where there is no such file, or a damaged one.
std::vector<checkpoint::EndedCheckpoint> ReadCheckpointHistory(FileSystem& files,
                                                               const std::string& path);

}  // namespace weir::shell
