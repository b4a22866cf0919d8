// Jobs that start from a savepoint or from another job's checkpoint, and savepoints of jobs.
#include <fmt/format.h>

#include <filesystem>

#include "runtime/base/names.h"
#include "runtime/sink.h"
#include "shell/job_manager.h"
#include "shell/restore_request.h"
#include "state/backends.h"

namespace weir::shell {
namespace {

std::string BackendOf(const conf::Settings& settings) {
  return settings.Get("state.backend.type") == "rocksdb" ? "rocksdb" : "memory";
}

std::string Absolute(const std::string& path) {
  return std::filesystem::absolute(path).lexically_normal().string();
}

}  // namespace

// Makes checkpoint and graph fit each other: state under the new names, keys in the saved order. A
// job's own checkpoint has its names already.
Status JobManager::FitToGraph(const JobRecord& record, bool own, CheckpointMetadata& from,
                              JobRequest& request) const {
  const checkpoint::RestoreClauses clauses =
      own ? checkpoint::RestoreClauses() : DecodeClauses(record.restore_clauses);
  const checkpoint::RestorePlan plan = PlanRestore(from, request.graph, clauses);
  if (!own) {
    RETURN_IF_ERROR(Refusal(plan));
    const std::string backend = BackendOf(request.settings);
    if (!from.files.empty() && from.backend != state::kCanonicalBackend &&
        from.backend != backend) {
      return Status::RestoreRefused(
                 fmt::format("state of the {} backend cannot start a job with the {} backend",
                             from.backend, backend))
          .WithId("E7002")
          .WithHint(fmt::format(
              "add WITH ('state.backend.type' = '{}'), or restore a savepoint in FORMAT CANONICAL",
              from.backend));
    }
    from = ApplyPlan(plan, std::move(from));
  }
  PinKeyOrder(plan, request.graph);
  return {};
}

// Unfinished jobs of the name go on as this one. Their checkpoints stay until the name is used
// anew: this job may need them until it has one of its own.
Status JobManager::Supersede(const JobRecord& by) {
  for (JobRecord& record : TRY(directory_->Jobs())) {
    if (record.id == by.id || !EqualsIgnoreCase(record.name, by.name)) continue;
    Forget(record.id);
    if (!record.unfinished()) continue;
    record.state = RecordedState::kCanceled;
    record.failure = fmt::format("it goes on as job {}", by.id);
    record.ended_millis = ports_.clock->Now().millis;
    RETURN_IF_ERROR(directory_->Save(record));
  }
  return {};
}

SavepointList JobManager::savepoints() const {
  return {*ports_.files, JoinPath(directory_->path(), "savepoints")};
}

Status JobManager::Remember(const state::SavepointInfo& saved, const SavepointTarget& target) {
  SavepointEntry entry;
  entry.name = target.name;
  entry.path = Absolute(saved.path);
  entry.job_name = saved.metadata.job_name;
  entry.job_id = saved.metadata.job_id;
  entry.format = target.format == state::SavepointFormat::kCanonical ? "canonical" : "native";
  entry.checkpoint_id = saved.metadata.checkpoint_id;
  entry.bytes = saved.bytes;
  entry.taken_millis = saved.metadata.complete_millis;
  return savepoints().Add(entry);
}

// The job's files are linked aside first, which is quick; rows are written out while it goes on.
Result<state::SavepointInfo> JobManager::TakeSavepoint(RunningJob& job,
                                                       const SavepointTarget& target, bool cancel) {
  FileSystem& files = *ports_.files;
  if (!target.name.empty()) RETURN_IF_ERROR(savepoints().CheckFree(target.name));
  RETURN_IF_ERROR(files.CreateDirectories(target.directory));
  const std::string checkpoints = CheckpointDirectory(job.record);
  const std::string aside = checkpoints + ".savepoint";
  RETURN_IF_ERROR(files.RemoveRecursively(aside));
  std::optional<state::SavepointInfo> saved;
  const auto write_out = [&](const CheckpointMetadata& from) -> Status {
    saved = TRY(state::WriteSavepoint(files, {from, target.directory, target.format, nullptr}));
    return {};
  };
  CheckpointMetadata linked;
  checkpoint::SavepointCapture capture;
  capture.pause = cancel;
  capture.take = [&](const CheckpointMetadata& metadata) -> Status {
    CheckpointMetadata from = metadata;
    from.directory = checkpoints;
    linked =
        TRY(state::WriteSavepoint(files, {from, aside, state::SavepointFormat::kNative, nullptr}))
            .metadata;
    // A paused job has time, and must read on when this fails.
    return cancel ? write_out(linked) : Status();
  };
  Status status = job.job->TakeSavepoint(std::move(capture)).status();
  if (status.ok() && !cancel) status = write_out(linked);
  const Status cleaned = files.RemoveRecursively(aside);
  RETURN_IF_ERROR(status);
  RETURN_IF_ERROR(cleaned);
  if (cancel) RETURN_IF_ERROR(Cancel(job));
  RETURN_IF_ERROR(Remember(*saved, target));
  return *std::move(saved);
}

Result<state::SavepointInfo> JobManager::StopWithSavepoint(RunningJob& job,
                                                           const SavepointTarget& target) {
  FileSystem& files = *ports_.files;
  RETURN_IF_ERROR(files.CreateDirectories(target.directory));
  RETURN_IF_ERROR(Stop(job));
  const auto write = [&]() -> Result<state::SavepointInfo> {
    const std::vector<CheckpointInfo> completed = TRY(job.storage->List());
    if (completed.empty())
      return Status::Internal("the last checkpoint is missing").WithId("E7003");
    CheckpointMetadata from = TRY(state::ReadSnapshotMetadata(files, completed.back().path));
    for (OperatorCheckpoint& op : from.operators) {
      std::erase_if(op.committables,
                    [](const std::string& committable) { return !OutlivesCommit(committable); });
    }
    state::SavepointInfo saved =
        TRY(state::WriteSavepoint(files, {from, target.directory, target.format, nullptr}));
    RETURN_IF_ERROR(Remember(saved, target));
    return saved;
  };
  Result<state::SavepointInfo> saved = write();
  if (saved.ok()) return saved;
  return std::move(saved).status().WithContext(fmt::format(
      "job \"{}\" is stopped with a last checkpoint, but there is no savepoint", job.record.name));
}

}  // namespace weir::shell
