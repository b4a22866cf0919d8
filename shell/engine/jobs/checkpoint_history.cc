#include "shell/engine/jobs/checkpoint_history.h"

#include <memory>
#include <utility>

namespace weir::shell {

CheckpointHistory::CheckpointHistory(FileSystem& files, std::string path, size_t most)
    : files_(files),
      path_(std::move(path)),
      most_(most),
      newest_(ReadCheckpointHistory(files, path_)) {}

void CheckpointHistory::Add(checkpoint::EndedCheckpoint checkpoint) {
  const MutexLock lock(mutex_);
  newest_.push_back(std::move(checkpoint));
  if (newest_.size() > most_)
    newest_.erase(newest_.begin(), newest_.end() - static_cast<std::ptrdiff_t>(most_));
  // A failure is ignored: the history is only shown, and the job does not depend on it.
  (void)Write();
}

Status CheckpointHistory::Write() const {
  const std::string temporary = path_ + ".tmp";
  const std::unique_ptr<WritableFile> file = TRY(files_.Create(temporary));
  RETURN_IF_ERROR(file->Append(checkpoint::EncodeHistory(newest_)));
  RETURN_IF_ERROR(file->Close());
  return files_.Rename(temporary, path_);
}

std::vector<checkpoint::EndedCheckpoint> ReadCheckpointHistory(FileSystem& files,
                                                               const std::string& path) {
  const Result<std::string> bytes = ReadFile(files, path);
  if (!bytes.ok()) return {};
  Result<std::vector<checkpoint::EndedCheckpoint>> history = checkpoint::DecodeHistory(*bytes);
  return history.ok() ? *std::move(history) : std::vector<checkpoint::EndedCheckpoint>();
}

}  // namespace weir::shell
