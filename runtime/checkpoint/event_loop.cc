#include "runtime/checkpoint/event_loop.h"

#include <algorithm>
#include <chrono>

#include "runtime/base/check.h"
#include "runtime/base/fence.h"
#include "runtime/base/memory_reserve.h"
#include "runtime/checkpoint/decide.h"

namespace weir::checkpoint {
namespace {

// The port's clock may be a test's: look again at least this often while something has a deadline.
constexpr int64_t kLongestWaitNanos = 20'000'000;
// A thread of kWhenNeeded waits for this long after its last event before it ends: events often
// come in groups, and starting a thread for each costs more.
constexpr std::chrono::milliseconds kLinger{200};

}  // namespace

EventLoop::EventLoop(const Clock& clock, std::string thread_name, std::function<int64_t()> tick,
                     std::function<void(Status)> failed, LoopThread thread)
    : clock_(clock),
      thread_name_(std::move(thread_name)),
      tick_(std::move(tick)),
      failed_(std::move(failed)),
      kind_(thread) {
  WEIR_CHECK(kind_ == LoopThread::kAlways || (!tick_ && failed_));
}

EventLoop::~EventLoop() {
  Stop();
}

Status EventLoop::Start() {
  if (kind_ == LoopThread::kWhenNeeded) return {};
  const MutexLock lock(thread_mutex_);
  thread_ = TRY(Thread::Start(thread_name_, [this] { Run(); }));
  return {};
}

bool EventLoop::Post(std::function<void()> event) {
  bool wake = false;
  {
    const MutexLock lock(mutex_);
    if (stopping_) return false;
    events_.push_back(std::move(event));
    wake = kind_ == LoopThread::kWhenNeeded && !has_thread_;
    if (wake) has_thread_ = true;
  }
  changed_.notify_all();
  if (wake) Wake();
  return true;
}

void EventLoop::Wake() {
  Status started;
  {
    const MutexLock lock(thread_mutex_);
    thread_.Join();  // the thread before this one, which is at its end
    Result<Thread> thread = Thread::Start(thread_name_, [this] { Run(); });
    started = thread.status();
    if (thread.ok()) thread_ = std::move(*thread);
  }
  if (started.ok()) return;
  {
    const MutexLock lock(mutex_);
    has_thread_ = false;
  }
  changed_.notify_all();
  failed_(std::move(started));
}

void EventLoop::Stop() {
  std::deque<std::function<void()>> left;
  {
    MutexLock lock(mutex_);
    stopping_ = true;
    changed_.notify_all();
    // A thread that is about to start counts: Post has promised that its event will run.
    if (kind_ == LoopThread::kWhenNeeded)
      changed_.wait(lock, [this]() WEIR_REQUIRES(mutex_) { return !has_thread_; });
    if (kind_ == LoopThread::kWhenNeeded) left.swap(events_);
  }
  {
    const MutexLock lock(thread_mutex_);
    thread_.Join();
  }
  for (const auto& event : left) Guard(event);  // those for which the machine gave no thread
}

bool EventLoop::Take(int64_t deadline, std::deque<std::function<void()>>& events) {
  MutexLock lock(mutex_);
  const auto ready = [this]() WEIR_REQUIRES(mutex_) { return stopping_ || !events_.empty(); };
  if (kind_ == LoopThread::kWhenNeeded) {
    changed_.wait_for(lock, kLinger, ready);
  } else if (deadline == kNever) {
    changed_.wait(lock, ready);
  } else {
    const int64_t wait =
        std::clamp<int64_t>(deadline - clock_.MonotonicNanos(), 0, kLongestWaitNanos);
    changed_.wait_for(lock, std::chrono::nanoseconds(wait), ready);
  }
  events.swap(events_);
  if (kind_ == LoopThread::kWhenNeeded && events.empty()) {
    has_thread_ = false;
    changed_.notify_all();
    return false;
  }
  return !(stopping_ && events.empty());
}

void EventLoop::Guard(const std::function<void()>& event) {
  if (!failed_) return event();
  Status status = Fenced([&]() -> Status {
    const WithMemoryReserve reserve;  // little is needed, and others wait for the answers
    event();
    return {};
  });
  if (!status.ok()) failed_(std::move(status));
}

void EventLoop::Run() {
  int64_t deadline = kNever;
  const std::function<void()> look = [&] { deadline = tick_ ? tick_() : kNever; };
  Guard(look);
  std::deque<std::function<void()>> events;
  while (Take(deadline, events)) {
    for (const auto& event : events) Guard(event);
    events.clear();
    Guard(look);
  }
}

}  // namespace weir::checkpoint
