// Locks and waits of the engine: the machine's, or those of a simulation (runtime/scheduler.h).
// A lock that is held while files are touched, others are waited for or a fault point is passed is
// one of these; leaves that only guard a few words may be a std::mutex.
#pragma once

#include <chrono>
#include <condition_variable>
#include <mutex>

#include "runtime/scheduler.h"

namespace weir {

// For std::lock_guard and std::unique_lock.
class Mutex {
 public:
  void lock() {
    Scheduler* scheduler = Scheduler::Current();
    if (scheduler == nullptr) return native_.lock();
    while (!native_.try_lock()) scheduler->Park(this, std::chrono::milliseconds(1));
  }
  bool try_lock() { return native_.try_lock(); }
  void unlock() {
    native_.unlock();
    if (Scheduler* scheduler = Scheduler::Current(); scheduler != nullptr) scheduler->Wake(this);
  }

 private:
  friend class ConditionVariable;
  std::mutex native_;
};

// As std::condition_variable.
class ConditionVariable {
 public:
  template <typename Ready>
  void wait(std::unique_lock<Mutex>& lock, Ready ready) {
    while (!ready()) WaitOnce(lock, Scheduler::kForEver);
  }
  // Whether `ready` held before `longest` was over.
  template <typename Ready>
  bool wait_for(std::unique_lock<Mutex>& lock, std::chrono::nanoseconds longest, Ready ready) {
    Scheduler* scheduler = Scheduler::Current();
    if (scheduler == nullptr) {
      const Adopted native(lock);
      return changed_.wait_for(native.lock, longest, ready);
    }
    const int64_t start = scheduler->NowNanos();
    while (!ready()) {
      const auto passed = std::chrono::nanoseconds(scheduler->NowNanos() - start);
      if (passed >= longest) return false;
      WaitOnce(lock, longest - passed);
    }
    return true;
  }
  // Returns after a notification, after `longest`, or for no reason.
  void wait_for(std::unique_lock<Mutex>& lock, std::chrono::nanoseconds longest) {
    WaitOnce(lock, longest);
  }
  void notify_one() {
    changed_.notify_one();
    WakeParked();
  }
  void notify_all() {
    changed_.notify_all();
    WakeParked();
  }

 private:
  // The machine's lock below a Mutex that is held, for the time of a wait.
  struct Adopted {
    explicit Adopted(std::unique_lock<Mutex>& held)
        : lock(held.mutex()->native_, std::adopt_lock) {}
    ~Adopted() { lock.release(); }
    Adopted(const Adopted&) = delete;
    Adopted& operator=(const Adopted&) = delete;
    mutable std::unique_lock<std::mutex> lock;
  };

  void WaitOnce(std::unique_lock<Mutex>& lock, std::chrono::nanoseconds longest) {
    if (Scheduler* scheduler = Scheduler::Current(); scheduler != nullptr) {
      lock.unlock();
      scheduler->Park(this, longest);
      return lock.lock();
    }
    const Adopted native(lock);
    if (longest == Scheduler::kForEver) return changed_.wait(native.lock);
    changed_.wait_for(native.lock, longest);
  }
  void WakeParked() {
    if (Scheduler* scheduler = Scheduler::Current(); scheduler != nullptr) scheduler->Wake(this);
  }

  std::condition_variable changed_;
};

}  // namespace weir
