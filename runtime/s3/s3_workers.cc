#include "runtime/s3/s3_workers.h"

#include <utility>

namespace weir::s3 {

Workers::~Workers() {
  std::vector<Thread> threads;
  {
    const MutexLock lock(mutex_);
    ends_ = true;
    threads.swap(threads_);
  }
  changed_.notify_all();
  for (Thread& thread : threads) thread.Join();
}

void Workers::Do(std::function<void()> work) {
  bool queued = false;
  {
    const MutexLock lock(mutex_);
    if (idle_ <= waiting_.size() && threads_.size() < most_) {
      Result<Thread> started = Thread::Start("s3", [this] { Run(); });
      if (started.ok()) threads_.push_back(*std::move(started));
    }
    queued = !threads_.empty();
    if (queued) waiting_.push_back(std::move(work));
  }
  if (!queued) return work();
  changed_.notify_one();
}

void Workers::Run() {
  MutexLock lock(mutex_);
  while (true) {
    ++idle_;
    changed_.wait(lock, [this]() WEIR_REQUIRES(mutex_) { return ends_ || !waiting_.empty(); });
    --idle_;
    if (waiting_.empty()) return;
    const std::function<void()> work = std::move(waiting_.front());
    waiting_.pop_front();
    lock.unlock();
    work();
    lock.lock();
  }
}

}  // namespace weir::s3
