// A few threads for work that comes from many.
#pragma once

#include <deque>
#include <functional>
#include <memory>
#include <vector>

#include "runtime/mutex.h"
#include "runtime/thread.h"

namespace weir::shell {

// Thread-safe.
class WorkerPool {
 public:
  // E4006 when the machine has no threads to give.
  static Result<std::unique_ptr<WorkerPool>> Start(size_t threads, size_t most_waiting);
  // Waits for the work that has begun; what waits is dropped.
  ~WorkerPool();
  WorkerPool(const WorkerPool&) = delete;
  WorkerPool& operator=(const WorkerPool&) = delete;

  // Queues `work`, which must not throw, for the next free thread. False, without effect, when too
  // much is waiting already.
  bool Enqueue(std::function<void()> work);

 private:
  explicit WorkerPool(size_t most_waiting) : most_waiting_(most_waiting) {}
  void Work();

  const size_t most_waiting_;
  Mutex mutex_;
  ConditionVariable changed_;
  std::deque<std::function<void()>> waiting_ WEIR_GUARDED_BY(mutex_);
  bool stopping_ WEIR_GUARDED_BY(mutex_) = false;
  std::vector<Thread> threads_;
};

}  // namespace weir::shell
