// Savepoints of jobs: taken and listed.
#include "shell/engine/savepoints/savepoints.h"

#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <filesystem>

#include "runtime/base/fence.h"
#include "runtime/base/interruption.h"
#include "runtime/fault_point.h"
#include "runtime/mutex.h"
#include "runtime/thread.h"
#include "shell/engine/jobs/stored_path.h"

namespace weir::shell {
namespace {

constexpr std::chrono::milliseconds kPollInterval{100};

// The state of a report on progress, which the job's threads and the caller's share.
struct SavepointReport {
  Mutex mutex;  // held while a report is made, so that they never overlap
  // Bytes are being written, so that the progress of the barrier is of no interest any more.
  bool writing WEIR_GUARDED_BY(mutex) = false;
  bool ended WEIR_GUARDED_BY(mutex) = false;
  ConditionVariable changed;  // signalled when `ended` is set
};

// Whether a savepoint that was asked for is still wanted. The job's coordinator may get to it long
// after whoever asked has gone, as it waits for its tasks.
class SavepointWish {
 public:
  // Hands over the state by `take`, unless nobody wants it any more.
  Status Take(const std::function<Status()>& take) {
    const MutexLock lock(mutex_);
    if (given_up_) return Status::Cancelled("whoever asked for the savepoint has given it up");
    Status taken = take();
    taken_ = taken.ok();
    return taken;
  }
  // `take` is not called after that, nor is it being executed. No effect once it has succeeded.
  void GiveUp() {
    const MutexLock lock(mutex_);
    given_up_ = !taken_;
  }
  // For InterruptedBy.
  const std::atomic<bool>& given_up() const { return given_up_; }

