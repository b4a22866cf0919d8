// Port: events of a job that must not go unnoticed. The code that sees one reports it with a single
// call, and the job's owner is told.
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

// In the order in which they are listed. A new kind also needs its words in notices.cc.
enum class NoticeKind : uint8_t {
  kFailedCheckpoint,
  kRestart,        // the job starts again after a failure
  kLateRow,        // dropped, since its window was closed
  kSkippedRecord,  // malformed, and the table is set to leave such records out
  kSkippedFile,    // a source does not read it
  kFailedReload,   // the table of a lookup stays as it was
  kUnanswered,     // another system has been silent for a while, and is asked on
};
inline constexpr size_t kNoticeKinds = 7;
// "1 late row", "3 late rows".
std::string CountedText(NoticeKind kind, uint64_t count);

// A message about one kind of event.
struct Notice {
  NoticeKind kind = NoticeKind::kFailedCheckpoint;
  uint64_t count = 0;  // events since the last message of this kind
  uint64_t total = 0;  // since the job began in this process
  std::string detail;  // of the last event: which file, why; one line
  int64_t millis = 0;  // of Totals when the last one was reported, else when it is announced; wall
};
// "2 failed checkpoints (3 in all): no space left on device"; the bracket only where the numbers
// differ.
std::string NoticeText(const Notice& notice);

// The notices of one job over all its starts in this process. The first event of a kind is
// announced at once, later ones at most once a minute with their number, so that the numbers add up
// to the totals once Flush has been called. Thread-safe; outlives all who report.
class Notices {
 public:
  // `say` is called by the thread that reports or ticks, with one call at a time, and must not call
  // back. It may be empty. The clock outlives this.
  Notices(const Clock& clock, std::function<void(const Notice&)> say);
  Notices(const Notices&) = delete;
  Notices& operator=(const Notices&) = delete;

  // Counts `count` more events of a kind; 0 does nothing. `detail` describes the last of them and
  // may be "".
  void Report(NoticeKind kind, uint64_t count, std::string detail);
  // Announces what has waited for a minute. To be called about once a second.
  void Tick();
  // Announces everything that was held back; to be called at the end of the job.
  void Flush();
  // The kinds that were reported, in their order; `count` is what was not announced yet.
  std::vector<Notice> Totals() const;

 private:
  struct Kind {
    Notice notice;
    int64_t said_at = 0;  // monotonic nanoseconds
    bool ever_said = false;
  };
  // The notices that are due, or all of them if `all`; they count as announced.
  std::vector<Notice> Take(bool all);
  void Say(bool all);

  const Clock& clock_;
  const std::function<void(const Notice&)> say_;
  Mutex saying_;  // taken before mutex_; keeps announcements in order
  mutable Mutex mutex_;
  std::array<Kind, kNoticeKinds> kinds_ WEIR_GUARDED_BY(mutex_);
};

}  // namespace weir
