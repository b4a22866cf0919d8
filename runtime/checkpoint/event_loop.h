// A thread that runs what is posted to it, in order, and looks at deadlines in between.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <string>

#include "runtime/base/status.h"
#include "runtime/clock.h"
#include "runtime/mutex.h"
#include "runtime/thread.h"

namespace weir::checkpoint {

// Events run one at a time, in the order of their posts, none of them lost unless Post said so.
// Waits are on the clock that it is given, so that tests move its time.
class EventLoop {
 public:
  // `tick`, which may be empty, runs after every batch of events and whenever the monotonic time
  // that it returned last has come (decide.h's kNever: only after events).
  // `failed` is told, on the loop's thread, when an event could not be carried out for want of
  // memory or a thread; the loop goes on. Without it that ends the process.
  EventLoop(const Clock& clock, std::string thread_name, std::function<int64_t()> tick,
            std::function<void(Status)> failed = {});
  // As Stop().
  ~EventLoop();
  EventLoop(const EventLoop&) = delete;
  EventLoop& operator=(const EventLoop&) = delete;

  // Once. Events posted before run then. E4006 where the machine gives no thread. Post throws
  // std::bad_alloc without memory: whoever calls is inside of a fence.
  Status Start();
  // Thread-safe. False, and nothing happens, after Stop.
  bool Post(std::function<void()> event);
  // Runs what was posted before, then ends the thread. Not from the loop's own thread.
  void Stop();

 private:
  void Run();
  // Runs `event`, and tells failed_ where it throws.
  void Guard(const std::function<void()>& event);
  // Waits for events, the deadline or the end; takes all events. False at the end.
  bool Take(int64_t deadline, std::deque<std::function<void()>>& events);

  const Clock& clock_;
  const std::string thread_name_;
  const std::function<int64_t()> tick_;
  const std::function<void(Status)> failed_;
  Thread thread_;
  Mutex mutex_;
  ConditionVariable changed_;
  std::deque<std::function<void()>> events_ WEIR_GUARDED_BY(mutex_);
  bool stopping_ WEIR_GUARDED_BY(mutex_) = false;
};

}  // namespace weir::checkpoint
