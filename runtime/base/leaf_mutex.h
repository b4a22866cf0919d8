// A lock for a few words that nothing is waited for under: not for files, other locks or fault
// points, which want the engine's (runtime/mutex.h).
#pragma once

#include <mutex>

#include "runtime/base/thread_safety.h"

namespace weir {

// Held by a LeafLock.
class WEIR_CAPABILITY("mutex") LeafMutex {
 public:
  void lock() WEIR_ACQUIRE() WEIR_NO_THREAD_SAFETY_ANALYSIS { native_.lock(); }
  void unlock() WEIR_RELEASE() WEIR_NO_THREAD_SAFETY_ANALYSIS { native_.unlock(); }

 private:
  std::mutex native_;
};

// Holds it while it lives.
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
