// A thread that runs the events posted to it in order, and checks deadlines in between. A loop that
// seldom has something to do can do without the thread in between (kWhenNeeded).
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

enum class LoopThread : uint8_t {
  kAlways,
  kWhenNeeded,  // from an event on until a while after the last one
};

// Events run one at a time in the order of their posts. None is lost unless Post returned false.
// Waits use the given clock, so that tests can move time.
class EventLoop {
 public:
  // `tick`, which may be empty, runs after every batch of events and at the monotonic time that it
  // returned last (decide.h's kNever: only after events). `failed` is called on the loop's thread
  // when an event failed for lack of memory or a thread; the loop goes on. Without `failed`, that
  // ends the process. With kWhenNeeded there is no tick, and `failed` is also called, by the thread
  // that posts, when the machine gives no thread for an event: it runs with the next one, or by
  // Stop.
  EventLoop(const Clock& clock, std::string thread_name, std::function<int64_t()> tick,
            std::function<void(Status)> failed = {}, LoopThread thread = LoopThread::kAlways);
  // As Stop().
  ~EventLoop();
  EventLoop(const EventLoop&) = delete;
  EventLoop& operator=(const EventLoop&) = delete;

  // Starts the thread, which first runs events posted before; for kWhenNeeded there are none. To be
  // called once. E4006 when the machine has no thread to give. Without memory, Post throws
  // std::bad_alloc: its callers run inside a fence.
  Status Start();
  // Thread-safe. False, and nothing happens, after Stop.
  bool Post(std::function<void()> event);
  // Runs what was posted before, then ends the thread. Must not be called from the loop's own
  // thread.
  void Stop();

 private:
  void Run();
  // Starts the thread that the caller of Post has announced in has_thread_.
  void Wake();
  // Runs `event`, and calls failed_ if it throws.
  void Guard(const std::function<void()>& event);
  // Waits for events, the deadline or the end, and takes all events. False at the end.
  bool Take(int64_t deadline, std::deque<std::function<void()>>& events);

  const Clock& clock_;
  const std::string thread_name_;
  const std::function<int64_t()> tick_;
  const std::function<void(Status)> failed_;
  const LoopThread kind_;
  Mutex thread_mutex_;  // taken before mutex_
  Thread thread_ WEIR_GUARDED_BY(thread_mutex_);
  Mutex mutex_;
  ConditionVariable changed_;
  bool has_thread_ WEIR_GUARDED_BY(mutex_) = false;  // one runs events, or is about to
  std::deque<std::function<void()>> events_ WEIR_GUARDED_BY(mutex_);
  bool stopping_ WEIR_GUARDED_BY(mutex_) = false;
};

}  // namespace weir::checkpoint
