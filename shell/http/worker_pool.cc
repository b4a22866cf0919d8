#include "shell/http/worker_pool.h"

#include <utility>

namespace weir::shell {

Result<std::unique_ptr<WorkerPool>> WorkerPool::Start(size_t threads, size_t most_waiting) {
  auto pool = std::unique_ptr<WorkerPool>(new WorkerPool(most_waiting));
  for (size_t i = 0; i < threads; ++i) {
    pool->threads_.push_back(
        TRY(Thread::Start("http-worker", [pool = pool.get()] { pool->Work(); })));
  }
  return pool;
}

WorkerPool::~WorkerPool() {
  {
    const MutexLock lock(mutex_);
    stopping_ = true;
    waiting_.clear();
    changed_.notify_all();
  }
  threads_.clear();  // joins
}

bool WorkerPool::Enqueue(std::function<void()> work) {
  const MutexLock lock(mutex_);
  if (stopping_ || waiting_.size() >= most_waiting_) return false;
  waiting_.push_back(std::move(work));
  changed_.notify_one();
  return true;
}

void WorkerPool::Work() {
  while (true) {
    std::function<void()> work;
    {
      MutexLock lock(mutex_);
      changed_.wait(lock,
                    [this]() WEIR_REQUIRES(mutex_) { return stopping_ || !waiting_.empty(); });
      if (waiting_.empty()) return;
      work = std::move(waiting_.front());
      waiting_.pop_front();
    }
    work();
  }
}

}  // namespace weir::shell
