#include "shell/engine/jobs/snapshot_reader.h"

#include <algorithm>
#include <filesystem>

#include "runtime/base/local_path.h"
#include "runtime/checkpoint/channel_state.h"
#include "runtime/connectors/filesystem/promised_file.h"
#include "runtime/fault_point.h"
#include "shell/engine/jobs/table_paths.h"
#include "state/checkpoint/channel_file.h"
#include "state/checkpoint/checkpoint_owner.h"
#include "state/checkpoint/snapshot_copy.h"

namespace weir::shell {
namespace {

// Old snapshots do not record where the output of a sink lay. It is found again by the files that
// it promised: in a table's directory, or in one of `more`.
void NoteRecordedPlaces(CheckpointMetadata& from, const std::vector<std::string>& more) {
  std::vector<std::string> paths = TablePaths(from.definitions);
  paths.insert(paths.end(), more.begin(), more.end());
  for (OperatorCheckpoint& op : from.operators) {
    if (!op.place.empty() || op.committables.empty()) continue;
    for (const std::string& path : paths) {
      const connectors::PromiseBounds bounds{from.job_id, {&path, 1}};
      if (op.place.empty() && connectors::PromisedFiles(op.committables, bounds).ok())
        op.place = path;
    }
  }
}

}  // namespace

void SnapshotReader::set_allowed_output_paths(std::string_view paths) {
  std::vector<std::string> allowed = OutputPaths(paths);
  const MutexLock lock(mutex_);
  allowed_output_ = std::move(allowed);
}

void SnapshotReader::set_key_file(std::string path) {
  const MutexLock lock(mutex_);
  key_file_ = std::move(path);
}

std::vector<std::string> SnapshotReader::allowed_output() const {
  const MutexLock lock(mutex_);
  return allowed_output_;
}

Result<state::SigningKey> SnapshotReader::WritingKey() const {
  std::string path;
  {
    const MutexLock lock(mutex_);
    path = key_file_;
  }
  return state::ReadKeyFile(path);
}

Result<bool> SnapshotReader::IsOwn(const std::string& path) const {
  std::error_code error;  // ignored: reading a path that does not exist will fail
  const std::string real = std::filesystem::weakly_canonical(path, error).string();
  for (const JobRecord& record : TRY(registry_.directory().Jobs())) {
    for (const std::string& place : registry_.places().Owned(record)) {
      const std::string own = std::filesystem::weakly_canonical(place, error).string();
      if (real.starts_with(own + "/chk-") && state::IsOwned(*ports_.files, place, record.id))
        return true;
    }
  }
  return false;
}

Result<state::SigningKey> SnapshotReader::ReadingKey(const std::string& path) const {
  state::SigningKey key = TRY(WritingKey());
  if (key.empty() || !TRY(IsOwn(path))) return key;
  return state::SigningKey();
}

Result<bool> SnapshotReader::IsTrusted(const std::string& path) const {
  if (!TRY(WritingKey()).empty()) return true;
  return IsOwn(path);
}

Result<CheckpointMetadata> SnapshotReader::Read(const std::string& path,
                                                const state::ByteProgress& progress) const {
  CheckpointMetadata from =
      TRY(state::LoadSnapshot(*ports_.files, path, progress, TRY(ReadingKey(path))));
  NoteRecordedPlaces(from, allowed_output());
  return from;
}

Result<std::map<std::string, uint64_t>> SnapshotReader::InFlightBytes(
    const CheckpointMetadata& from) const {
  std::map<std::string, uint64_t> bytes;
  const auto file = std::ranges::find_if(from.files, IsChannelState);
  if (file == from.files.end()) return bytes;
  const std::string rows =
      TRY(state::ReadChannelState(*ports_.files, from.directory, *file, from.inlined));
  for (const checkpoint::SavedRows& batch : TRY(checkpoint::ReadChannelState(rows)))
    bytes[batch.channel.to] += batch.bytes.size();
  return bytes;
}

// The other process asks no store: it has nobody's keys.
Status SnapshotReader::ReadThrough(const CheckpointMetadata& from, const std::string& path,
                                   const std::string& scratch) const {
  if (!IsObjectPath(path)) return ports_.read_through(path, scratch);
  const std::string copy =
      TRY(state::CopySnapshot(*ports_.files, from, path, JoinPath(scratch, "copy")));
  const std::string work = JoinPath(scratch, "work");
  RETURN_IF_ERROR(ports_.files->CreateDirectories(work));
  return ports_.read_through(copy, work);
}

// Files from elsewhere are read through in another process first. Exempt are snapshots that are
// trusted, and savepoints of the list, which were taken here and still lie where they were put.
Status SnapshotReader::CheckTables(const CheckpointMetadata& from, const std::string& path) const {
  const bool native = from.backend == "rocksdb" && std::ranges::any_of(from.files, IsOfBackend);
  if (!native || ports_.read_through == nullptr || DefectPlanted("foreign-tables-believed"))
    return {};
  if (TRY(IsTrusted(path))) return {};
  const std::vector<SavepointEntry> taken = TRY(registry_.savepoints().All());
  const bool listed = std::ranges::any_of(taken, [&](const SavepointEntry& entry) {
    return entry.path == path && entry.job_id == from.job_id &&
           entry.checkpoint_id == from.checkpoint_id;
  });
  if (listed) return {};
  const std::string scratch =
      TRY(registry_.directory().QueryDirectory("read-through-" + NewJobId()));
  RETURN_IF_ERROR(ports_.files->CreateDirectories(scratch));
  Status read = ReadThrough(from, path, scratch);
  Status cleaned = ports_.files->RemoveRecursively(scratch);
  return read.ok() ? cleaned : read;
}

}  // namespace weir::shell
