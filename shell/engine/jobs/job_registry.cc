#include "shell/engine/jobs/job_registry.h"

#include <fmt/format.h>

#include <algorithm>

#include "runtime/base/names.h"
#include "runtime/fault_point.h"
#include "runtime/memory_files.h"
#include "shell/engine/jobs/checkpoint_history.h"
#include "shell/engine/jobs/stored_path.h"
#include "state/checkpoint/backends.h"
#include "state/checkpoint/checkpoint_directory.h"
#include "state/checkpoint/savepoints.h"

namespace weir::shell {
namespace {

// `directory`: the data directory, which may be another one than the user thinks of.
Status NoSuchJob(std::string_view name, const std::vector<std::string>& names,
                 const std::string& directory) {
  const std::string near = DidYouMean(name, names);
  return Status::NotFound(fmt::format("no job is named \"{}\"", name))
      .WithId("E5001")
      .WithHint(!near.empty() ? near
                              : fmt::format("jobs were looked for in the data directory '{}'; "
                                            "--data-dir names another one",
                                            AbsolutePath(directory)));
}

// A storage lists only what a job could go on from.
void AddPassedOver(FileSystem& files, const std::string& place, const state::KnownNumbers& known,
                   std::vector<CheckpointInfo>& checkpoints) {
  for (const checkpoint::CompletedCheckpoint& one :
       state::FindCheckpoints(files, place, known).place.completed) {
    if (!one.passed_over) continue;
    Result<CheckpointInfo> info = state::InfoOf(files, place, one.id);
    if (info.ok()) checkpoints.push_back(*std::move(info));
  }
}

}  // namespace

Result<JobRecord> JobRegistry::Find(std::string_view name_or_id) const {
  std::vector<std::string> names;
  std::optional<JobRecord> found;  // of several the last, or the one that goes on
  for (JobRecord& record : TRY(directory_->Jobs())) {
    names.push_back(record.name);
    if (record.id == name_or_id) return std::move(record);
    if (!EqualsIgnoreCase(record.name, name_or_id)) continue;
    if (!found || !found->unfinished() || record.unfinished()) found = std::move(record);
  }
  if (found) return *std::move(found);
  return NoSuchJob(name_or_id, names, directory_->path());
}

Result<std::optional<JobRecord>> JobRegistry::Unfinished(const std::string& name) const {
  std::optional<JobRecord> unfinished;
  std::optional<JobRecord> damaged;
  for (JobRecord& record : TRY(directory_->Jobs())) {
    if (!record.name.empty() && !EqualsIgnoreCase(record.name, name)) continue;
    if (!record.damage.empty())
      damaged = std::move(record);
    else if (record.unfinished())
      unfinished = std::move(record);
  }
  if (!unfinished && damaged) return RefuseDamaged(*damaged);
  return unfinished;
}

JobRegistry::JobRegistry(FileSystem& files, std::unique_ptr<DataDirectory> directory)
    : files_(files),
      directory_(std::move(directory)),
      savepoints_(
          std::make_unique<SavepointList>(files, JoinPath(directory_->path(), "savepoints"))) {}

Result<std::vector<CheckpointInfo>> JobRegistry::Checkpoints(const JobRecord& record) const {
  std::vector<CheckpointInfo> all;
  const std::shared_ptr<CheckpointStorage> storage = open_->Of(record.id);
  const std::string current = places().Of(record).front();
  for (const std::string& place : places().Of(record)) {
    state::CheckpointsFound found;
    // Another session may be dropping the job at this moment: a place that vanishes has no
    // checkpoints, and is no error.
    const auto gone = [&] { return files_.Stat(place).status().code() == StatusCode::kNotFound; };
    if (storage != nullptr && place == current) {
      Result<std::vector<CheckpointInfo>> listed = storage->List();
      if (!listed.ok() && gone()) continue;
      found.checkpoints = TRY(std::move(listed));
      AddPassedOver(files_, place, KnownOf(record), found.checkpoints);
    } else {
      if (DefectPlanted("reading-opens-storage")) (void)state::MakeCheckpointStorage(files_, place);
      found = state::FindCheckpoints(files_, place, KnownOf(record));
    }
    if (!found.place.unreadable.empty() && gone()) continue;
    if (!found.place.unreadable.empty())
      return Status::External(fmt::format("{} cannot be read: {}", place, found.place.unreadable));
    std::move(found.checkpoints.begin(), found.checkpoints.end(), std::back_inserter(all));
  }
  std::stable_sort(all.begin(), all.end(), [](const CheckpointInfo& a, const CheckpointInfo& b) {
    return a.checkpoint_id < b.checkpoint_id;
  });
  return all;
}

std::vector<checkpoint::EndedCheckpoint> JobRegistry::History(const JobRecord& record) const {
  return ReadCheckpointHistory(files_, directory_->HistoryPath(record.id));
}

// Checkpoints that cannot be read, or are not where they should be, count: the restore that the
// user is offered then says what is wrong with them.
bool JobRegistry::HasState(const JobRecord& record) const {
  if (!record.restored_from.empty()) return true;
  // Where they are in memory, those of a process that has ended are gone for good.
  if (HadCheckpoints(record) && !IsInMemory(places().Of(record).front())) return true;
  const Result<std::vector<CheckpointInfo>> completed = Checkpoints(record);
  return !completed.ok() || !completed->empty();
}

// A record with the name cannot be read. It is not known whether that job may begin anew, so it
// must not.
Status JobRegistry::RefuseDamaged(const JobRecord& record) const {
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

CheckpointMetadata JobRegistry::NewestCheckpoint(const JobRecord& record) const {
  const Result<std::vector<CheckpointInfo>> completed = Checkpoints(record);
  if (!completed.ok() || completed->empty()) return {};
  Result<CheckpointMetadata> newest = state::ReadSnapshotMetadata(files_, completed->back().path);
  return newest.ok() ? *std::move(newest) : CheckpointMetadata();
}

std::string JobRegistry::WaysOn(const JobRecord& record) const {
  if (HasState(record)) {
    return fmt::format(
        "RESTORE JOB `{0}` FROM LATEST CHECKPOINT; resumes it, DROP JOB `{0}`; forgets it",
        record.name);
  }
  return fmt::format("it has no checkpoint: its statement begins anew, DROP JOB `{}`; forgets it",
                     record.name);
}

Status JobRegistry::NoteUnresumed(const std::string& job_id, const Status& why,
                                  int64_t now_millis) {
  JobRecord record = TRY(Find(job_id));
  record.state = RecordedState::kFailed;
  record.failure = why.ToString();
  record.ended_millis = now_millis;
  record.resumes = true;
  return directory_->Save(record);
}

Result<NameHold> HoldNameOf(const JobRegistry& registry, NameHolds& names,
                            std::string_view name_or_id) {
  const Result<JobRecord> known = registry.Find(name_or_id);
  if (!known.ok() && known.status().id() != "E5001") return known.status();
  return names.Take(known.ok() ? std::string_view(known->name) : name_or_id);
}

}  // namespace weir::shell
