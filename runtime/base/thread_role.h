// "By this thread alone": for what one thread owns without a lock, so that clang's analysis sees
// who touches it (thread_safety.h).
#pragma once

#include <atomic>
#include <thread>

#include "runtime/base/check.h"
#include "runtime/base/thread_safety.h"

namespace weir {

// Members are WEIR_GUARDED_BY one, functions WEIR_REQUIRES it; what the thread calls first says
// AssertHeld.
class WEIR_CAPABILITY("thread") ThreadRole {
 public:
  // The calling thread has it from now on.
  void Begin() WEIR_ASSERT_HELD() {
    owner_.store(std::this_thread::get_id(), std::memory_order_relaxed);
  }
  // REQUIRES: the caller is that thread; debug builds look.
  void AssertHeld() const WEIR_ASSERT_HELD() {
    WEIR_DCHECK(owner_.load(std::memory_order_relaxed) == std::this_thread::get_id());
  }

 private:
  std::atomic<std::thread::id> owner_{};
};

}  // namespace weir
