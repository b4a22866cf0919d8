// Checkpoints as directories: chk-N/_metadata, made visible by the pointer file LATEST.
#include "runtime/checkpoint_storage.h"

#include <algorithm>
#include <optional>
#include <set>
#include <utility>

#include "runtime/base/local_path.h"
#include "runtime/fault_point.h"
#include "runtime/put_in_place.h"
#include "state/checkpoint/backends.h"
#include "state/checkpoint/checkpoint_directory.h"
#include "state/checkpoint/metadata_codec.h"
#include "state/checkpoint/metadata_file.h"
#include "state/files/checkpoint_files.h"
#include "state/files/inlined_files.h"
#include "state/files/parallel.h"

namespace weir::state {
namespace {

using checkpoint::NumberFileFacts;
using checkpoint::NumberFileState;

class DirectoryStorage final : public CheckpointStorage {
 public:
  DirectoryStorage(FileSystem& files, std::string directory, const KnownNumbers& known,
                   uint64_t inline_bytes)
      : files_(files),
        directory_(std::move(directory)),
        known_(known),
        inline_bytes_(inline_bytes) {}

  Status Open();
  Status Prepare(uint64_t checkpoint_id) override;
  Status Publish(const CheckpointMetadata& metadata, bool& uncertain) override;
  Result<std::vector<CheckpointInfo>> List() override;
  Result<CheckpointMetadata> Load(const std::string& path) override;
  Status Retain(size_t retained, const std::vector<uint64_t>& in_flight) override;
  Status Abort(uint64_t checkpoint_id) override;
  Result<uint64_t> NextCheckpointId() override;

 private:
  std::string Path(std::string_view name) const { return JoinPath(directory_, name); }
  std::string ChkPath(uint64_t id) const { return CheckpointPath(directory_, id); }
  std::string MetadataPath(uint64_t id) const { return state::MetadataPath(directory_, id); }
  Result<NumberFileFacts> Pointer() { return ReadPointer(files_, directory_, known_.voided); }
  // Those of the listed numbers that are complete; kCorruption if the newest one is not among them.
  Result<std::vector<uint64_t>> CompletedOf(std::vector<uint64_t> listed);
  Result<std::vector<uint64_t>> Completed();
  Result<std::set<uint64_t>> PassedOver(const std::vector<uint64_t>& completed);
  Result<CheckpointMetadata> ReadMetadata(const std::string& path);
  Status WriteMetadata(uint64_t id, const std::string& bytes);
  Status WritePointer(uint64_t id, bool& uncertain);
  void RemoveInlined(const CheckpointMetadata& metadata);
  Status DropCheckpoint(uint64_t id);
  Status SweepShared(const std::vector<uint64_t>& kept, const std::set<std::string>& candidates,
                     bool orphans);

