// Reads the table of a lookup when the job starts, and again while it runs where the table's
// options say so (runtime/graph/lookup_options.h).
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "runtime/checkpoint/event_loop.h"
#include "runtime/graph/lookup_options.h"
#include "runtime/mutex.h"
#include "runtime/notices.h"
#include "runtime/operators/join/lookup_table.h"
#include "runtime/task/job_snapshot.h"
#include "runtime/types/time_zone.h"

namespace weir::task {

struct LookupReaderSetup {
  graph::ReloadRule rule;
  std::string table;
  TimeZone zone;  // of a time of day that says none
  const Clock* clock = nullptr;
  Notices* notices = nullptr;  // null: nobody hears of failed reloads
  // Reads the whole table. On whatever thread, one call at a time; may be interrupted
  // (interruption.h).
  std::function<Result<std::shared_ptr<const operators::LookupRows>>()> read;
  // Called when a reload ends with an exception, for lack of memory or a thread; ends the job.
  std::function<void(Status)> fail;
};

// A reload replaces the table for all subtasks at once, each from its next batch on; the one before
// is freed, by the reader's thread, when the last batch is done with it. A reload that fails is
// tried again after one, two, three … seconds, max_retries times; then it counts as failed, is
// said, and the table stays as it is until the next one is due. Reloads that come due during
// another are left out. Read, Start and Stop are called by one thread, in this order.
class LookupReader {
 public:
  explicit LookupReader(LookupReaderSetup setup);
  // As Stop().
  ~LookupReader();
  LookupReader(const LookupReader&) = delete;
  LookupReader& operator=(const LookupReader&) = delete;

  // Reads the table for the first time, on the calling thread. A failure is returned and not
  // retried.
  Status Read();
  // Begins the reloads that the rule asks for, if any, on a thread of its own. E4006 where the
  // machine has no thread to give.
  Status Start();
  // Interrupts a reload in progress. Any thread. Stop also waits for its end.
  void RequestStop() { stopping_.store(true, std::memory_order_relaxed); }
  void Stop();

  // REQUIRES: Read succeeded.
  const std::shared_ptr<operators::LookupTable>& table() const { return table_; }
  LookupFigures figures() const;  // any thread

 private:
  using Rows = std::shared_ptr<const operators::LookupRows>;

  // The functions below are called by the reader's thread alone.
  int64_t Tick();
  bool IsDue() const;
  void Reload();
  void Take(Rows rows);
  void Schedule();
  int64_t NextTimeOfDay(int64_t after_millis, int64_t days) const;
  void Note(const Rows& rows, bool reload);

  const LookupReaderSetup setup_;
  std::shared_ptr<operators::LookupTable> table_;
  std::vector<Rows> replaced_;  // tables that subtasks may still be using
  int64_t due_ = 0;             // monotonic nanoseconds; of kTimeOfDay wall clock milliseconds
  int64_t retries_ = 0;         // of the reload that goes on
  int64_t retry_at_ = 0;        // monotonic nanoseconds
  std::atomic<bool> stopping_{false};
  std::unique_ptr<checkpoint::EventLoop> loop_;
  mutable Mutex mutex_;
  LookupFigures figures_ WEIR_GUARDED_BY(mutex_);
};

}  // namespace weir::task
