#include "shell/engine/jobs/open_storages.h"

namespace weir::shell {

void OpenStorages::Opened(const std::string& job_id,
                          const std::shared_ptr<CheckpointStorage>& storage) {
  const MutexLock lock(mutex_);
  open_[job_id] = storage;
}

void OpenStorages::Closed(const std::string& job_id) {
  const MutexLock lock(mutex_);
  open_.erase(job_id);
}

std::shared_ptr<CheckpointStorage> OpenStorages::Of(const std::string& job_id) const {
  const MutexLock lock(mutex_);
  const auto found = open_.find(job_id);
  return found == open_.end() ? nullptr : found->second.lock();
}

}  // namespace weir::shell
