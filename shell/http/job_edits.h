// The edits of running jobs that were asked for over HTTP, and what became of them.
#pragma once

#include <atomic>
#include <map>
#include <memory>
#include <optional>
#include <string>

#include "runtime/mutex.h"
#include "shell/http/job_edit.h"
#include "shell/http/operations.h"

namespace weir::shell {

// Thread-safe.
class JobEdits {
 public:
  // Both outlive it.
  JobEdits(Engine& engine, Operations& operations) : engine_(engine), operations_(operations) {}
  // Threads that watch a new query leave it as it is; the operations wait for them.
  ~JobEdits() { stopping_->store(true); }
  JobEdits(const JobEdits&) = delete;
  JobEdits& operator=(const JobEdits&) = delete;

  // Begins an edit, and returns the id for Find. E5001 for a job that there is not, E5002 while
  // another edit of it is under way, kExternal when too many operations run.
  Result<std::string> Begin(JobEdit edit, Session& reading);
  // Nothing for an id that was never given, or after which a hundred others were.
  std::optional<EditNow> Find(const std::string& id) const;

 private:
  struct Known {
    std::string job_id;
    uint64_t number = 0;
    std::shared_ptr<EditProgress> progress;
  };

  void ForgetOldest() WEIR_REQUIRES(mutex_);

  Engine& engine_;
  Operations& operations_;
  const std::shared_ptr<std::atomic<bool>> stopping_ = std::make_shared<std::atomic<bool>>(false);
  mutable Mutex mutex_;
  uint64_t begun_ WEIR_GUARDED_BY(mutex_) = 0;
  std::map<std::string, Known> all_ WEIR_GUARDED_BY(mutex_);
};

}  // namespace weir::shell
