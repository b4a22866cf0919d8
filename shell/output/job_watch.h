// Reports on standard error what happens to the jobs of the process, from a thread of its own, so
// that neither a job nor the shell ever waits for standard error.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/clock.h"
#include "runtime/mutex.h"
#include "runtime/thread.h"
#include "shell/engine/jobs/job_listener.h"
#include "shell/output/log_line.h"

namespace weir::shell {

struct WatchOptions {
  const Clock* clock = nullptr;  // outlives the watch
  bool terminal = false;  // standard error is a terminal: lines overwrite what is painted there
  bool rows_to_terminal = false;  // standard output is one: so do rows of ShowRows
  // Prints a line each minute about every job that is older than a minute.
  bool progress = false;
  // Writes a log instead: every line is one of LogLine, starts and ends of jobs have theirs.
  std::optional<LogFormat> log;
  LogLevel least = LogLevel::kInfo;  // the lowest level that is logged
};

// Prints lines such as "2026-01-01 10:00:00.000 sales: 2 failed checkpoints: …". Thread-safe.
class JobWatch final : public JobListener {
 public:
  explicit JobWatch(WatchOptions options);
  // Prints the lines that are still queued or held.
  ~JobWatch() override;
  JobWatch(const JobWatch&) = delete;
  JobWatch& operator=(const JobWatch&) = delete;

  void OnNotice(const JobTitle& job, const Notice& notice) override;
  void OnRemark(const JobTitle& job, const Remark& remark) override;
  void AwaitSaid() override { Flush(); }
  void OnStarted(const task::Job& job, bool recorded) override;
  void OnRemoved(const task::Job& job) override;

  // Queues whole lines about a job that come from the shell itself.
  void SayLines(const std::string& lines);
  // Writes rows to standard output at once; its failure is that of WriteOut. On a terminal they
  // stand above what is painted or edited there: they are held while lines are, and once a megabyte
  // is held the caller waits, ten seconds at most.
  Status ShowRows(std::string_view rows);
  // Queues a line of the log. REQUIRES: WatchOptions::log.
  void Log(const LogEvent& event);
  // Queues a log line for every job that has ended and has none yet. The watch does this by itself
  // once a second; a process that is about to end calls it for the last ones. No effect without a
  // log.
  void LogEnds();
  // Queues what all jobs do, and how to force the end of the process.
  void SayWhatGoesOn();
  // Queues a line saying that the current statement is being ended.
  void SayThatStatementEnds();
  // Queues what every task of every job did during a tenth of a second.
  void SayWhatTasksDo();
  // Returns when everything queued before is written.
  void Flush();
  // While held, lines are kept for TakeHeld, because a line is being edited on the terminal or the
  // screen is being painted.
  void Hold(bool held);
  // The kept lines; "" for none.
  std::string TakeHeld();

 private:
  struct Watched {
    const task::Job* job;
    int64_t next_progress;      // monotonic nanoseconds
    bool end_is_logged = true;  // also true for a SELECT, which the log leaves out
  };

  int64_t Now() const;
  void Say(const std::string& text);
  void Run();
  // Queues a line about every job for which one is due.
  void SayProgress();
  void LogEnd(Watched& watched) WEIR_REQUIRES(jobs_mutex_);

  const WatchOptions options_;
  Mutex jobs_mutex_;  // taken before mutex_
  std::vector<Watched> jobs_ WEIR_GUARDED_BY(jobs_mutex_);

  Mutex mutex_;
  ConditionVariable changed_;
  std::string lines_ WEIR_GUARDED_BY(mutex_);  // to be written
  bool writing_ WEIR_GUARDED_BY(mutex_) = false;
  int showing_ WEIR_GUARDED_BY(mutex_) = 0;  // calls of ShowRows that write now
  bool held_ WEIR_GUARDED_BY(mutex_) = false;
  bool stopping_ WEIR_GUARDED_BY(mutex_) = false;
  Thread thread_;  // none if it could not be started; then the callers write
};

// The lines of SayWhatTasksDo, for tests: a job, and its tasks at two moments.
std::string TasksText(const task::JobSnapshot& job, const std::vector<task::TaskFigures>& before,
                      const std::vector<task::TaskFigures>& now);

}  // namespace weir::shell
