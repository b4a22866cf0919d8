// Jobs that start from a savepoint or from another job's checkpoint, and whose those are.
#include <fmt/format.h>

#include <algorithm>

#include "runtime/base/names.h"
#include "runtime/checkpoint/seeding.h"
#include "shell/job_manager.h"
#include "shell/restore_request.h"
#include "state/backends.h"

namespace weir::shell {
namespace {

constexpr std::string_view kMaxParallelism = "pipeline.max-parallelism";

// Native files are for the backend that wrote them.
Status CheckBackend(const CheckpointMetadata& from, const conf::Settings& settings) {
  const std::string backend =
      settings.Get("state.backend.type") == "rocksdb" ? "rocksdb" : "memory";
  const bool stateless = std::all_of(from.files.begin(), from.files.end(), IsOutput);
  const bool fits =
      stateless || from.backend == state::kCanonicalBackend || from.backend == backend;
  if (fits) return {};
  return Status::RestoreRefused(
             fmt::format("state of the {} backend cannot start a job with the {} backend",
                         from.backend, backend))
      .WithId("E7002")
      .WithHint(fmt::format(
          "add WITH ('state.backend.type' = '{}'), or restore a savepoint in FORMAT CANONICAL",
          from.backend));
}

// The number of key groups is fixed at a job's first start.
Status CheckMaxParallelism(const CheckpointMetadata& from, const conf::Settings& settings) {
  if (!settings.given_values().contains(std::string(kMaxParallelism))) return {};
  const int64_t wanted = settings.GetInteger(kMaxParallelism);
  if (wanted == int64_t{from.max_parallelism}) return {};
  return Status::RestoreRefused(
             fmt::format("{} was fixed when the job first started: it is {}, not {}",
                         kMaxParallelism, from.max_parallelism, wanted))
      .WithId("E7002")
      .WithHint(fmt::format("RESET '{}'", kMaxParallelism));
}

}  // namespace

// Makes checkpoint and graph fit each other: state under the new names, keys in the saved order. A
// job's own checkpoint has its names already.
Status JobManager::FitToGraph(const JobRecord& record, bool own, CheckpointMetadata& from,
                              JobRequest& request) const {
  const checkpoint::RestoreClauses clauses =
      own ? checkpoint::RestoreClauses() : DecodeClauses(record.restore_clauses);
  RETURN_IF_ERROR(CheckMaxParallelism(from, request.settings));
  const checkpoint::RestorePlan plan = PlanRestore(from, request.graph, clauses);
  if (!own) {
    RETURN_IF_ERROR(Refusal(plan));
    RETURN_IF_ERROR(CheckBackend(from, request.settings));
    from = ApplyPlan(plan, std::move(from));
  }
  PinKeyOrder(plan, request.graph);
  if (!own) from.seeds = checkpoint::SplitForSeeds(plan, request.graph);
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
    record.damage.clear();
    RETURN_IF_ERROR(directory_->Save(record));
  }
  return {};
}

// A job that started from `path` and cannot do without it yet, or owns it.
Result<std::optional<JobRecord>> JobManager::DependentOn(const std::string& path,
                                                         std::string_view but) {
  for (JobRecord& record : TRY(directory_->Jobs())) {
    if (record.restored_from != path || !record.unfinished()) continue;
    if (EqualsIgnoreCase(record.name, but)) continue;
    if (record.claims || TRY(Checkpoints(record)).empty()) return std::optional(std::move(record));
  }
  return std::optional<JobRecord>();
}

Status JobManager::CheckRestorable(const SnapshotUse& use) {
  RETURN_IF_ERROR(CheckBackend(*use.from, *use.settings));
  RETURN_IF_ERROR(CheckMaxParallelism(*use.from, *use.settings));
  return CheckOwnership(use);
}

// A savepoint that a job claimed is that job's; one that others still start from cannot be claimed.
Status JobManager::CheckOwnership(const SnapshotUse& use) {
  const std::optional<JobRecord> other = TRY(DependentOn(use.path, use.name));
  if (other && other->claims) {
    return Status::RestoreRefused(fmt::format("job \"{}\" has claimed it, and will remove it: {}",
                                              other->name, use.path))
        .WithId("E7002")
        .WithHint(fmt::format("restore from a savepoint or checkpoint of job {}", other->name));
  }
  if (other && use.claims) {
    return Status::RestoreRefused(
               fmt::format("it cannot be claimed, as job \"{}\" started from it and has no "
                           "checkpoint of its own yet: {}",
                           other->name, use.path))
        .WithId("E7002")
        .WithHint(fmt::format("CHECKPOINT JOB {} makes that job independent of it", other->name));
  }
  if (!use.claims || use.from->kind == CheckpointKind::kSavepoint) return {};
  const Result<JobRecord> owner = FindRecord(use.from->job_id);
  if (!owner.ok() || !owner->unfinished() || EqualsIgnoreCase(owner->name, use.name)) return {};
  return Status::RestoreRefused(
             fmt::format("a checkpoint cannot be claimed while its job can go on: \"{}\"",
                         owner->name))
      .WithId("E7002")
      .WithHint("leave execution.state-recovery.claim-mode at NO_CLAIM");
}

uint64_t JobManager::LastCheckpoint(const JobRecord& record) const {
  uint64_t last = record.last_checkpoint;
  const Result<std::vector<CheckpointInfo>> kept = Checkpoints(record);
  if (kept.ok() && !kept->empty()) last = std::max(last, kept->back().checkpoint_id);
  return last;
}

// Of the job itself and of those that started from it, too.
Result<std::vector<std::string>> JobManager::WentOn(const CheckpointMetadata& from,
                                                    const std::string& path) {
  std::vector<std::string> names;
  for (const JobRecord& record : TRY(directory_->Jobs())) {
    const bool original = record.id == from.job_id;
    if (!original && record.restored_from != path) continue;
    const bool finished = record.state == RecordedState::kFinished;
    const bool later = LastCheckpoint(record) > (original ? from.checkpoint_id : 0);
    const bool known = std::find(names.begin(), names.end(), record.name) != names.end();
    if ((finished || later) && !known) names.push_back(record.name);
  }
  return names;
}

}  // namespace weir::shell
