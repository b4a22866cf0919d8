// A lock that protects a few words. Nothing may block while it is held: no file access, no other
// lock, no fault point; for those there is the engine's mutex (runtime/mutex.h).
#pragma once

#include <mutex>

#include "runtime/base/thread_safety.h"

namespace weir {

// Locked by a LeafLock only.
class WEIR_CAPABILITY("mutex") LeafMutex {
 public:
  void lock() WEIR_ACQUIRE() WEIR_NO_THREAD_SAFETY_ANALYSIS { native_.lock(); }
  void unlock() WEIR_RELEASE() WEIR_NO_THREAD_SAFETY_ANALYSIS { native_.unlock(); }

 private:
  std::mutex native_;
};

// Holds the mutex for its own lifetime.
class WEIR_SCOPED_CAPABILITY LeafLock {
 public:
  explicit LeafLock(LeafMutex& mutex) WEIR_ACQUIRE(mutex) : mutex_(mutex) { mutex_.lock(); }
  ~LeafLock() WEIR_RELEASE() WEIR_NO_THREAD_SAFETY_ANALYSIS { mutex_.unlock(); }
  LeafLock(const LeafLock&) = delete;
  LeafLock& operator=(const LeafLock&) = delete;

 private:
  LeafMutex& mutex_;
};

}  // namespace weir