  FileSystem& files_;
  const std::string directory_;
  const KnownNumbers known_;
  const uint64_t inline_bytes_;
  // Checkpoints whose publication may have succeeded: none of their files may be removed.
  std::set<uint64_t> uncertain_;
};

Status DirectoryStorage::Open() {
  for (const char* name : {"shared", "taskowned"})
    RETURN_IF_ERROR(files_.CreateDirectories(Path(name)));
  RETURN_IF_ERROR(files_.SyncDirectory(directory_));
  bool uncertain = false;
  // An outdated pointer is moved first, as checkpoints beyond the pointer are removed below.
  if (TRY(IsOutdated(files_, directory_, TRY(Pointer()), known_.published)))
    RETURN_IF_ERROR(WritePointer(known_.published, uncertain));
  // Listed once for both uses: a second listing might show a complete checkpoint that is missing
  // here, and it would be removed.
  const std::vector<uint64_t> listed = TRY(CheckpointNumbers(files_, directory_));
  const std::vector<uint64_t> completed = TRY(CompletedOf(listed));
  // A lost pointer is written again before anything is removed below, since that may be the only
  // other trace of the newest checkpoint.
  if (!completed.empty() && TRY(Pointer()).state != NumberFileState::kWhole)
    RETURN_IF_ERROR(WritePointer(completed.back(), uncertain));
  const std::set<uint64_t> kept(completed.begin(), completed.end());
  for (uint64_t id : listed) {
    if (kept.contains(id)) continue;
    WEIR_FAULT_POINT("recovery.before_remove_unpublished");
    RETURN_IF_ERROR(files_.RemoveRecursively(ChkPath(id)));
  }
  return SweepShared(completed, {}, true);
}

Result<std::vector<uint64_t>> DirectoryStorage::Completed() {
  return CompletedOf(TRY(CheckpointNumbers(files_, directory_)));
}

Result<std::vector<uint64_t>> DirectoryStorage::CompletedOf(std::vector<uint64_t> listed) {
  const NumberFileFacts latest = TRY(Pointer());
  std::vector<uint64_t> ids = TRY(CompletedNumbers(files_, directory_, latest, std::move(listed)));
  std::erase_if(ids, [&](uint64_t id) { return checkpoint::IsVoided(known_.voided, id); });
  const bool points = latest.state == NumberFileState::kWhole;
  if (points && (ids.empty() || ids.back() != latest.number)) {
    return Status::Corruption("the newest checkpoint is missing: " + MetadataPath(latest.number))
        .WithId("E7001");
  }
  return ids;
}

// Those that earlier starts passed over because they are damaged.
Result<std::set<uint64_t>> DirectoryStorage::PassedOver(const std::vector<uint64_t>& completed) {
  std::set<uint64_t> passed;
  for (const uint64_t id : completed) {
    if (DefectPlanted("passed-over-counts")) break;
    if (TRY(ReadPassedOver(files_, ChkPath(id)))) passed.insert(id);
  }
  return passed;
}

Status DirectoryStorage::Prepare(uint64_t checkpoint_id) {
  RETURN_IF_ERROR(files_.CreateDirectories(ChkPath(checkpoint_id)));
  return files_.SyncDirectory(directory_);
}

Status DirectoryStorage::WriteMetadata(uint64_t id, const std::string& bytes) {
  const std::string path = MetadataPath(id);
  // An object appears whole, and in its place, when it is closed.
  const bool renames = files_.Renames(ChkPath(id));
  const std::string unfinished = renames ? path + ".tmp" : path;
  const std::unique_ptr<WritableFile> file = TRY(files_.Create(unfinished));
  WEIR_FAULT_POINT("checkpoint.before_metadata");
  RETURN_IF_ERROR(file->Append(bytes));
  if (!DefectPlanted("missing-fsync")) RETURN_IF_ERROR(file->Sync());
  RETURN_IF_ERROR(file->Close());
  WEIR_FAULT_POINT("checkpoint.before_metadata_rename");
  if (renames) RETURN_IF_ERROR(PutInPlace(files_, unfinished, path));
  RETURN_IF_ERROR(files_.SyncDirectory(ChkPath(id)));
  WEIR_FAULT_POINT("checkpoint.after_metadata");
  return {};
}

Status DirectoryStorage::WritePointer(uint64_t id, bool& uncertain) {
  const std::string path = Path("LATEST");
  WEIR_FAULT_POINT("checkpoint.before_pointer");
  if (id % 2 == 0 && DefectPlanted("pointer-not-moved")) return {};
  const bool renames = files_.Renames(directory_);
  uncertain = !renames;  // an object is in its place at once, and the answer may be lost
  RETURN_IF_ERROR(
      WriteSyncedFile(files_, renames ? path + ".tmp" : path, NumberFile(kPointerMagic, id)));
  WEIR_FAULT_POINT("checkpoint.before_pointer_rename");
  uncertain = true;  // a failure from here on does not say whether the pointer has moved
  if (renames) RETURN_IF_ERROR(PutInPlace(files_, path + ".tmp", path));
  WEIR_FAULT_POINT("checkpoint.before_pointer_sync");
  if (!DefectPlanted("pointer-not-synced")) RETURN_IF_ERROR(files_.SyncDirectory(directory_));
  uncertain = false;
  WEIR_FAULT_POINT("checkpoint.after_pointer");
  return {};
}

Status DirectoryStorage::Publish(const CheckpointMetadata& metadata, bool& uncertain) {
  uncertain = false;
  const uint64_t id = metadata.checkpoint_id;
  if (files_.Stat(MetadataPath(id)).ok()) {
    return Status::Internal("the checkpoint exists already: " + MetadataPath(id)).WithId("E7003");
  }
  std::optional<CheckpointMetadata> whole;  // with contents of files
  if (inline_bytes_ > 0) {
    whole = metadata;
    RETURN_IF_ERROR(InlineFiles(files_, directory_, inline_bytes_, kMostInlinedBytes, *whole));
  }
  const std::string bytes = TRY(EncodeMetadata(whole ? *whole : metadata));
  RETURN_IF_ERROR(files_.CreateDirectories(ChkPath(id)));
  Status status;
  if (DefectPlanted("publish-before-durable")) {
    status = WritePointer(id, uncertain);
    if (status.ok()) status = WriteMetadata(id, bytes);
  } else {
    status = WriteMetadata(id, bytes);
    if (status.ok()) status = WritePointer(id, uncertain);
  }
  if (uncertain) uncertain_.insert(id);
  if (status.ok() && whole) RemoveInlined(*whole);
  return status;
}

// Removes files of this checkpoint alone whose contents are in its metadata. Shared ones stay, as
// the next checkpoint refers to them. A file that cannot be removed goes with the checkpoint.
void DirectoryStorage::RemoveInlined(const CheckpointMetadata& metadata) {
  const std::string own = FileName(ChkPath(metadata.checkpoint_id)) + "/";
  for (const auto& [path, contents] : metadata.inlined) {
    if (path.starts_with(own)) files_.Remove(Path(path)).ok();
  }
}

Result<CheckpointMetadata> DirectoryStorage::ReadMetadata(const std::string& path) {
  const std::unique_ptr<HeldDirectory> chk = TRY(files_.Hold(DirectoryOf(path)));
  Result<CheckpointMetadata> metadata = state::ReadMetadata(*chk, FileName(path));
  if (!metadata.ok()) return std::move(metadata).status().WithContext(path);
  RETURN_IF_ERROR(CheckNumber(DirectoryOf(path), *metadata));
  return metadata;
}

Result<std::vector<CheckpointInfo>> DirectoryStorage::List() {
  std::vector<CheckpointInfo> list;
  const std::vector<uint64_t> completed = TRY(Completed());
  const std::set<uint64_t> passed = TRY(PassedOver(completed));
  for (uint64_t id : completed) {
    if (!passed.contains(id)) list.push_back(TRY(InfoOf(files_, directory_, id)));
  }
  return list;
}

Result<CheckpointMetadata> DirectoryStorage::Load(const std::string& path) {
  const bool names_file = path.ends_with("/_metadata");
  const std::string chk = names_file ? DirectoryOf(path) : path;
  WEIR_FAULT_POINT("recovery.before_load");
  CheckpointMetadata metadata = TRY(ReadMetadata(JoinPath(chk, "_metadata")));
  const std::unique_ptr<HeldDirectory> job =
      TRY(HoldFiles(files_, DirectoryOf(chk), metadata.inlined));
  // A store answers many requests at once, a disk is faster with one.
  const size_t at_once = files_.Renames(DirectoryOf(chk)) ? 1 : kRequestsAtOnce;
  RETURN_IF_ERROR(ForEachOn(at_once, metadata.files.size(), [&](size_t i) -> Status {
    return VerifyFile(*job, metadata.files[i]).WithContext(DirectoryOf(chk));
  }));
  WEIR_FAULT_POINT("recovery.after_load");
  return metadata;
}

// The metadata comes first, so that no crash leaves a checkpoint that looks complete.
Status DirectoryStorage::DropCheckpoint(uint64_t id) {
  WEIR_FAULT_POINT("checkpoint.before_drop");
  RETURN_IF_ERROR(files_.Remove(MetadataPath(id)));
  RETURN_IF_ERROR(files_.SyncDirectory(ChkPath(id)));
  WEIR_FAULT_POINT("checkpoint.after_drop_metadata");
  return files_.RemoveRecursively(ChkPath(id));
}

// Mark and sweep: files that a kept checkpoint lists stay. Of the others, `candidates` (those of
// dropped checkpoints) are removed, or with `orphans` all.
Status DirectoryStorage::SweepShared(const std::vector<uint64_t>& kept,
                                     const std::set<std::string>& candidates, bool orphans) {
  std::set<std::string> marked;
  const std::set<uint64_t> passed = TRY(PassedOver(kept));
  for (uint64_t id : kept) {
    // A checkpoint that cannot be read may need any file, so nothing is swept. One that was passed
    // over needs none, but files that nobody lists may be a part of it, and stay with it.
    const Result<CheckpointMetadata> metadata = ReadMetadata(MetadataPath(id));
    const bool damaged = !metadata.ok() && metadata.status().code() == StatusCode::kCorruption;
    if (damaged && !passed.contains(id)) return {};
    if (damaged) {
      orphans = false;
      continue;
    }
    if (!metadata.ok()) return metadata.status();
    for (const StateFile& file : metadata->files) marked.insert(file.path);
  }
  const std::unique_ptr<HeldDirectory> job = TRY(files_.Hold(directory_));
  const bool renames = files_.Renames(directory_);
  std::vector<std::string> unused;  // in a store many are removed by one request
  for (const FileInfo& entry : TRY(files_.List(Path("shared")))) {
    const std::string relative = "shared/" + FileName(entry.path);
    if (marked.contains(relative) && !DefectPlanted("shared-file-removed")) continue;
    if (!orphans && !candidates.contains(relative)) continue;
    WEIR_FAULT_POINT("checkpoint.before_sweep");
    if (renames) RETURN_IF_ERROR(job->Remove(relative));
    if (!renames) unused.push_back(relative);
  }
  return unused.empty() ? Status() : job->RemoveAll(unused);
}

Status DirectoryStorage::Retain(size_t retained, const std::vector<uint64_t>& in_flight) {
  const std::vector<uint64_t> completed = TRY(Completed());
  const std::set<uint64_t> passed = TRY(PassedOver(completed));
  std::vector<uint64_t> kept = completed;
  std::erase_if(kept, [&](uint64_t id) { return passed.contains(id); });
  // While a checkpoint is in flight, the newest completed one stays whatever `retained` says: the
  // one in flight shares files with it, and no metadata names them yet.
  if (!in_flight.empty()) retained = std::max<size_t>(retained, 1);
  const size_t drops = kept.size() - std::min(kept.size(), retained);
  std::vector<uint64_t> dropped(kept.begin(), kept.begin() + static_cast<ptrdiff_t>(drops));
  kept.erase(kept.begin(), kept.begin() + static_cast<ptrdiff_t>(drops));
  std::set<std::string> candidates;
  std::erase_if(dropped,
                [&](uint64_t id) { return std::ranges::find(in_flight, id) != in_flight.end(); });
  for (uint64_t id : dropped) {
    const Result<CheckpointMetadata> metadata = ReadMetadata(MetadataPath(id));
    if (!metadata.ok()) continue;  // what it listed stays until nothing is in flight
    for (const StateFile& file : metadata->files) candidates.insert(file.path);
  }
  // The pointer must never name a checkpoint that does not exist.
  if (kept.empty() && drops > 0) {
    RETURN_IF_ERROR(files_.Remove(Path("LATEST")));
    RETURN_IF_ERROR(files_.SyncDirectory(directory_));
  }
  for (uint64_t id : dropped) RETURN_IF_ERROR(DropCheckpoint(id));
  kept.insert(kept.end(), passed.begin(), passed.end());
  // While a checkpoint is in flight, shared/ may hold files that no metadata lists yet.
  return SweepShared(kept, candidates, in_flight.empty() && uncertain_.empty());
}

Status DirectoryStorage::Abort(uint64_t checkpoint_id) {
  if (uncertain_.contains(checkpoint_id)) return {};
  const NumberFileFacts latest = TRY(Pointer());
  if (latest.state == NumberFileState::kWhole && latest.number == checkpoint_id) return {};
  // Nobody can say whether a broken pointer named it.
  const bool unknown = latest.state == NumberFileState::kBroken;
  if (unknown && files_.Stat(MetadataPath(checkpoint_id)).ok()) return {};
  if (!files_.Stat(ChkPath(checkpoint_id)).ok()) return {};
  return DropCheckpoint(checkpoint_id);
}

Result<uint64_t> DirectoryStorage::NextCheckpointId() {
  const std::string path = Path("NEXT-ID");
  // A broken file says nothing: then existing directories and known_ decide.
  const NumberFileFacts saved = TRY(ReadNumber(files_, path, kNextIdMagic));
  const bool alone = DefectPlanted("next-id-alone");
  uint64_t next = std::max(alone ? 1 : known_.least_id, saved.number);
  // The number is beyond all that exist, even in a directory that was restored from a copy, whose
  // NEXT-ID may be older than its checkpoints.
  for (uint64_t id : TRY(CheckpointNumbers(files_, directory_))) {
    if (!alone) next = std::max(next, id + 1);
  }
  RETURN_IF_ERROR(WriteFileAtomically(files_, path, NumberFile(kNextIdMagic, next + 1)));
  return next;
}

}  // namespace

Result<std::unique_ptr<CheckpointStorage>> MakeCheckpointStorage(FileSystem& files,
                                                                 std::string directory,
                                                                 const KnownNumbers& known,
                                                                 uint64_t inline_bytes) {
  auto storage =
      std::make_unique<DirectoryStorage>(files, std::move(directory), known, inline_bytes);
  RETURN_IF_ERROR(storage->Open());
  return std::unique_ptr<CheckpointStorage>(std::move(storage));
}

Result<CheckpointMetadata> ReadCheckpoint(FileSystem& files, const std::string& path) {
  // The storage is not opened: that would remove what no checkpoint lists, and the directory may
  // belong to another installation.
  return DirectoryStorage(files, "", {}, 0).Load(path);
}

}  // namespace weir::state
