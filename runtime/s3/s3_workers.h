// Threads that read ahead of readers and upload parts of what is written.
#pragma once

#include <cstddef>
#include <deque>
#include <functional>
#include <vector>

#include "runtime/mutex.h"
#include "runtime/thread.h"

namespace weir::s3 {

// Thread-safe. Threads are started as there is work for them; the destructor waits for all work.
class Workers {
 public:
  explicit Workers(size_t most) : most_(most) {}
  ~Workers();
  Workers(const Workers&) = delete;
  Workers& operator=(const Workers&) = delete;

  // Has `work`, which must not throw, done on a thread of these, in the order of the calls; on the
  // caller's where the machine has no thread to give.
  void Do(std::function<void()> work);

 private:
  void Run();

  const size_t most_;
  Mutex mutex_;
  ConditionVariable changed_;
  std::deque<std::function<void()>> waiting_ WEIR_GUARDED_BY(mutex_);
  size_t idle_ WEIR_GUARDED_BY(mutex_) = 0;
  bool ends_ WEIR_GUARDED_BY(mutex_) = false;
  std::vector<Thread> threads_ WEIR_GUARDED_BY(mutex_);
};

}  // namespace weir::s3