 private:
  Mutex mutex_;  // held while the state is handed over
  bool taken_ WEIR_GUARDED_BY(mutex_) = false;
  std::atomic<bool> given_up_{false};
};

// Removes what savepoints left at the target that were killed in earlier starts of the job: one of
// this start may be being written by another session.
void RemoveUnfinishedOf(FileSystem& files, const RunningJob& job, const SavepointTarget& target) {
  state::RemoveUnfinished(files, target.directory, job.record.id, job.recovery.next_id);
}

Status GivenUp(const RunningJob& job) {
  return Status::Cancelled(
             fmt::format("the savepoint of job \"{}\" was given up before the job had handed over "
                         "its state: nothing of it is kept, and the job runs on",
                         job.record.name))
      .WithId("E8001");
}

// Calls `run` on another thread, while this one reports how far the job is. `run` is interrupted
// once this thread's user gives up, if there is a `wish` to give up; without one it comes to its
// end.
Status Attended(const std::function<Status()>& run, const RunningJob& job,
                const SavepointTarget& target, SavepointReport& report, SavepointWish* wish) {
  Status outcome;
  Thread thread = TRY(Thread::Start("savepoint", [&] {
    std::optional<InterruptedBy> interrupted;
    if (wish != nullptr) interrupted.emplace(wish->given_up());
    outcome = Fenced(run);
    const MutexLock lock(report.mutex);
    report.ended = true;
    report.changed.notify_one();
  }));
  const auto ended = [&report] {
    MutexLock lock(report.mutex);
    return report.changed.wait_for(lock, kPollInterval,
                                   [&]() WEIR_REQUIRES(report.mutex) { return report.ended; });
  };
  while (!ended()) {
    const bool unwanted = wish != nullptr && IsInterrupted();
    if (unwanted && !DefectPlanted("savepoint-uninterrupted")) wish->GiveUp();
    if (!target.waiting) continue;
    const checkpoint::CheckpointStatistics now = job.job->Snapshot().checkpoints;
    const MutexLock lock(report.mutex);
    if (!report.writing) target.waiting(now);
  }
  thread.Join();
  return wish != nullptr && wish->given_up() ? GivenUp(job) : outcome;
}

}  // namespace

// A job that claimed a savepoint removes its metadata first: where that is missing, it has removed
// the savepoint, or is doing so.
bool Savepoints::WasClaimed(const SavepointEntry& entry) const {
  const Result<std::vector<JobRecord>> jobs = parts_.registry.directory().Jobs();
  if (!jobs.ok() || parts_.ports.files->Stat(JoinPath(entry.path, "_metadata")).ok()) return false;
  return std::any_of(jobs->begin(), jobs->end(), [&](const JobRecord& record) {
    return record.claims && record.restored_from == entry.path;
  });
}

Status Savepoints::ForgetClaimed() {
  for (const JobRecord& record : TRY(parts_.registry.directory().Jobs())) {
    if (!record.claims ||
        parts_.ports.files->Stat(JoinPath(record.restored_from, "_metadata")).ok())
      continue;
    RETURN_IF_ERROR(parts_.registry.savepoints().Remove(record.restored_from));
  }
  return {};
}

Status Savepoints::Remember(const state::SavepointInfo& saved, const SavepointTarget& target) {
  RETURN_IF_ERROR(ForgetClaimed());
  SavepointEntry entry;
  entry.name = target.name;
  entry.path = AbsolutePath(saved.path);
  entry.job_name = saved.metadata.job_name;
  entry.job_id = saved.metadata.job_id;
  entry.format = target.format == state::SavepointFormat::kCanonical ? "canonical" : "native";
  entry.checkpoint_id = saved.metadata.checkpoint_id;
  entry.bytes = saved.bytes;
  entry.taken_millis = saved.metadata.complete_millis;
  WEIR_FAULT_POINT("savepoint.before_record");
  RETURN_IF_ERROR(parts_.registry.savepoints().Add(entry));
  WEIR_FAULT_POINT("savepoint.after_record");
  return {};
}

// Removes what was put aside. By its metadata first: what a late list does not show, as that of an
// object store, would stay.
Status RemoveAside(FileSystem& files, const CheckpointMetadata& linked, const std::string& aside) {
  Status removed;
  if (!linked.directory.empty()) removed = state::RemoveSavepoint(files, linked.directory);
  RETURN_IF_ERROR(files.RemoveRecursively(aside));
  return removed;
}

// First the job's files are only hard-linked aside, which is quick. The savepoint is then written
// from the links while the job goes on; with `cancel` the job stays paused meanwhile.
Result<state::SavepointInfo> Savepoints::Take(RunningJob& job, const SavepointTarget& target,
                                              bool cancel) {
  FileSystem& files = *parts_.ports.files;
  const state::SigningKey key =
      target.passing ? state::SigningKey() : TRY(parts_.snapshots.WritingKey());
  std::optional<NameHold> alone(parts_.holds.saved.Take(job.record.id));
  if (!target.name.empty()) RETURN_IF_ERROR(parts_.registry.savepoints().CheckFree(target.name));
  RETURN_IF_ERROR(files.CreateDirectories(target.directory));
  RemoveUnfinishedOf(files, job, target);
  const std::string checkpoints = parts_.registry.places().Of(job.record).front();
  const std::string aside = parts_.registry.places().PutAside(job.record);
  RETURN_IF_ERROR(files.RemoveRecursively(aside));
  std::optional<state::SavepointInfo> saved;
  SavepointReport report;
  state::ByteProgress progress;
  if (target.progress) {
    progress = [&](uint64_t done, uint64_t total) {
      const MutexLock lock(report.mutex);
      report.writing = true;
      target.progress(done, total);
    };
  }
  const auto write_out = [&](const CheckpointMetadata& from) -> Status {
    saved = TRY(
        state::WriteSavepoint(files, {from, target.directory, target.format, progress,
                                      target.passing, key, target.passing ? 0 : job.inline_bytes}));
    return {};
  };
  CheckpointMetadata linked;
  checkpoint::SavepointCapture capture;
  capture.pause = cancel;
  const auto take = [&](const CheckpointMetadata& metadata) -> Status {
    CheckpointMetadata from = metadata;
    from.directory = checkpoints;
    linked = TRY(state::WriteSavepoint(
                     files, {from, aside, state::SavepointFormat::kNative, nullptr, true}))
                 .metadata;
    if (!cancel) return {};
    // With `cancel` the job is paused, so there is time to write all of it now; if that fails, the
    // job must run on. It may only be ended once the savepoint is on the list, as its checkpoints
    // are removed with it.
    RETURN_IF_ERROR(write_out(linked));
    return Remember(*saved, target);
  };
  // The coordinator may outlast this call, and everything that `take` works with.
  const auto wish = std::make_shared<SavepointWish>();
  capture.take = [wish, &take](const CheckpointMetadata& metadata) {
    return wish->Take([&] { return take(metadata); });
  };
  Status status = Attended([&] { return job.job->TakeSavepoint(std::move(capture)).status(); }, job,
                           target, report, wish.get());
  if (status.ok() && !cancel) status = write_out(linked);
  const Status cleaned = RemoveAside(files, linked, aside);
  RETURN_IF_ERROR(status);
  RETURN_IF_ERROR(cleaned);
  if (target.passing) return *std::move(saved);
  alone.reset();  // cancelling removes the checkpoints, which takes the same hold
  RETURN_IF_ERROR(cancel ? parts_.end(job, JobEnding::kCancel) : Remember(*saved, target));
  return *std::move(saved);
}

Result<state::SavepointInfo> Savepoints::TakeLast(RunningJob& job, const SavepointTarget& target,
                                                  JobEnding how) {
  FileSystem& files = *parts_.ports.files;
  const state::SigningKey key = TRY(parts_.snapshots.WritingKey());
  if (!target.name.empty()) RETURN_IF_ERROR(parts_.registry.savepoints().CheckFree(target.name));
  RETURN_IF_ERROR(files.CreateDirectories(target.directory));
  SavepointReport report;
  // While the name is held no other session can drop the job, and with it the last checkpoint,
  // before that is copied.
  const NameHold hold = parts_.holds.names.Take(job.record.name);
  RETURN_IF_ERROR(Attended([&] { return parts_.end(job, how); }, job, target, report, nullptr));
  if (const std::optional<NameHold> alone = parts_.holds.saved.TryTake(job.record.id); alone)
    RemoveUnfinishedOf(files, job, target);
  const auto write = [&]() -> Result<state::SavepointInfo> {
    const std::vector<CheckpointInfo> completed = TRY(job.storage->List());
    if (completed.empty())
      return Status::Internal("the last checkpoint is missing").WithId("E7003");
    CheckpointMetadata from = TRY(state::ReadSnapshotMetadata(files, completed.back().path));
    for (OperatorCheckpoint& op : from.operators) op.committables.clear();  // they are committed
    state::SavepointInfo saved =
        TRY(state::WriteSavepoint(files, {from, target.directory, target.format, target.progress,
                                          false, key, job.inline_bytes}));
    RETURN_IF_ERROR(Remember(saved, target));
    return saved;
  };
  Result<state::SavepointInfo> saved = write();
  if (saved.ok()) return saved;
  return std::move(saved).status().WithContext(
      fmt::format("job \"{}\" is {} with a last checkpoint, but there is no savepoint",
                  job.record.name, how == JobEnding::kDrain ? "drained" : "stopped"));
}

}  // namespace weir::shell
