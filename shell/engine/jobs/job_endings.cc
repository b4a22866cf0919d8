// How jobs end, by themselves or on request, and what their records say about it.
#include <fmt/format.h>

#include <algorithm>
#include <atomic>

#include "runtime/base/idle_memory.h"
#include "runtime/base/memory_reserve.h"
#include "runtime/base/names.h"
#include "runtime/thread.h"
#include "shell/engine/jobs/job_runner.h"

namespace weir::shell {
namespace {

constexpr size_t kMostAtATime = 32;  // jobs that are stopped at the same time

RecordedState StateOf(task::JobState state) {
  switch (state) {
    case task::JobState::kCreated:
    case task::JobState::kRunning:
    case task::JobState::kRestarting:
      return RecordedState::kRunning;
    case task::JobState::kFinished:
      return RecordedState::kFinished;
    case task::JobState::kFailed:
      return RecordedState::kFailed;
    case task::JobState::kCanceled:
      return RecordedState::kCanceled;
    case task::JobState::kSuspended:
      return RecordedState::kSuspended;
  }
  WEIR_UNREACHABLE();
}

// Waits for a job that has begun its last checkpoint. False when that cannot be written, or the job
// starts again: the output then stays uncommitted, for the next start.
bool EndsByItself(task::Job& job) {
  const task::JobSnapshot before = job.Snapshot();
  while (!job.Wait(task::WaitTarget::kFinished, std::chrono::milliseconds(100))) {
    const task::JobSnapshot now = job.Snapshot();
    if (now.checkpoints.failed != before.checkpoints.failed) return false;
    if (now.restarts != before.restarts) return false;
  }
  return true;
}

// The record of a job that has reached the state `now`.
JobRecord RecordOf(const task::JobSnapshot& now, const JobRecord& started) {
  JobRecord record = started;
  const RecordedState state = StateOf(now.state);
  if (state == RecordedState::kRunning) return record;
  record.state = state;
  record.ended_millis = now.ended_millis;
  record.failure = state == RecordedState::kFailed ? now.failure.ToString() : "";
  record.last_checkpoint = std::max(record.last_checkpoint, now.checkpoints.last_completed_id);
  record.figures = {now.source_rows, now.restarts, LossesOf(now)};
  return record;
}

}  // namespace

JobRecord RunningJob::RecordAt(const task::JobSnapshot& now) const {
  {
    const MutexLock lock(mutex_);
    if (ended_) return *ended_;
  }
  JobRecord then = RecordOf(now, record);
  then.resumes = then.state == RecordedState::kSuspended && resumes_.load();
  return then;
}

Status RunningJob::RecordEnding(const std::function<Status(const JobRecord&)>& save) {
  JobRecord now = RecordNow();
  const MutexLock lock(mutex_);
  if (ending_saved_ || now.state == RecordedState::kRunning) return {};
  if (!ended_) ended_ = std::move(now);
  RETURN_IF_ERROR(save(*ended_));
  ending_saved_ = true;
  NoteIdleMemory();
  return {};
}

Status JobRunner::RecordEnding(RunningJob& job) {
  return job.RecordEnding(
      [this](const JobRecord& record) { return registry_.directory().Save(record); });
}

Status JobRunner::RecordEndings() {
  for (const RunningJobPtr& job : jobs_.All()) RETURN_IF_ERROR(RecordEnding(*job));
  return {};
}

Status JobRunner::End(RunningJob& job, JobEnding how) {
  if (how == JobEnding::kCancel) return Cancel(job);
  const Status ended =
      (how == JobEnding::kDrain ? job.job->Drain()
                                : job.job->StopWithCheckpoint(how == JobEnding::kLeave))
          .status();
  if (ended.ok()) job.job->Wait(task::WaitTarget::kFinished, std::nullopt);
  // One whose output could not be committed is over as well.
  Status recorded = RecordEnding(job);
  return ended.ok() ? recorded : ended;
}

Status JobRunner::Cancel(RunningJob& job) {
  const task::JobState state = job.job->state();
  if (state == task::JobState::kSuspended || state == task::JobState::kFailed) {
    return Status(StatusCode::kInvalidArgument,
                  fmt::format("job \"{}\" does not run any more", job.record.name))
        .WithId("E5002")
        .WithHint(registry_.WaysOn(job.record));
  }
  job.job->Cancel();
  // With the name held, no other session drops the job or starts it again while its end is
  // recorded.
  const NameHold hold = holds_.names.TakeSurely(job.record.name);
  RETURN_IF_ERROR(RecordEnding(job));
  if (GoesOn(job)) return {};
  const auto retention =
      job.record.options.find("execution.checkpointing.externalized-checkpoint-retention");
  const bool retained =
      retention != job.record.options.end() && retention->second == "RETAIN_ON_CANCELLATION";
  if (job.RecordNow().state != RecordedState::kCanceled) return {};
  if (retained) {
    remains_.RemoveOutputInProgress(job.record, false);
    return {};
  }
  const NameHold unsaved = holds_.saved.TakeSurely(job.record.id);
  registry_.open().Closed(job.record.id);
  return RemoveCheckpoints(job.record);
}

Status JobRunner::RemoveCheckpoints(const JobRecord& record) const {
  const RemovedCheckpoints removed = TRY(remains_.RemoveCheckpoints(record));
  for (const std::string& note : removed.left) {
    if (ports_.listener != nullptr)
      ports_.listener->OnRemark({record.name, record.id}, {.text = note});
  }
  return {};
}

// Whether another run with the job's id has been started in this process since.
bool JobRunner::GoesOn(const RunningJob& job) const {
  return std::ranges::any_of(jobs_.All(), [&](const RunningJobPtr& other) {
    return other.get() != &job && other->record.id == job.record.id;
  });
}

// A name stands for all records that have it, the superseded ones included.
Result<std::vector<std::string>> JobRunner::Drop(std::string_view name_or_id) {
  const NameHold hold = TRY(HoldNameOf(registry_, holds_.names, name_or_id));
  for (const RunningJobPtr& job : jobs_.All()) {
    const bool meant =
        EqualsIgnoreCase(job->record.name, name_or_id) || job->record.id == name_or_id;
    if (!meant || job->ended()) continue;
    return Status(StatusCode::kInvalidArgument,
                  fmt::format("job \"{}\" is running", job->record.name))
        .WithId("E5002")
        .WithHint("STOP JOB or CANCEL JOB ends it");
  }
  // Only after the check above: a job that ends between the two is recorded here, so that its end
  // is not written later into a record that was removed.
  RETURN_IF_ERROR(RecordEndings());
  const std::string id = TRY(registry_.Find(name_or_id)).id;
  std::vector<std::string> notes;
  for (const JobRecord& record : TRY(registry_.directory().Jobs())) {
    if (record.id != id && !EqualsIgnoreCase(record.name, name_or_id)) continue;
    const NameHold unsaved = holds_.saved.TakeSurely(record.id);
    Forget(record.id);
    for (const std::string& line : remains_.StaysElsewhere(record))
      notes.push_back(fmt::format("NOTICE: job {}: {}", record.name, line));
    // The record goes last: until then dropping it again ends what was begun.
    const RemovedCheckpoints removed = TRY(remains_.RemoveCheckpoints(record));
    for (const std::string& place : removed.elsewhere)
      notes.push_back(
          fmt::format("NOTICE: job {}: its checkpoints in {} are removed", record.name, place));
    for (const std::string& note : removed.left)
      notes.push_back(fmt::format("NOTICE: job {}: {}", record.name, note));
    RETURN_IF_ERROR(registry_.directory().Remove(record.id));
  }
  return notes;
}

Status JobRunner::StopInAnyState(RunningJob& job) {
  while (!job.ended()) {
    const uint32_t restarts = job.job->Snapshot().restarts;
    Status stopped = End(job, JobEnding::kLeave);
    if (stopped.ok()) return {};
    const std::string name = fmt::format("job \"{}\"", job.record.name);
    // What it could not commit.
    if (stopped.id() == "E7003" && job.ended()) return std::move(stopped).WithContext(name);
    const auto none = [&name](Status why) {
      return std::move(why).WithContext(name + " ends without a last checkpoint");
    };
    if (job.job->Suspend()) {
      return none(
          Status::External("it waited for its restart; it is suspended at its last checkpoint")
              .WithId("E7003"));
    }
    // The end of the input may have come before the stop did: then the job commits its output and
    // ends by itself, which is waited for. So it is with one that is failing.
    const bool ends = stopped.id() == "E5002" || stopped.code() == StatusCode::kCancelled;
    if (ends && EndsByItself(*job.job)) return {};
    if (job.ended()) return {};
    if (job.job->Snapshot().restarts == restarts) return none(std::move(stopped));
  }
  return {};
}

Status JobRunner::StopAndRecord(RunningJob& job, StoppedBy by) {
  Status stopped;
  if (!job.ended()) {
    if (by == StoppedBy::kServer) job.ResumeByServer();
    stopped = StopInAnyState(job);
  }
  Status recorded = RecordEnding(job);
  return stopped.ok() ? recorded : stopped;
}

Status JobRunner::StopAll(StoppedBy by) {
  const std::vector<RunningJobPtr> all = jobs_.All();
  std::vector<Status> ends(all.size());
  std::atomic<size_t> next{0};
  const auto stop = [&] {
    const WithMemoryReserve reserve;
    for (size_t i = next++; i < all.size(); i = next++) ends[i] = StopAndRecord(*all[i], by);
  };
  const auto running = static_cast<size_t>(
      std::ranges::count_if(all, [](const RunningJobPtr& job) { return !job->ended(); }));
  std::vector<Thread> others;
  while (others.size() + 1 < std::min(running, kMostAtATime)) {
    Result<Thread> other = Thread::Start("stop", stop);
    if (!other.ok()) break;  // the threads that there are stop all of them
    others.push_back(std::move(*other));
  }
  stop();
  for (Thread& other : others) other.Join();
  const auto failed = std::ranges::find_if(ends, [](const Status& end) { return !end.ok(); });
  return failed == ends.end() ? Status() : *failed;
}

Result<std::vector<JobSummary>> JobRunner::List() const {
  std::vector<JobSummary> summaries;
  const std::vector<RunningJobPtr> running = jobs_.All();
  for (JobRecord& record : TRY(registry_.directory().Jobs())) {
    JobSummary summary{std::move(record), std::nullopt, nullptr};
    for (const RunningJobPtr& job : running) {
      if (job->record.id != summary.record.id) continue;
      const std::string damage = summary.record.damage;
      summary.snapshot = job->job->Snapshot();
      summary.record = job->RecordAt(*summary.snapshot);
      summary.record.damage = damage;
      summary.source = job->source;
    }
    summaries.push_back(std::move(summary));
  }
  return summaries;
}

}  // namespace weir::shell
