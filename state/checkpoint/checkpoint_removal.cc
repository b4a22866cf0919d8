// Removes one checkpoint of a job that is not running and may belong to another user. Only what its
// metadata lists is removed, by paths that contain no symbolic link.
#include <algorithm>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/fault_point.h"
#include "state/checkpoint/backends.h"
#include "state/checkpoint/checkpoint_directory.h"
#include "state/checkpoint/metadata_file.h"
#include "state/files/checkpoint_files.h"

namespace weir::state {
namespace {

using checkpoint::NumberFileFacts;
using checkpoint::NumberFileState;

// What the other checkpoints of a directory need.
struct Others {
  std::vector<uint64_t> ids;  // ascending
  std::set<std::string> files;
  bool readable = true;  // whether all could be read; one that could not may need any file
};

class Removal {
 public:
  Removal(FileSystem& files, HeldDirectory& held, std::string directory, uint64_t id)
      : files_(files),
        held_(held),
        directory_(std::move(directory)),
        id_(id),
        own_(CheckpointPath("", id)) {}

  Status Run() {
    const NumberFileFacts latest = TRY(ReadNumber(held_, "LATEST", kPointerMagic));
    const bool known = latest.state == NumberFileState::kWhole;
    if (known && id_ > latest.number) return {};
    const Result<CheckpointMetadata> metadata = Metadata(id_);
    if (!metadata.ok()) {
      const bool gone = metadata.status().code() == StatusCode::kNotFound;
      return gone ? Status() : Status(metadata.status());
    }
    const Others others = TRY(FindOthers(known ? latest.number : UINT64_MAX));
    RETURN_IF_ERROR(MovePointer(others));
    RETURN_IF_ERROR(RemoveOwn(*metadata));
    return others.readable ? Sweep(*metadata, others) : Status();
  }

 private:
  Result<CheckpointMetadata> Metadata(uint64_t id) const {
    return ReadMetadata(held_, MetadataPath("", id));
  }

  Result<Others> FindOthers(uint64_t newest) const {
    Others others;
    for (const uint64_t id : TRY(CheckpointNumbers(files_, directory_))) {
      if (id == id_ || id > newest) continue;
      const Result<CheckpointMetadata> metadata = Metadata(id);
      if (metadata.status().code() == StatusCode::kNotFound) continue;
      others.ids.push_back(id);
      others.readable = others.readable && metadata.ok();
      if (!metadata.ok()) continue;
      for (const StateFile& file : metadata->files) others.files.insert(file.path);
    }
    return others;
  }

  // The pointer must never name a checkpoint that does not exist.
  Status MovePointer(const Others& others) {
    if (!others.ids.empty() && others.ids.back() > id_) return {};
    if (others.ids.empty()) {
      RETURN_IF_ERROR(held_.Remove("LATEST"));
      return held_.Sync();
    }
    // Removed first, so that nothing is written to whatever another user may have put there.
    RETURN_IF_ERROR(held_.Remove("LATEST.tmp"));
    return WriteFileAtomically(files_, JoinPath(directory_, "LATEST"),
                               NumberFile(kPointerMagic, others.ids.back()));
  }

  // The metadata comes first, so that no crash leaves a checkpoint that looks complete.
  Status RemoveOwn(const CheckpointMetadata& metadata) {
    WEIR_FAULT_POINT("checkpoint.before_drop");
    RETURN_IF_ERROR(held_.Remove(own_ + "/_metadata"));
    RETURN_IF_ERROR(files_.SyncDirectory(JoinPath(directory_, own_)));
    WEIR_FAULT_POINT("checkpoint.after_drop_metadata");
    if (DefectPlanted("claimed-directory-removed"))
      return files_.RemoveRecursively(JoinPath(directory_, own_));
    for (const StateFile& file : metadata.files) {
      if (file.path.starts_with(own_ + "/")) RETURN_IF_ERROR(Remove(file.path));
    }
    held_.RemoveDirectory(own_).ok();  // other things in it are not part of the checkpoint
    return {};
  }

  Status Sweep(const CheckpointMetadata& metadata, const Others& others) {
    for (const StateFile& file : metadata.files) {
      if (others.files.contains(file.path) || file.path.starts_with(own_ + "/")) continue;
      WEIR_FAULT_POINT("checkpoint.before_sweep");
      RETURN_IF_ERROR(Remove(file.path));
    }
    return {};
  }

  // Leaves everything that does not look like a checkpoint's files, as it belongs to somebody else.
  Status Remove(const std::string& path) {
    Status removed = held_.Remove(path);
    return removed.code() == StatusCode::kCorruption ? Status() : std::move(removed);
  }

  FileSystem& files_;
  HeldDirectory& held_;
  const std::string directory_;
  const uint64_t id_;
  const std::string own_;  // "chk-12"
};

}  // namespace

Status RemoveCheckpoint(FileSystem& files, const std::string& path) {
  const std::string chk = path.ends_with("/_metadata") ? DirectoryOf(path) : path;
  const std::string name = chk.substr(chk.rfind('/') + 1);
  const std::string_view prefix = "chk-";
  const auto id = name.starts_with(prefix)
                      ? ParseNumber(std::string_view(name).substr(prefix.size()))
                      : std::nullopt;
  if (!id) {
    return Status(StatusCode::kInvalidArgument, "this is no checkpoint's directory: " + path)
        .WithId("E7004");
  }
  if (!files.Stat(chk).ok()) return {};
  const std::string directory = DirectoryOf(chk);
  const std::unique_ptr<HeldDirectory> held = TRY(files.Hold(directory));
  return Removal(files, *held, directory, *id).Run();
}

}  // namespace weir::state
