#include "runtime/checkpoint/event_loop.h"

#include <algorithm>
#include <chrono>

#include "runtime/base/fence.h"
#include "runtime/base/memory_reserve.h"
#include "runtime/checkpoint/decide.h"

namespace weir::checkpoint {
namespace {

// The port's clock may be a test's: look again at least this often while something has a deadline.
constexpr int64_t kLongestWaitNanos = 20'000'000;

}  // namespace

EventLoop::EventLoop(const Clock& clock, std::string thread_name, std::function<int64_t()> tick,
                     std::function<void(Status)> failed)
    : clock_(clock),
      thread_name_(std::move(thread_name)),
      tick_(std::move(tick)),
      failed_(std::move(failed)) {}

EventLoop::~EventLoop() {
  Stop();
}

Status EventLoop::Start() {
  thread_ = TRY(Thread::Start(thread_name_, [this] { Run(); }));
  return {};
}

bool EventLoop::Post(std::function<void()> event) {
  {
    const MutexLock lock(mutex_);
    if (stopping_) return false;
    events_.push_back(std::move(event));
  }
  changed_.notify_one();
  return true;
}

void EventLoop::Stop() {
  {
    const MutexLock lock(mutex_);
    stopping_ = true;
  }
  changed_.notify_one();
  thread_.Join();
}

bool EventLoop::Take(int64_t deadline, std::deque<std::function<void()>>& events) {
  MutexLock lock(mutex_);
  const auto ready = [this]() WEIR_REQUIRES(mutex_) { return stopping_ || !events_.empty(); };
  if (deadline == kNever) {
    changed_.wait(lock, ready);
  } else {
    const int64_t wait =
        std::clamp<int64_t>(deadline - clock_.MonotonicNanos(), 0, kLongestWaitNanos);
    changed_.wait_for(lock, std::chrono::nanoseconds(wait), ready);
  }
  events.swap(events_);
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
