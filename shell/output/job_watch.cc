#include "shell/output/job_watch.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <sstream>
#include <utility>

#include "runtime/base/check.h"
#include "shell/engine/text/notice_line.h"
#include "shell/engine/text/progress_text.h"
#include "shell/engine/text/quantity.h"
#include "shell/output/signals.h"
#include "shell/output/streams.h"

namespace weir::shell {
namespace {

constexpr int64_t kLineNanos = 60'000'000'000;
constexpr std::chrono::seconds kPollInterval{1};
constexpr std::chrono::milliseconds kPollPause{100};
constexpr std::chrono::seconds kLongestWait{10};  // of a job that prints, for whoever takes nothing
constexpr size_t kMostHeld = 1 << 20;
constexpr std::string_view kClearLine = "\r\033[K";

std::string_view EventOf(NoticeKind kind) {
  switch (kind) {
    case NoticeKind::kFailedCheckpoint:
      return "checkpoint-failed";
    case NoticeKind::kRestart:
      return "job-restarted";
    case NoticeKind::kLateRow:
      return "late-rows";
    case NoticeKind::kSkippedRecord:
      return "skipped-records";
    case NoticeKind::kSkippedFile:
      return "skipped-files";
    case NoticeKind::kFailedReload:
      return "reload-failed";
    case NoticeKind::kUnanswered:
      return "request-unanswered";
  }
  WEIR_UNREACHABLE();
}

// The event of the log for a job that ended without a failure.
std::string_view EventOf(task::JobState state) {
  if (state == task::JobState::kFinished) return "job-finished";
  return state == task::JobState::kSuspended ? "job-suspended" : "job-canceled";
}

std::string TaskText(const task::TaskFigures& before, const task::TaskFigures& now) {
  if (now.blocked_nanos > before.blocked_nanos) return "waits for room behind it";
  if (!now.at.empty()) return "works in " + now.at;
  if (now.work > before.work)
    return fmt::format("works, {} in {} ms", Plural(now.work - before.work, "turn"),
                       kPollPause.count());
  return now.waiting ? "waits for input" : "reads";
}

}  // namespace

std::string TasksText(const task::JobSnapshot& job, const std::vector<task::TaskFigures>& before,
                      const std::vector<task::TaskFigures>& now) {
  std::string text = fmt::format("job {}: {}, {} read", job.name, task::JobStateName(job.state),
                                 Plural(job.source_rows, "row"));
  if (job.checkpoints.in_progress > 0) text += ", " + WaitingText("checkpoint", job.checkpoints);
  text += "\n";
  // A restart in between has replaced the tasks, so that the two lists cannot be compared.
  if (before.size() != now.size()) return text;
  for (size_t i = 0; i < now.size(); ++i)
    text += fmt::format("  task {}: {}\n", now[i].name, TaskText(before[i], now[i]));
  return text;
}

JobWatch::JobWatch(WatchOptions options) : options_(options) {
  Result<Thread> thread = Thread::Start("watch", [this] { Run(); });
  if (thread.ok()) thread_ = std::move(*thread);
}

JobWatch::~JobWatch() {
  Hold(false);
  {
    const MutexLock lock(mutex_);
    stopping_ = true;
  }
  changed_.notify_all();
  thread_.Join();
}

void JobWatch::OnNotice(const JobTitle& job, const Notice& notice) {
  if (options_.log)
    return Log({notice.millis, LogLevel::kWarning, EventOf(notice.kind), job, NoticeText(notice)});
  Say(NoticeLine(job.name, notice));
}

void JobWatch::OnRemark(const JobTitle& job, const Remark& remark) {
  if (options_.log) {
    const bool warns = remark.severity == Severity::kWarning;
    return Log({Now(), warns ? LogLevel::kWarning : LogLevel::kInfo, "remark", job, remark.text});
  }
  Say(RemarkLine(job.name, remark));
}

void JobWatch::OnStarted(const task::Job& job, bool recorded) {
  const bool logs = options_.log && recorded;
  const MutexLock lock(jobs_mutex_);
  jobs_.push_back({&job, options_.clock->MonotonicNanos() + kLineNanos, !logs});
  NoteJobs(true);
  if (!logs) return;
  const task::JobSnapshot now = job.Snapshot();
  Log({Now(), LogLevel::kInfo, "job-started", {now.name, now.job_id}, "started"});
}

void JobWatch::OnRemoved(const task::Job& job) {
  const MutexLock lock(jobs_mutex_);
  for (Watched& watched : jobs_) {
    if (watched.job == &job) LogEnd(watched);
  }
  std::erase_if(jobs_, [&job](const Watched& watched) { return watched.job == &job; });
  NoteJobs(!jobs_.empty());
}

void JobWatch::SayLines(const std::string& lines) {
  if (!options_.log) return Say(lines);
  std::istringstream in(lines);
  for (std::string line; std::getline(in, line);) Log({Now(), LogLevel::kInfo, "line", {}, line});
}

Status JobWatch::ShowRows(std::string_view rows) {
  if (!options_.rows_to_terminal) return WriteOut(stdout, rows);
  {
    MutexLock lock(mutex_);
    changed_.wait_for(lock, kLongestWait, [this]() WEIR_REQUIRES(mutex_) {
      return !held_ || lines_.size() < kMostHeld;
    });
    if (held_) {
      lines_ += rows;
      return {};
    }
    ++showing_;
  }
  Status written = WriteOut(stdout, fmt::format("{}{}", kClearLine, rows));
  {
    const MutexLock lock(mutex_);
    --showing_;
  }
  changed_.notify_all();
  return written;
}

void JobWatch::Log(const LogEvent& event) {
  if (event.level < options_.least) return;
  Say(LogLine(event, *options_.log));
}

void JobWatch::LogEnds() {
  const MutexLock lock(jobs_mutex_);
  for (Watched& watched : jobs_) LogEnd(watched);
}

void JobWatch::LogEnd(Watched& watched) {
  if (watched.end_is_logged) return;
  const task::JobSnapshot now = watched.job->Snapshot();
  if (!task::IsTerminal(now.state)) return;
  watched.end_is_logged = true;
  const JobTitle title{now.name, now.job_id};
  const std::string rows = Plural(now.source_rows, "row") + " read";
  if (now.state == task::JobState::kFailed)
    return Log({Now(), LogLevel::kError, "job-failed", title, now.failure.ToString()});
  Log({Now(), LogLevel::kInfo, EventOf(now.state), title,
       fmt::format("{}, {}", task::JobStateName(now.state), rows)});
}

int64_t JobWatch::Now() const {
  return options_.clock->Now().millis;
}

void JobWatch::Say(const std::string& text) {
  // Without its thread the watch writes at once, whatever is painted on the terminal.
  if (!thread_.joinable()) return PrintMessage(text);
  {
    const MutexLock lock(mutex_);
    lines_ += text;
  }
  changed_.notify_all();
}

void JobWatch::SayProgress() {
  if (!options_.progress) return;
  const MutexLock lock(jobs_mutex_);
  const int64_t now = options_.clock->MonotonicNanos();
  for (Watched& watched : jobs_) {
    if (now < watched.next_progress) continue;
    watched.next_progress = now + kLineNanos;
    const task::JobSnapshot job = watched.job->Snapshot();
    const int64_t millis = options_.clock->Now().millis;
    if (!task::IsTerminal(job.state))
      Say(fmt::format("{} {}\n", TimeText(millis), ProgressText(job, millis)));
  }
}

void JobWatch::SayWhatGoesOn() {
  const MutexLock lock(jobs_mutex_);
  std::string text;
  for (const Watched& watched : jobs_) {
    const task::JobSnapshot job = watched.job->Snapshot();
    if (task::IsTerminal(job.state)) continue;
    const bool asked = job.checkpoints.in_progress > 0;
    text += fmt::format("job {} is {}{}\n", job.name, task::JobStateName(job.state),
                        asked ? ": " + WaitingText("its last checkpoint", job.checkpoints) : "");
  }
  const bool jobs = !text.empty();
  if (!jobs) text = "What was begun is being ended.\n";
  // These numbers are kInsists and kInsistNanos of signals.cc.
  Say(fmt::format("{}Three more such signals within 2 s end the process at once{}.\n", text,
                  jobs ? ", without a last checkpoint" : ""));
}

void JobWatch::SayThatStatementEnds() {
  Say("The statement is being ended; QUIT leaves the shell.\n");
}

void JobWatch::SayWhatTasksDo() {
  const MutexLock lock(jobs_mutex_);
  std::vector<std::vector<task::TaskFigures>> before;
  for (const Watched& watched : jobs_) before.push_back(watched.job->Tasks());
  // With jobs_mutex_ held: no job may be removed meanwhile.
  Clock::System().Sleep(kPollPause);
  std::string text;
  for (size_t i = 0; i < jobs_.size(); ++i) {
    const task::JobSnapshot job = jobs_[i].job->Snapshot();
    if (!task::IsTerminal(job.state)) text += TasksText(job, before[i], jobs_[i].job->Tasks());
  }
  Say(text.empty() ? "no job runs\n" : text);
}

void JobWatch::Flush() {
  MutexLock lock(mutex_);
  changed_.wait(lock,
                [this]() WEIR_REQUIRES(mutex_) { return held_ || (lines_.empty() && !writing_); });
}

void JobWatch::Hold(bool held) {
  {
    MutexLock lock(mutex_);
    held_ = held;
    // Lines that are being written now are finished first.
    if (held)
      changed_.wait(lock, [this]() WEIR_REQUIRES(mutex_) { return !writing_ && showing_ == 0; });
  }
  changed_.notify_all();
}

std::string JobWatch::TakeHeld() {
  std::string taken;
  {
    const MutexLock lock(mutex_);
    if (held_) taken = std::exchange(lines_, {});
  }
  changed_.notify_all();
  return taken;
}

void JobWatch::Run() {
  const auto wanted = [this]() WEIR_REQUIRES(mutex_) {
    return stopping_ || (!held_ && !lines_.empty());
  };
  while (true) {
    std::string lines;
    {
      MutexLock lock(mutex_);
      writing_ = false;
      changed_.notify_all();
      changed_.wait_for(lock, kPollInterval, wanted);
      if (!held_) lines = std::exchange(lines_, {});
      if (stopping_ && lines.empty()) return;
      writing_ = !lines.empty();
    }
    if (!lines.empty())
      PrintMessage(fmt::format("{}{}", options_.terminal ? kClearLine : "", lines));
    SayProgress();
    LogEnds();
  }
}

}  // namespace weir::shell
