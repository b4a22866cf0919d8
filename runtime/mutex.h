// Locks and condition variables of the engine: those of the machine, or of a simulation
// (runtime/scheduler.h). What a lock guards is declared with the annotations of
// runtime/base/thread_safety.h, which clang checks.
#pragma once

#include <chrono>
#include <condition_variable>
#include <mutex>

#include "runtime/base/thread_safety.h"
#include "runtime/scheduler.h"

namespace weir {

// Locked by a MutexLock only.
class WEIR_CAPABILITY("mutex") Mutex {
 public:
  void lock() WEIR_ACQUIRE() WEIR_NO_THREAD_SAFETY_ANALYSIS {
    Scheduler* scheduler = Scheduler::Current();
    if (scheduler == nullptr) return native_.lock();
    while (!native_.try_lock()) scheduler->Park(this, std::chrono::milliseconds(1));
  }
  bool try_lock() WEIR_TRY_ACQUIRE(true) { return native_.try_lock(); }
  void unlock() WEIR_RELEASE() WEIR_NO_THREAD_SAFETY_ANALYSIS {
    native_.unlock();
    if (Scheduler* scheduler = Scheduler::Current(); scheduler != nullptr) scheduler->Wake(this);
  }

 private:
  friend class ConditionVariable;
  std::mutex native_;
};

// Holds a mutex for its own lifetime, except between unlock and lock.
class WEIR_SCOPED_CAPABILITY MutexLock {
 public:
  explicit MutexLock(Mutex& mutex) WEIR_ACQUIRE(mutex) : held_(mutex) {}
  ~MutexLock() WEIR_RELEASE() {}
  MutexLock(const MutexLock&) = delete;
  MutexLock& operator=(const MutexLock&) = delete;
  void unlock() WEIR_RELEASE() { held_.unlock(); }
  void lock() WEIR_ACQUIRE() { held_.lock(); }

 private:
  friend class ConditionVariable;
  std::unique_lock<Mutex> held_;
};

// As std::condition_variable, for a caller that holds the mutex by `lock`. A `ready` that reads
// what the mutex guards is annotated: [this]() WEIR_REQUIRES(mutex_) { … }.
class ConditionVariable {
 public:
  template <typename Ready>
  void wait(MutexLock& lock, Ready ready) WEIR_NO_THREAD_SAFETY_ANALYSIS {
    while (!ready()) WaitOnce(lock, Scheduler::kForEver);
  }
  // Waits until `ready` is true, for at most `longest`; returns whether it is.
  template <typename Ready>
  bool wait_for(MutexLock& lock, std::chrono::nanoseconds longest,
                Ready ready) WEIR_NO_THREAD_SAFETY_ANALYSIS {
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
  // Returns after a notification, after `longest`, or spuriously.
  void wait_for(MutexLock& lock, std::chrono::nanoseconds longest) { WaitOnce(lock, longest); }
  void notify_one() {
    changed_.notify_one();
    WakeParked();
  }
  void notify_all() {
    changed_.notify_all();
    WakeParked();
  }

 private:
  // The machine's lock below a Mutex that is held, adopted for the time of a wait.
  struct Adopted {
    explicit Adopted(MutexLock& held) : lock(held.held_.mutex()->native_, std::adopt_lock) {}
    ~Adopted() { lock.release(); }
    Adopted(const Adopted&) = delete;
    Adopted& operator=(const Adopted&) = delete;
    mutable std::unique_lock<std::mutex> lock;
  };

  void WaitOnce(MutexLock& lock, std::chrono::nanoseconds longest) WEIR_NO_THREAD_SAFETY_ANALYSIS {
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
