#include "runtime/task/mailbox.h"

#include <utility>

namespace weir::task {

void Mailbox::Post(Letter letter) {
  {
    const MutexLock lock(mutex_);
    letters_.push_back(std::move(letter));
    filled_.store(true, std::memory_order_seq_cst);
  }
  arrival_.Notify();
}

void Mailbox::Take(std::vector<Letter>& out) {
  out.clear();
  const MutexLock lock(mutex_);
  out.swap(letters_);
  filled_.store(false, std::memory_order_seq_cst);
}

}  // namespace weir::task
