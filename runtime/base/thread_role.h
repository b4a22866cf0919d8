// The right to touch what belongs to one thread without a lock. Expressed as a capability, so that
// clang's analysis (thread_safety.h) reports code of other threads that touches it.
#pragma once

#include <atomic>
#include <thread>

#include "runtime/base/check.h"
#include "runtime/base/thread_safety.h"

namespace weir {

// Members are WEIR_GUARDED_BY a role and functions WEIR_REQUIRES it; the first function that the
// thread runs calls AssertHeld.
class WEIR_CAPABILITY("thread") ThreadRole {
 public:
  // Gives the role to the calling thread.
  void Begin() WEIR_ASSERT_HELD() {
    owner_.store(std::this_thread::get_id(), std::memory_order_relaxed);
  }
  // REQUIRES: the calling thread has the role. Debug builds check that.
  void AssertHeld() const WEIR_ASSERT_HELD() {
    WEIR_DCHECK(owner_.load(std::memory_order_relaxed) == std::this_thread::get_id());
  }

 private:
  std::atomic<std::thread::id> owner_{};
};

}  // namespace weir
