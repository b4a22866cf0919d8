#include "shell/engine/jobs/job_registry.h"

#include <fmt/format.h>

#include <algorithm>

#include "runtime/base/names.h"
#include "runtime/connectors/filesystem/promised_file.h"
#include "runtime/connectors/kafka/epoch_promise.h"
#include "runtime/fault_point.h"
#include "runtime/memory_files.h"
#include "shell/engine/jobs/checkpoint_history.h"
#include "shell/engine/jobs/stored_path.h"
#include "shell/engine/jobs/symbolic_links.h"
#include "shell/engine/jobs/table_paths.h"
#include "state/checkpoint/backends.h"
#include "state/checkpoint/checkpoint_directory.h"
#include "state/checkpoint/checkpoint_owner.h"
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
void AddPassedOver(FileSystem& files, const std::string& place,
                   std::vector<CheckpointInfo>& checkpoints) {
  for (const checkpoint::CompletedCheckpoint& one :
       state::FindCheckpoints(files, place).place.completed) {
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

void JobRegistry::Opened(const std::string& job_id,
                         const std::shared_ptr<CheckpointStorage>& storage) {
  const MutexLock lock(mutex_);
  open_[job_id] = storage;
}

void JobRegistry::Closed(const std::string& job_id) {
  const MutexLock lock(mutex_);
  open_.erase(job_id);
}

// The storage of a job that runs in this process, or null. Its directory must not be opened a
// second time while the job writes.
std::shared_ptr<CheckpointStorage> JobRegistry::StorageOf(const std::string& job_id) const {
  const MutexLock lock(mutex_);
  const auto found = open_.find(job_id);
  return found == open_.end() ? nullptr : found->second.lock();
}

Result<std::vector<CheckpointInfo>> JobRegistry::Checkpoints(const JobRecord& record) const {
  std::vector<CheckpointInfo> all;
  const std::shared_ptr<CheckpointStorage> storage = StorageOf(record.id);
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
      AddPassedOver(files_, place, found.checkpoints);
    } else {
      if (DefectPlanted("reading-opens-storage")) (void)state::MakeCheckpointStorage(files_, place);
      found = state::FindCheckpoints(files_, place, record.last_checkpoint);
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

// Files that a job which has ended was still writing: no other code removes them. Those that its
// newest checkpoint promises stay, unless the checkpoint is removed as well.
void JobRegistry::RemoveOutputInProgress(const JobRecord& record, bool forgotten) const {
  if (DefectPlanted("output-left-in-progress")) return;
  connectors::InProgressFilter filter{connectors::InProgressPrefixOf(record.id), {}};
  if (!forgotten) {
    const CheckpointMetadata newest = NewestCheckpoint(record);
    if (newest.operators.empty() && HasState(record)) return;  // promises unknown: keep all
    for (const OperatorCheckpoint& op : newest.operators) {
      // All of a sink's promises are of one kind.
      const bool files =
          op.committables.empty() || !connectors::kafka::IsEpochPromise(op.committables.front());
      if (!files) continue;
      const auto promised = connectors::PromisedFiles(op.committables, {record.id, {&op.place, 1}});
      if (!promised.ok()) return;
      for (const connectors::PromisedFile& file : *promised) {
        const std::string path = file.InProgress(op.place);
        filter.keep.insert(path.substr(path.rfind('/') + 1));
      }
    }
  }
  for (const WrittenTable& table : WrittenTables(record.sql, record.definitions)) {
    // A directory that is missing, or cannot be listed, is no reason to fail: this only cleans up.
    (void)connectors::RemoveInProgress(files_, table.path, filter, table.partition_keys);
  }
}

Result<RemovedCheckpoints> JobRegistry::RemoveCheckpoints(const JobRecord& record) {
  RemovedCheckpoints removed;
  RemoveOutputInProgress(record, true);
  for (const std::string& place : places().Owned(record)) {
    if (IsInMemory(place)) {
      RETURN_IF_ERROR(files_.RemoveRecursively(place));
      continue;
    }
    const bool inside = place == directory_->CheckpointDirectory(record.id);
    const std::vector<SymbolicLink> links =
        DefectPlanted("links-unsaid") ? std::vector<SymbolicLink>() : LinksAt(place);
    for (const SymbolicLink& link : links)
      removed.left.push_back(fmt::format(
          "{} was a symbolic link and is removed; what it led to, {}, stays: where it is of this "
          "job alone, remove it by hand",
          link.path, link.target));
    const bool linked = !links.empty() && links.front().path == place;
    if (!inside && !linked && files_.Stat(place).ok()) {
      removed.elsewhere.push_back(place);
    } else if (!inside && !linked && HadCheckpoints(record)) {
      removed.left.push_back(
          fmt::format("its checkpoints were kept in {}, which is not there now; should it come "
                      "back, remove it by hand",
                      place));
    }
    RETURN_IF_ERROR(state::RemoveCheckpointsOf(files_, place, record.id));
  }
  RETURN_IF_ERROR(files_.RemoveRecursively(places().Beside(record) + ".savepoint"));
  RETURN_IF_ERROR(RemoveLocal(record));
  return removed;
}

Status JobRegistry::RemoveLocal(const JobRecord& record) {
  for (const std::string& place : places().AllLocal(record)) {
    for (const std::string_view suffix : {".work", ".lookup", ".sort"})
      RETURN_IF_ERROR(files_.RemoveRecursively(fmt::format("{}{}", place, suffix)));
  }
  return {};
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

}  // namespace weir::shell
