#include "shell/engine/jobs/owned_snapshot.h"

#include <utility>

#include "state/checkpoint/backends.h"
#include "state/checkpoint/savepoints.h"

namespace weir::shell {
namespace {

class OwningStorage final : public CheckpointStorage {
 public:
  OwningStorage(std::unique_ptr<CheckpointStorage> storage, FileSystem& files, std::string path)
      : storage_(std::move(storage)), files_(files), path_(std::move(path)) {}

  Status Prepare(uint64_t checkpoint_id) override { return storage_->Prepare(checkpoint_id); }
  Status Publish(const CheckpointMetadata& metadata, bool& uncertain) override {
    return storage_->Publish(metadata, uncertain);
  }
  Result<std::vector<CheckpointInfo>> List() override { return storage_->List(); }
  Result<CheckpointMetadata> Load(const std::string& path) override { return storage_->Load(path); }
  Status Retain(size_t retained, const std::vector<uint64_t>& in_flight) override {
    RETURN_IF_ERROR(storage_->Retain(retained, in_flight));
    if (removed_ || TRY(storage_->List()).size() < retained) return {};
    RETURN_IF_ERROR(RemoveSnapshot(files_, path_));
    removed_ = true;
    return {};
  }
  Status Abort(uint64_t checkpoint_id) override { return storage_->Abort(checkpoint_id); }
  Result<uint64_t> NextCheckpointId() override { return storage_->NextCheckpointId(); }

 private:
  std::unique_ptr<CheckpointStorage> storage_;
  FileSystem& files_;
  const std::string path_;
  bool removed_ = false;
};

}  // namespace

Status RemoveSnapshot(FileSystem& files, const std::string& path) {
  const Result<CheckpointMetadata> metadata = state::ReadSnapshotMetadata(files, path);
  if (!metadata.ok()) {
    return metadata.status().code() == StatusCode::kNotFound ? Status() : metadata.status();
  }
  return metadata->kind == CheckpointKind::kSavepoint ? state::RemoveSavepoint(files, path)
                                                      : state::RemoveCheckpoint(files, path);
}

std::unique_ptr<CheckpointStorage> OwnSnapshot(std::unique_ptr<CheckpointStorage> storage,
                                               FileSystem& files, std::string path) {
  return std::make_unique<OwningStorage>(std::move(storage), files, std::move(path));
}

}  // namespace weir::shell
