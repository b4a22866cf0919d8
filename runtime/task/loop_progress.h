// Finds out when the loop of a recursion has come to rest, and how far event time has got by then.
#pragma once

#include <atomic>
#include <cstdint>
#include <vector>

#include "runtime/base/timestamp.h"
#include "runtime/mutex.h"
#include "runtime/task/event_count.h"

namespace weir::task {

// Watermarks that reach a recursion go around its loop at once and come back as the minimum over
// all inputs of the loop; rows that follow from earlier ones may still be on their way then. So a
// watermark leaves the loop only once the loop was at rest behind it, which rounds find out: every
// subtask of the recursion sends a marker around the loop, behind the rows that it has passed, and
// takes no row before all its markers are back. If none of them has passed a row in between,
// nothing is on the way any more, and everything that follows from rows up to the least watermark
// that had come back has left the loop. Counting what is on the way for each time would be finer
// (Murray et al., "Naiad", SOSP 2013), but rows have no such times here.
//
// Thread-safe; one for each recursion of a job's start.
class LoopProgress {
 public:
  explicit LoopProgress(size_t subtasks) : state_(subtasks) {}

  // Adds an event count that is notified of every new round, settled watermark, and Stop. It
  // outlives this. To be called once for each subtask, before any of the functions below.
  void AddListener(EventCount& listener) { listeners_.push_back(&listener); }

  // Notes that this watermark has come back to the subtask.
  void Returned(size_t subtask, Timestamp watermark);
  // The markers of the round have come back to the subtask, which has passed no rows since it sent
  // its own (`quiet`), or has. Once for each round and subtask.
  void Vote(size_t subtask, uint64_t round, bool quiet);
  // Nobody reads the recursion any more: what is on its way is dropped.
  void Stop();

  // The number of the newest round, from 1; 0: none has begun.
  uint64_t round() const { return round_.load(std::memory_order_seq_cst); }
  // The watermark that may leave the loop.
  Timestamp settled() const { return Timestamp{settled_.load(std::memory_order_seq_cst)}; }
  bool stopped() const { return stopped_.load(std::memory_order_seq_cst); }

 private:
  struct Subtask {
    Timestamp returned = Timestamp::Min();
    Timestamp at_vote = Timestamp::Min();
  };

  Timestamp LeastReturned() const WEIR_REQUIRES(mutex_);
  void BeginRoundIfDue() WEIR_REQUIRES(mutex_);
  void NotifyAll();

  std::vector<EventCount*> listeners_;
  Mutex mutex_;
  std::vector<Subtask> state_ WEIR_GUARDED_BY(mutex_);
  size_t votes_ WEIR_GUARDED_BY(mutex_) = 0;
  bool quiet_ WEIR_GUARDED_BY(mutex_) = true;     // of the votes so far
  bool running_ WEIR_GUARDED_BY(mutex_) = false;  // a round has begun and not all have voted
  std::atomic<uint64_t> round_{0};
  std::atomic<int64_t> settled_{Timestamp::Min().millis};
  std::atomic<bool> stopped_{false};
};

}  // namespace weir::task
