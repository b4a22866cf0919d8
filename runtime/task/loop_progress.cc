#include "runtime/task/loop_progress.h"

#include <algorithm>

namespace weir::task {

Timestamp LoopProgress::LeastReturned() const {
  Timestamp least = Timestamp::Max();
  for (const Subtask& subtask : state_) least = std::min(least, subtask.returned);
  return least;
}

void LoopProgress::BeginRoundIfDue() {
  if (running_ || LeastReturned() <= settled()) return;
  running_ = true;
  quiet_ = true;
  votes_ = 0;
  round_.fetch_add(1, std::memory_order_seq_cst);
  NotifyAll();
}

void LoopProgress::Returned(size_t subtask, Timestamp watermark) {
  const MutexLock lock(mutex_);
  state_[subtask].returned = watermark;
  BeginRoundIfDue();
}

void LoopProgress::Vote(size_t subtask, uint64_t round, bool quiet) {
  const MutexLock lock(mutex_);
  if (!running_ || round != this->round()) return;
  // A watermark that comes back after the vote may have rows behind it that this round did not see.
  state_[subtask].at_vote = state_[subtask].returned;
  quiet_ = quiet_ && quiet;
  if (++votes_ < state_.size()) return;
  running_ = false;
  if (quiet_) {
    Timestamp least = Timestamp::Max();
    for (const Subtask& one : state_) least = std::min(least, one.at_vote);
    settled_.store(std::max(least, settled()).millis, std::memory_order_seq_cst);
    NotifyAll();
  }
  BeginRoundIfDue();
}

void LoopProgress::Stop() {
  stopped_.store(true, std::memory_order_seq_cst);
  settled_.store(Timestamp::Max().millis, std::memory_order_seq_cst);
  NotifyAll();
}

void LoopProgress::NotifyAll() {
  for (EventCount* listener : listeners_) listener->Notify();
}

}  // namespace weir::task
