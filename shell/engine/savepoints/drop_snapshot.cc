// Drops savepoints, and checkpoints that were kept, once no job needs them.
#include <fmt/format.h>

#include <filesystem>

#include "runtime/base/local_path.h"
#include "shell/engine/jobs/stored_path.h"
#include "shell/engine/savepoints/savepoints.h"
#include "state/checkpoint/backends.h"

namespace weir::shell {
namespace {

// Two paths of one directory are the same here, by whatever links they go.
std::string RealPath(const std::string& path) {
  if (IsObjectPath(path)) return path;
  std::error_code error;  // ignored: a path that does not exist is its own
  return std::filesystem::weakly_canonical(path, error).string();
}

Status StillNeeded(const std::string& why, const std::string& path) {
  return Status(StatusCode::kInvalidArgument, fmt::format("{}: {}", why, path)).WithId("E7004");
}

Status NeededByRestored(const JobRecord& job, const std::string& path) {
  const std::string_view why = job.claims ? "has claimed it, and removes it by itself"
                                          : "started from it and has no checkpoint of its own yet";
  return StillNeeded(fmt::format("job \"{}\" {}", job.name, why), path)
      .WithHint(fmt::format("CHECKPOINT JOB {} makes the job independent of it", job.name));
}

// What somebody else put into the checkpoint's directory.
state::SavepointRemains RemainsOf(FileSystem& files, const std::string& directory) {
  state::SavepointRemains remains;
  const Result<std::vector<FileInfo>> entries = files.List(directory);
  if (!entries.ok()) return remains;
  remains.directory = true;
  for (const FileInfo& entry : *entries)
    remains.names.push_back(FileName(entry.path) + (entry.is_directory ? "/" : ""));
  return remains;
}

}  // namespace

// Once every job that started from it has a checkpoint of its own, no job needs it any more.
Result<DroppedSnapshot> Savepoints::Drop(const std::string& path) {
  const std::string directory = state::DirectoryNamed(AbsolutePath(path));
  for (const std::string& named : {AbsolutePath(path), directory, RealPath(directory)}) {
    const std::optional<JobRecord> dependent = TRY(DependentOn(named, ""));
    if (dependent) return NeededByRestored(*dependent, path);
  }
  const state::SigningKey key = TRY(parts_.snapshots.ReadingKey(path));
  const CheckpointMetadata metadata =
      TRY(state::ReadSnapshotMetadata(*parts_.ports.files, path, key));
  if (metadata.kind == CheckpointKind::kCheckpoint)
    return DropCheckpoint(RealPath(directory), metadata);
  DroppedSnapshot dropped;
  RETURN_IF_ERROR(state::RemoveSavepoint(*parts_.ports.files, path, &dropped.remains, key));
  RETURN_IF_ERROR(parts_.registry.savepoints().Remove(directory));
  return dropped;
}

Result<std::optional<JobRecord>> Savepoints::JobOfPlace(const std::string& place) const {
  for (JobRecord& record : TRY(parts_.registry.directory().Jobs())) {
    for (const std::string& own : parts_.registry.places().Owned(record)) {
      if (RealPath(own) == place) return std::optional(std::move(record));
    }
  }
  return std::optional<JobRecord>();
}

// A job that can go on does so from its newest whole checkpoint, and learns from damaged ones
// behind that what was committed since. The ones before it are spare.
Status Savepoints::CheckSpare(const JobRecord& owner, uint64_t checkpoint_id,
                              const std::string& path) const {
  if (owner.state == RecordedState::kRunning && parts_.registry.open().Of(owner.id) != nullptr) {
    return StillNeeded(fmt::format("job \"{}\" is running, and removes its checkpoints by itself",
                                   owner.name),
                       path)
        .WithHint("execution.checkpointing.num-retained says how many it keeps");
  }
  if (!owner.damage.empty()) {
    return StillNeeded(
        fmt::format("the record of its job cannot be read, so that may need it: {}", owner.damage),
        path);
  }
  if (!owner.unfinished()) return {};
  uint64_t goes_on_from = 0;
  for (const CheckpointInfo& one : TRY(parts_.registry.Checkpoints(owner))) {
    if (one.damage.empty()) goes_on_from = one.checkpoint_id;
  }
  if (checkpoint_id < goes_on_from) return {};
  return StillNeeded(fmt::format("job \"{}\" needs it to go on", owner.name), path)
      .WithHint(fmt::format("DROP JOB {} removes the job with all its checkpoints; "
                            "the earlier ones can be dropped",
                            owner.name));
}

// While the name is held the job cannot start.
Result<DroppedSnapshot> Savepoints::DropCheckpoint(const std::string& path,
                                                   const CheckpointMetadata& of) {
  FileSystem& files = *parts_.ports.files;
  const std::string place = RealPath(of.directory);
  const std::optional<JobRecord> found = TRY(JobOfPlace(place));
  if (!found) {
    return StillNeeded(
               fmt::format("it is a checkpoint of job \"{}\" ({}), which this data directory does "
                           "not know, so that job may need it",
                           of.job_name, of.job_id),
               path)
        .WithHint("drop it from the job's data directory; when that is gone, remove the files");
  }
  const NameHold name = parts_.holds.names.Take(found->name);
  const std::optional<JobRecord> owner = TRY(JobOfPlace(place));  // as it is while that is held
  if (!owner) return Status::NotFound("its job was dropped: " + path).WithId("E7004");
  RETURN_IF_ERROR(CheckSpare(*owner, of.checkpoint_id, path));
  const NameHold unsaved = parts_.holds.saved.TakeSurely(owner->id);
  parts_.registry.open().Closed(owner->id);
  RETURN_IF_ERROR(state::RemoveCheckpoint(files, path));
  return DroppedSnapshot{CheckpointKind::kCheckpoint, RemainsOf(files, path)};
}

}  // namespace weir::shell
