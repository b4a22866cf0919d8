// Savepoints of jobs: taken, listed, dropped.
#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <mutex>

#include "runtime/fault_point.h"
#include "runtime/mutex.h"
#include "runtime/thread.h"
#include "shell/job_manager.h"
#include "shell/stored_path.h"

namespace weir::shell {
namespace {

constexpr std::chrono::milliseconds kLookInterval{100};

// What is said of a savepoint on its way, by whichever thread.
struct Telling {
  Mutex mutex;           // held while something is said
  bool writing = false;  // bytes are being written: how far the barrier is, is past
  bool ended = false;
  ConditionVariable changed;  // `ended`
};

// Calls `run` on another thread, and says on this one how far the job is.
Status Attended(const std::function<Status()>& run, const RunningJob& job,
                const SavepointTarget& target, Telling& telling) {
  if (!target.waiting) return run();
  Status outcome;
  Thread thread = TRY(Thread::Start("savepoint", [&] {
    outcome = run();
    const std::lock_guard lock(telling.mutex);
    telling.ended = true;
    telling.changed.notify_one();
  }));
  const auto ended = [&telling] {
    std::unique_lock lock(telling.mutex);
    return telling.changed.wait_for(lock, kLookInterval, [&] { return telling.ended; });
  };
  while (!ended()) {
    const checkpoint::CheckpointStatistics now = job.job->Snapshot().checkpoints;
    const std::lock_guard lock(telling.mutex);
    if (!telling.writing) target.waiting(now);
  }
  thread.Join();
  return outcome;
}

}  // namespace

SavepointList JobManager::savepoints() const {
  return {*ports_.files, JoinPath(directory_->path(), "savepoints")};
}

// Those that a job claimed and has removed since, or is removing: their metadata goes first.
bool JobManager::WasClaimed(const SavepointEntry& entry) const {
  const Result<std::vector<JobRecord>> jobs = directory_->Jobs();
  if (!jobs.ok() || ports_.files->Stat(JoinPath(entry.path, "_metadata")).ok()) return false;
  return std::any_of(jobs->begin(), jobs->end(), [&](const JobRecord& record) {
    return record.claims && record.restored_from == entry.path;
  });
}

Status JobManager::ForgetClaimed() {
  for (const JobRecord& record : TRY(directory_->Jobs())) {
    if (!record.claims || ports_.files->Stat(JoinPath(record.restored_from, "_metadata")).ok())
      continue;
    RETURN_IF_ERROR(savepoints().Remove(record.restored_from));
  }
  return {};
}

Status JobManager::Drain(RunningJob& job) {
  RETURN_IF_ERROR(job.job->Drain().status());
  job.job->Wait(task::WaitTarget::kFinished, std::nullopt);
  return Settle(job);
}

Result<bool> JobManager::IsOwn(const std::string& path) const {
  std::error_code error;  // of a path that is not there, which is said by who reads it
  const std::string real = std::filesystem::weakly_canonical(path, error).string();
  for (const JobRecord& record : TRY(directory_->Jobs())) {
    for (const std::string& place : places().Of(record)) {
      const std::string own = std::filesystem::weakly_canonical(place, error).string();
      if (real.starts_with(own + "/")) return true;
    }
  }
  return false;
}

Result<state::SigningKey> JobManager::KeyOf(const std::string& path) const {
  state::SigningKey key = TRY(state::ReadKeyFile(key_file_));
  if (key.empty() || !TRY(IsOwn(path))) return key;
  return state::SigningKey();
}

// Signed ones are our own, too. One of the list was taken here, and lies where it was put then.
Status JobManager::CheckTables(const CheckpointMetadata& from, const std::string& path) const {
  const bool native = from.backend == "rocksdb" && !std::ranges::all_of(from.files, IsOutput);
  if (!native || ports_.read_through == nullptr || DefectPlanted("foreign-tables-believed"))
    return {};
  if (!TRY(KeyOf(path)).empty() || TRY(IsOwn(path))) return {};
  const std::vector<SavepointEntry> taken = TRY(savepoints().All());
  const bool listed = std::ranges::any_of(taken, [&](const SavepointEntry& entry) {
    return entry.path == path && entry.job_id == from.job_id &&
           entry.checkpoint_id == from.checkpoint_id;
  });
  if (listed) return {};
  const std::string scratch = TRY(directory_->QueryDirectory("read-through"));
  RETURN_IF_ERROR(ports_.files->CreateDirectories(scratch));
  Status read = ports_.read_through(path, scratch);
  const Status cleaned = ports_.files->RemoveRecursively(scratch);
  return read.ok() ? cleaned : std::move(read);
}

Result<CheckpointMetadata> JobManager::ReadCheckpoint(const std::string& path,
                                                      const state::ByteProgress& progress) const {
  CheckpointMetadata from =
      TRY(state::LoadSnapshot(*ports_.files, path, progress, TRY(KeyOf(path))));
  NoteRecordedPlaces(from, allowed_output_);
  return from;
}

// Nobody can miss it: every job that started from it has a checkpoint of its own.
Result<state::SavepointRemains> JobManager::DropSavepoint(const std::string& path) {
  const std::optional<JobRecord> dependent = TRY(DependentOn(AbsolutePath(path), ""));
  if (dependent) {
    const std::string_view why = dependent->claims
                                     ? "has claimed it, and removes it by itself"
                                     : "started from it and has no checkpoint of its own yet";
    return Status(StatusCode::kInvalidArgument,
                  fmt::format("job \"{}\" {}: {}", dependent->name, why, path))
        .WithId("E7004")
        .WithHint(
            fmt::format("CHECKPOINT JOB {} makes the job independent of it", dependent->name));
  }
  state::SavepointRemains remains;
  RETURN_IF_ERROR(state::RemoveSavepoint(*ports_.files, path, &remains, TRY(KeyOf(path))));
  RETURN_IF_ERROR(savepoints().Remove(AbsolutePath(path)));
  return remains;
}

Status JobManager::Remember(const state::SavepointInfo& saved, const SavepointTarget& target) {
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
  RETURN_IF_ERROR(savepoints().Add(entry));
  WEIR_FAULT_POINT("savepoint.after_record");
  return {};
}

// The job's files are linked aside first, which is quick; rows are written out while it goes on.
Result<state::SavepointInfo> JobManager::TakeSavepoint(RunningJob& job,
                                                       const SavepointTarget& target, bool cancel) {
  FileSystem& files = *ports_.files;
  const state::SigningKey key = TRY(state::ReadKeyFile(key_file_));
  if (!target.name.empty()) RETURN_IF_ERROR(savepoints().CheckFree(target.name));
  RETURN_IF_ERROR(files.CreateDirectories(target.directory));
  const std::string checkpoints = CheckpointDirectory(job.record);
  const std::string aside = checkpoints + ".savepoint";
  RETURN_IF_ERROR(files.RemoveRecursively(aside));
  std::optional<state::SavepointInfo> saved;
  Telling telling;
  state::ByteProgress progress;
  if (target.progress) {
    progress = [&](uint64_t done, uint64_t total) {
      const std::lock_guard lock(telling.mutex);
      telling.writing = true;
      target.progress(done, total);
    };
  }
  const auto write_out = [&](const CheckpointMetadata& from) -> Status {
    saved = TRY(state::WriteSavepoint(
        files, {from, target.directory, target.format, progress, false, key}));
    return {};
  };
  CheckpointMetadata linked;
  checkpoint::SavepointCapture capture;
  capture.pause = cancel;
  capture.take = [&](const CheckpointMetadata& metadata) -> Status {
    CheckpointMetadata from = metadata;
    from.directory = checkpoints;
    linked = TRY(state::WriteSavepoint(
                     files, {from, aside, state::SavepointFormat::kNative, nullptr, true}))
                 .metadata;
    if (!cancel) return {};
    // A paused job has time, and must read on when this fails. It ends when the savepoint is on the
    // list, for with it go the checkpoints.
    RETURN_IF_ERROR(write_out(linked));
    return Remember(*saved, target);
  };
  Status status = Attended([&] { return job.job->TakeSavepoint(std::move(capture)).status(); }, job,
                           target, telling);
  if (status.ok() && !cancel) status = write_out(linked);
  const Status cleaned = files.RemoveRecursively(aside);
  RETURN_IF_ERROR(status);
  RETURN_IF_ERROR(cleaned);
  RETURN_IF_ERROR(cancel ? Cancel(job) : Remember(*saved, target));
  return *std::move(saved);
}

Result<state::SavepointInfo> JobManager::StopWithSavepoint(RunningJob& job,
                                                           const SavepointTarget& target,
                                                           bool drain) {
  FileSystem& files = *ports_.files;
  const state::SigningKey key = TRY(state::ReadKeyFile(key_file_));
  if (!target.name.empty()) RETURN_IF_ERROR(savepoints().CheckFree(target.name));
  RETURN_IF_ERROR(files.CreateDirectories(target.directory));
  Telling telling;
  RETURN_IF_ERROR(Attended([&] { return drain ? Drain(job) : Stop(job); }, job, target, telling));
  const auto write = [&]() -> Result<state::SavepointInfo> {
    const std::vector<CheckpointInfo> completed = TRY(job.storage->List());
    if (completed.empty())
      return Status::Internal("the last checkpoint is missing").WithId("E7003");
    CheckpointMetadata from = TRY(state::ReadSnapshotMetadata(files, completed.back().path));
    for (OperatorCheckpoint& op : from.operators) op.committables.clear();  // they are committed
    state::SavepointInfo saved = TRY(state::WriteSavepoint(
        files, {from, target.directory, target.format, target.progress, false, key}));
    RETURN_IF_ERROR(Remember(saved, target));
    return saved;
  };
  Result<state::SavepointInfo> saved = write();
  if (saved.ok()) return saved;
  return std::move(saved).status().WithContext(
      fmt::format("job \"{}\" is {} with a last checkpoint, but there is no savepoint",
                  job.record.name, drain ? "drained" : "stopped"));
}

}  // namespace weir::shell
