// Threads of the engine. All are started here, so that a machine without threads to give means an
// error for the one who asked, and so that a simulation can run them one at a time
// (runtime/scheduler.h).
#pragma once

#include <cstdint>
#include <functional>
#include <future>
#include <string>
#include <thread>

#include "runtime/base/result.h"
#include "runtime/scheduler.h"

namespace weir {

// Used by one thread at a time.
class Thread {
 public:
  Thread() = default;
  // As Join().
  ~Thread() { Join(); }
  Thread(Thread&& other) noexcept = default;
  // REQUIRES: this one does not run, or was joined.
  Thread& operator=(Thread&& other) noexcept = default;

  // Runs `body`, which must not throw, on a new thread. `name` (cut to 15 bytes) is shown by
  // debuggers and `top`. E4006 when the machine has no thread to give.
  static Result<Thread> Start(const std::string& name, std::function<void()> body);

  bool joinable() const { return thread_.joinable(); }
  // Returns when the body has returned; at once when there is none.
  void Join();

 private:
  std::thread thread_;
  uint64_t number_ = 0;  // its scheduler's
};

// Shows `name` (cut to 15 bytes) for the calling thread.
void NameThread(const std::string& name);

// While it exists, threads that the calling thread starts, and those that they start in turn, have
// a nice value that is higher by so much than that of the process: 0 to 19, where each step is a
// fifth less of a busy processor (setpriority(2); Linux keeps the value by thread). The calling
// thread's own stays as it is. A thread that had a nice value through this passes it on by itself.
class WithNiceThreads {
 public:
  explicit WithNiceThreads(int nice);
  ~WithNiceThreads();
  WithNiceThreads(const WithNiceThreads&) = delete;
  WithNiceThreads& operator=(const WithNiceThreads&) = delete;

 private:
  int before_;
};

// Returns when `future` is ready.
template <typename T>
void Await(const std::future<T>& future) {
  Scheduler* scheduler = Scheduler::Current();
  if (scheduler == nullptr) return future.wait();
  while (future.wait_for(std::chrono::seconds(0)) != std::future_status::ready) {
    scheduler->Park(&future, std::chrono::milliseconds(1));
  }
}

}  // namespace weir
