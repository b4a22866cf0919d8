// Whether a job may start from a snapshot, and which job owns it.
#include <fmt/format.h>

#include <algorithm>

#include "planner/ast/to_sql.h"
#include "runtime/base/names.h"
#include "shell/engine/jobs/snapshot_fit.h"
#include "shell/engine/savepoints/savepoints.h"

namespace weir::shell {

Result<std::optional<JobRecord>> Savepoints::DependentOn(const std::string& path,
                                                         std::string_view but) const {
  for (JobRecord& record : TRY(parts_.registry.directory().Jobs())) {
    if (record.restored_from != path || !record.unfinished()) continue;
    if (EqualsIgnoreCase(record.name, but)) continue;
    if (record.claims || TRY(parts_.registry.Checkpoints(record)).empty())
      return std::optional(std::move(record));
  }
  return std::optional<JobRecord>();
}

namespace {

// Refuses an operator with more subtasks, by an option of its table such as sink.parallelism, than
// the job has key groups.
Status CheckSubtasks(const SnapshotUse& use) {
  if (use.graph == nullptr) return {};
  const uint32_t groups = KeyGroupsOf(*use.from, *use.settings);
  for (const graph::Node& node : use.graph->nodes) {
    if (node.parallelism <= groups) continue;
    return Status::RestoreRefused(
               fmt::format("{} would have {} subtasks by an option of its table, and "
                           "pipeline.max-parallelism is {}",
                           node.uid, node.parallelism, groups))
        .WithId("E7002");
  }
  return {};
}

// Refuses a checkpoint whose output, not committed yet, a later start of its job has thrown away.
Status CheckCounts(const SnapshotUse& use, const JobRegistry& registry) {
  if (use.from->kind == CheckpointKind::kSavepoint) return {};
  const Result<JobRecord> job = registry.Find(use.from->job_id);
  if (!job.ok() || !checkpoint::IsVoided(job->voided, use.from->checkpoint_id)) return {};
  return Status::RestoreRefused(
             fmt::format(
                 "checkpoint {} of job \"{}\" does not count: a start that had not found it "
                 "went on without it, and threw away output that it promises: {}",
                 use.from->checkpoint_id, job->name, use.path))
      .WithId("E7002")
      .WithHint(fmt::format("RESTORE JOB {} FROM LATEST CHECKPOINT goes on from the newest that "
                            "counts",
                            ast::QuoteIdentifier(job->name)));
}

}  // namespace

Status Savepoints::CheckRestorable(const SnapshotUse& use) const {
  RETURN_IF_ERROR(CheckCounts(use, parts_.registry));
  RETURN_IF_ERROR(CheckSettingsFit(*use.from, *use.settings));
  RETURN_IF_ERROR(CheckSubtasks(use));
  return CheckOwnership(use);
}

// Only the job that claimed a savepoint may start from it; and one that other jobs still need
// cannot be claimed.
Status Savepoints::CheckOwnership(const SnapshotUse& use) const {
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
  const Result<JobRecord> owner = parts_.registry.Find(use.from->job_id);
  if (!owner.ok() || !owner->unfinished() || EqualsIgnoreCase(owner->name, use.name)) return {};
  return Status::RestoreRefused(
             fmt::format("a checkpoint cannot be claimed while its job can go on: \"{}\"",
                         owner->name))
      .WithId("E7002")
      .WithHint("leave execution.state-recovery.claim-mode at NO_CLAIM");
}

uint64_t Savepoints::LastCheckpoint(const JobRecord& record) const {
  uint64_t last = record.last_checkpoint;
  const Result<std::vector<CheckpointInfo>> kept = parts_.registry.Checkpoints(record);
  if (kept.ok() && !kept->empty()) last = std::max(last, kept->back().checkpoint_id);
  return last;
}

Result<std::vector<std::string>> Savepoints::WentOn(const CheckpointMetadata& from,
                                                    const std::string& path) const {
  std::vector<std::string> names;
  for (const JobRecord& record : TRY(parts_.registry.directory().Jobs())) {
    const bool original = record.id == from.job_id;
    if (!original && record.restored_from != path) continue;
    const uint64_t last = LastCheckpoint(record);
    // One that finishes need not end with a checkpoint, but commits its output behind any that is
    // not its last.
    const bool own_last = original && last == from.checkpoint_id;
    const bool finished = record.state == RecordedState::kFinished && !own_last;
    const bool later = last > (original ? from.checkpoint_id : 0);
    const bool known = std::find(names.begin(), names.end(), record.name) != names.end();
    if ((finished || later) && !known) names.push_back(record.name);
  }
  return names;
}

}  // namespace weir::shell
