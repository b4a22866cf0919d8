// The checkpoint storages that jobs of this process have open.
#pragma once

#include <map>
#include <memory>
#include <string>

#include "runtime/checkpoint_storage.h"
#include "runtime/mutex.h"

namespace weir::shell {

// Thread-safe. A place that a running job writes must not be opened a second time: who wants to
// know what is in it asks the job's own storage.
class OpenStorages {
 public:
  // The job writes its checkpoints with `storage`, for as long as that exists.
  void Opened(const std::string& job_id, const std::shared_ptr<CheckpointStorage>& storage);
  // The job writes no more, so its place may be opened like any other.
  void Closed(const std::string& job_id);
  // The storage of a job that runs in this process; null for any other.
  std::shared_ptr<CheckpointStorage> Of(const std::string& job_id) const;

 private:
  mutable Mutex mutex_;
  // By the job's id.
  std::map<std::string, std::weak_ptr<CheckpointStorage>> open_ WEIR_GUARDED_BY(mutex_);
};

}  // namespace weir::shell
