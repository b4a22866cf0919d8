#include "state/files/parallel.h"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <optional>
#include <thread>
#include <utility>
#include <vector>

#include "runtime/base/fence.h"
#include "runtime/base/result.h"
#include "runtime/mutex.h"
#include "runtime/thread.h"

namespace weir::state {
namespace {

constexpr std::chrono::milliseconds kWatchInterval{100};

// Shared by the threads of one call.
class Work {
 public:
  Work(size_t count, const std::function<Status(size_t)>& each) : count_(count), each_(each) {}

  void Run() {
    while (!failed_.load(std::memory_order_relaxed)) {
      const size_t number = next_.fetch_add(1, std::memory_order_relaxed);
      if (number >= count_) break;
      Status status = Fenced([&] { return each_(number); });
      if (!status.ok()) Note(number, std::move(status));
    }
    {
      const MutexLock lock(mutex_);
      ++ended_;
    }
    changed_.notify_one();
  }
  void Await(size_t threads, const std::function<void()>& watch) {
    MutexLock lock(mutex_);
    while (!changed_.wait_for(lock, kWatchInterval,
                              [&]() WEIR_REQUIRES(mutex_) { return ended_ == threads; })) {
      if (!watch) continue;
      lock.unlock();
      watch();
      lock.lock();
    }
  }
  Status outcome() {
    const MutexLock lock(mutex_);
    return failure_ ? std::move(failure_->second) : Status();
  }

 private:
  void Note(size_t number, Status failure) {
    failed_.store(true, std::memory_order_relaxed);
    const MutexLock lock(mutex_);
    if (!failure_ || number < failure_->first) failure_.emplace(number, std::move(failure));
  }

  const size_t count_;
  const std::function<Status(size_t)>& each_;
  std::atomic<size_t> next_{0};
  std::atomic<bool> failed_{false};
  Mutex mutex_;
  ConditionVariable changed_;
  size_t ended_ WEIR_GUARDED_BY(mutex_) = 0;
  std::optional<std::pair<size_t, Status>> failure_ WEIR_GUARDED_BY(mutex_);
};

}  // namespace

namespace {

Status DoOn(size_t threads, size_t count, const std::function<Status(size_t)>& each,
            const std::function<void()>& watch) {
  threads = std::min(threads, count);
  if (threads <= 1) {
    for (size_t i = 0; i < count; ++i) {
      RETURN_IF_ERROR(each(i));
      if (watch) watch();
    }
    return {};
  }
  Work work(count, each);
  std::vector<Thread> running;
  running.reserve(threads);
  while (running.size() < threads) {
    Result<Thread> thread = Thread::Start("files", [&work] { work.Run(); });
    if (!thread.ok()) break;
    running.push_back(std::move(*thread));
  }
  // Fewer threads do the same work; without any it is done here.
  if (running.empty()) {
    work.Run();
    return work.outcome();
  }
  work.Await(running.size(), watch);
  running.clear();
  return work.outcome();
}

}  // namespace

Status ForEach(size_t count, size_t most_threads, const std::function<Status(size_t)>& each,
               const std::function<void()>& watch) {
  size_t threads = std::max<size_t>(1, std::thread::hardware_concurrency());
  if (most_threads > 0) threads = std::min(threads, most_threads);
  return DoOn(threads, count, each, watch);
}

Status ForEachOn(size_t threads, size_t count, const std::function<Status(size_t)>& each) {
  return DoOn(threads, count, each, {});
}

}  // namespace weir::state
