// Requests to a source task, which it reads between batches: splits to read, barriers to emit.
#pragma once

#include <atomic>
#include <vector>

#include "runtime/checkpoint/barrier.h"
#include "runtime/mutex.h"
#include "runtime/task/event_count.h"

namespace weir::task {

enum class LetterKind : uint8_t {
  kSplits,   // more splits to read
  kBarrier,  // emit this barrier now; with `pause`, read nothing until kAbort
  kAbort,    // this checkpoint was given up; continue reading
  kDrain,    // end as if the input had ended
};

// Members that its kind does not name keep their defaults.
struct Letter {
  LetterKind kind = LetterKind::kSplits;
  std::vector<SplitCheckpoint> splits;
  checkpoint::Barrier barrier;
  bool pause = false;
};

// Any thread posts, one thread takes. Unbounded, since letters are few: one for each checkpoint and
// each discovery of splits. The taker sleeps on `arrival`; a letter that was posted before it
// checks is never missed.
class Mailbox {
 public:
  explicit Mailbox(EventCount& arrival) : arrival_(arrival) {}

  void Post(Letter letter);
  bool empty() const { return !filled_.load(std::memory_order_seq_cst); }
  // Moves everything posted so far into `out`, in order, replacing its contents.
  void Take(std::vector<Letter>& out);

 private:
  EventCount& arrival_;
  std::atomic<bool> filled_{false};
  Mutex mutex_;
  std::vector<Letter> letters_ WEIR_GUARDED_BY(mutex_);
};

}  // namespace weir::task
