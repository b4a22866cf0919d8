// What is found of a job's checkpoints: listed, loaded, removed.
#include <fmt/format.h>

#include <algorithm>

#include "runtime/base/names.h"
#include "runtime/connectors/promised_file.h"
#include "runtime/fault_point.h"
#include "shell/job_manager.h"
#include "shell/table_paths.h"
#include "state/backends.h"
#include "state/checkpoint_directory.h"

namespace weir::shell {

JobRecovery JobManager::Recovery(const JobRecord& record, const conf::Settings& settings) const {
  return places().Recovery(record, settings);
}

// Of a job of this process: it must not be looked into while the job writes. Null for others.
CheckpointStorage* JobManager::StorageOf(const std::string& job_id) const {
  for (const auto& job : jobs_) {
    if (job->record.id == job_id) return job->storage.get();
  }
  return nullptr;
}

Result<std::vector<CheckpointInfo>> JobManager::Checkpoints(const JobRecord& record) const {
  std::vector<CheckpointInfo> all;
  CheckpointStorage* const storage = StorageOf(record.id);
  const std::string current = CheckpointDirectory(record);
  for (const std::string& place : places().Of(record)) {
    state::CheckpointsFound found;
    if (storage != nullptr && place == current) {
      found.checkpoints = TRY(storage->List());
    } else {
      if (DefectPlanted("reading-opens-storage"))
        (void)state::MakeCheckpointStorage(*ports_.files, place, 1);
      found = state::LookForCheckpoints(*ports_.files, place);
    }
    if (!found.place.unreadable.empty())
      return Status::External(fmt::format("{} cannot be read: {}", place, found.place.unreadable));
    std::move(found.checkpoints.begin(), found.checkpoints.end(), std::back_inserter(all));
  }
  std::stable_sort(all.begin(), all.end(), [](const CheckpointInfo& a, const CheckpointInfo& b) {
    return a.checkpoint_id < b.checkpoint_id;
  });
  return all;
}

// What cannot be read, or is not found where it should be, counts as there: the restore that is
// proposed then says why.
bool JobManager::HasState(const JobRecord& record) const {
  if (!record.restored_from.empty() || HadCheckpoints(record)) return true;
  const Result<std::vector<CheckpointInfo>> completed = Checkpoints(record);
  return !completed.ok() || !completed->empty();
}

// The state that a job which goes on starts from, verified.
Result<std::optional<CheckpointMetadata>> JobManager::LoadRecovered(RunningJob& job) const {
  const checkpoint::RecoveryDecision& decision = job.recovery;
  switch (decision.kind) {
    case checkpoint::RecoveryKind::kBegin:
      return std::optional<CheckpointMetadata>();
    case checkpoint::RecoveryKind::kRefuse:
      return decision.refusal;
    case checkpoint::RecoveryKind::kRestore:
      return std::optional(TRY(ReadCheckpoint(decision.path)));
    case checkpoint::RecoveryKind::kContinue:
      break;
  }
  if (DirectoryOf(decision.path) == CheckpointDirectory(job.record))
    return std::optional(TRY(job.storage->Load(decision.path)));
  // Of another place than where new ones go: its files are read from there.
  CheckpointMetadata metadata = TRY(state::LoadSnapshot(*ports_.files, decision.path));
  if (!DefectPlanted("recovery-unnoted"))
    RETURN_IF_ERROR(directory_->Note(job.record.id, metadata.checkpoint_id, 0));
  return std::optional(std::move(metadata));
}

// What a job that has ended was writing: nobody else removes it. Not what its newest checkpoint
// promises, unless that goes as well.
void JobManager::RemoveOutputInProgress(const JobRecord& record, bool forgotten) const {
  connectors::InProgressFilter filter{connectors::InProgressPrefixOf(record.id), {}};
  if (!forgotten) {
    const CheckpointMetadata newest = NewestCheckpoint(record);
    if (newest.operators.empty() && HasState(record)) return;  // nobody can say what it promises
    for (const OperatorCheckpoint& op : newest.operators) {
      const auto promised = connectors::PromisedFiles(op.committables, {record.id, {&op.place, 1}});
      if (!promised.ok()) return;
      for (const connectors::PromisedFile& file : *promised) {
        const std::string path = file.InProgress(op.place);
        filter.keep.insert(path.substr(path.rfind('/') + 1));
      }
    }
  }
  for (const WrittenTable& table : WrittenTables(record.sql, record.definitions)) {
    // A directory that is not there, or cannot be listed, is somebody else's matter.
    (void)connectors::RemoveInProgress(*ports_.files, table.path, filter, table.partition_keys);
  }
}

// Wherever they are; says which place is not there now.
Result<std::vector<std::string>> JobManager::RemoveCheckpoints(const JobRecord& record) {
  std::vector<std::string> notes;
  RemoveOutputInProgress(record, true);
  for (const std::string& place : places().Of(record)) {
    const bool inside = place == directory_->CheckpointDirectory(record.id);
    if (!inside && !ports_.files->Stat(place).ok() && HadCheckpoints(record)) {
      notes.push_back(
          fmt::format("NOTICE: checkpoints of job {} were kept in {}, which is not "
                      "there now; should it come back, remove it by hand",
                      record.name, place));
    }
    for (const std::string_view suffix : {"", ".work", ".lookup", ".savepoint"})
      RETURN_IF_ERROR(ports_.files->RemoveRecursively(fmt::format("{}{}", place, suffix)));
  }
  return notes;
}

// The record of the name cannot be read: whether it may begin anew, nobody can say.
Status JobManager::RefuseDamaged(const JobRecord& record) const {
  std::string newest;
  const Result<std::vector<CheckpointInfo>> completed = Checkpoints(record);
  if (completed.ok()) {
    for (const CheckpointInfo& one : *completed) {
      if (one.damage.empty()) newest = one.path;
    }
  }
  const std::string_view name = record.name.empty() ? record.id : record.name;
  std::string ways;
  if (!newest.empty()) {
    ways = fmt::format("go on from its newest checkpoint:\n  RESTORE JOB `{}` FROM '{}';\nor ",
                       name, newest);
  }
  ways += fmt::format(
      "put the file back, or forget the job; what runs anew writes all of its output once more:\n"
      "  DROP JOB `{}`;",
      record.id);
  return Status::RestoreRefused(
             fmt::format("{}; it may be of a job that has checkpoints", record.damage))
      .WithId("E7001")
      .WithHint(std::move(ways));
}

}  // namespace weir::shell
