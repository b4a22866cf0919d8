// Blocking for lock-free queues: a waiter announces itself, looks once more, and only then sleeps;
// a notifier pays one load while nobody waits.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>

#include "runtime/mutex.h"

namespace weir::task {

// An event count (Reed and Kanodia, "Synchronization with Eventcounts and Sequencers", CACM 1979).
// Thread-safe. The waiting side calls `key = Prepare(); if (condition) Cancel(); else Wait(key,
// …);`, the other side changes the condition by a sequentially consistent store and then calls
// Notify(). As both sides are sequentially consistent, either the waiter sees the change or the
// notifier sees the waiter.
class EventCount {
 public:
  // Announces a waiter. Must be followed by exactly one Cancel or Wait, and by a check of the
  // condition before that, or else a Notify may be missed.
  uint64_t Prepare() {
    waiters_.fetch_add(1, std::memory_order_seq_cst);
    return epoch_.load(std::memory_order_seq_cst);
  }
  void Cancel() { waiters_.fetch_sub(1, std::memory_order_seq_cst); }
  // Returns after a Notify since Prepare, or after `longest`.
  void Wait(uint64_t key, std::chrono::nanoseconds longest) {
    {
      MutexLock lock(mutex_);
      notified_.wait_for(lock, longest,
                         [this, key] { return epoch_.load(std::memory_order_seq_cst) != key; });
    }
    Cancel();
  }
  // Wakes every waiter to check its condition again. Takes a lock only when somebody waits.
  void Notify() {
    if (waiters_.load(std::memory_order_seq_cst) == 0) return;
    {
      const MutexLock lock(mutex_);
      epoch_.fetch_add(1, std::memory_order_seq_cst);
    }
    notified_.notify_all();
  }

 private:
  std::atomic<uint64_t> waiters_{0};
  std::atomic<uint64_t> epoch_{0};
  Mutex mutex_;  // held while epoch_ changes, so that a waiter that checks it misses nothing
  ConditionVariable notified_;
};

}  // namespace weir::task
