// What others want of a source task: splits to read, barriers to emit. Looked at between batches.
#pragma once

#include <atomic>
#include <vector>

#include "runtime/checkpoint/barrier.h"
#include "runtime/mutex.h"
#include "runtime/task/event_count.h"

namespace weir::task {

enum class LetterKind : uint8_t {
  kSplits,   // more to read
  kBarrier,  // emit it now; with `pause`, read nothing until kAbort
  kAbort,    // this barrier is not wanted any more; read on
  kDrain,    // end as if the input had
};

// Members that its kind does not name keep their defaults.
struct Letter {
  LetterKind kind = LetterKind::kSplits;
  std::vector<SplitCheckpoint> splits;
  checkpoint::Barrier barrier;
  bool pause = false;
};

// Any thread posts, one takes.
// Unbounded: letters are few (one a checkpoint, one a discovery of splits).
// The taker sleeps on `arrival`; a letter that was posted before it looked is never missed.
class Mailbox {
 public:
  explicit Mailbox(EventCount& arrival) : arrival_(arrival) {}

  void Post(Letter letter);
  bool empty() const { return !filled_.load(std::memory_order_seq_cst); }
  // Everything posted so far, in order, into `out`, whose contents are dropped.
  void Take(std::vector<Letter>& out);

 private:
  EventCount& arrival_;
  std::atomic<bool> filled_{false};
  Mutex mutex_;
  std::vector<Letter> letters_ WEIR_GUARDED_BY(mutex_);
};

}  // namespace weir::task
