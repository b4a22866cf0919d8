// Port: what happens to a job and must not happen in silence. Whoever sees it reports it, with one
// call at the place; whoever owns the job is told.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/clock.h"
#include "runtime/mutex.h"

namespace weir {

// In the order in which they are listed. A new one: also its words in notices.cc.
enum class NoticeKind : uint8_t {
  kFailedCheckpoint,
  kRestart,        // the job starts again after a failure
  kLateRow,        // dropped, its window was closed
  kSkippedRecord,  // bad, and the table says that such are left out
  kSkippedFile,    // a source leaves it alone
};
inline constexpr size_t kNoticeKinds = 5;
// "1 late row", "3 late rows".
std::string CountedText(NoticeKind kind, uint64_t count);

// What is said of one kind at one time.
struct Notice {
  NoticeKind kind = NoticeKind::kFailedCheckpoint;
  uint64_t count = 0;  // since this kind was said last
  uint64_t total = 0;  // since the job began in this process
  std::string detail;  // of the last one: which file, why; one line
  int64_t millis = 0;  // when the last one was reported; wall clock
};
// "2 failed checkpoints (3 in all): no space left on device"; the bracket where they differ.
std::string NoticeText(const Notice& notice);

// The notices of one job, over all its starts in this process. Says the first of a kind at once,
// and what follows at most once a minute, with the count since, so that the counts that were said
// add up to the totals once Flush has been called. Thread-safe; outlives whoever reports.
class Notices {
 public:
  // `say` is called by the thread that reports or ticks, one call at a time; it must not call back.
  // May be empty. The clock outlives this.
  Notices(const Clock& clock, std::function<void(const Notice&)> say);
  Notices(const Notices&) = delete;
  Notices& operator=(const Notices&) = delete;

  // `count` more of a kind; 0 does nothing. `detail` is of the last of them; may be "".
  void Report(NoticeKind kind, uint64_t count, std::string detail);
  // Says what has waited for a minute. To be called about once a second.
  void Tick();
  // Says all that was not said yet; at the end of the job.
  void Flush();
  // Kinds that were reported, in their order; `count` is what was not said yet.
  std::vector<Notice> Totals() const;

 private:
  struct Kind {
    Notice notice;
    int64_t said_at = 0;  // monotonic nanoseconds
    bool ever_said = false;
  };
  // Notices that are due, or all with `all`; counted as said.
  std::vector<Notice> Take(bool all);
  void Say(bool all);

  const Clock& clock_;
  const std::function<void(const Notice&)> say_;
  Mutex saying_;  // held before mutex_; keeps what is said in order
  mutable Mutex mutex_;
  std::array<Kind, kNoticeKinds> kinds_ WEIR_GUARDED_BY(mutex_);
};

}  // namespace weir
