#include "state/checkpoint/metadata_copies.h"

#include <cstdint>
#include <limits>
#include <utility>

#include "state/checkpoint/backends.h"
#include "state/files/inlined_files.h"

namespace weir::state {
namespace {

class CopiedMetadata final : public CheckpointStorage {
 public:
  CopiedMetadata(FileSystem& files, std::unique_ptr<CheckpointStorage> storage, std::string place,
                 std::unique_ptr<CheckpointStorage> copies)
      : files_(files),
        storage_(std::move(storage)),
        place_(std::move(place)),
        copies_(std::move(copies)) {}

  Status Prepare(uint64_t checkpoint_id) override { return storage_->Prepare(checkpoint_id); }
  // The copy first: a copy without its checkpoint can be used like any other, but a checkpoint that
  // failed must not be found.
  Status Publish(const CheckpointMetadata& metadata, bool& uncertain) override {
    constexpr uint64_t kAny = std::numeric_limits<uint64_t>::max();
    CheckpointMetadata whole = metadata;
    RETURN_IF_ERROR(InlineFiles(files_, place_, kAny, kAny, whole));
    RETURN_IF_ERROR(copies_->Publish(whole, uncertain));
    return storage_->Publish(metadata, uncertain);
  }
  Result<std::vector<CheckpointInfo>> List() override { return storage_->List(); }
  Result<CheckpointMetadata> Load(const std::string& path) override { return storage_->Load(path); }
  Status Retain(size_t retained, const std::vector<uint64_t>& in_flight) override {
    RETURN_IF_ERROR(storage_->Retain(retained, in_flight));
    return copies_->Retain(retained, in_flight);
  }
  Status Abort(uint64_t checkpoint_id) override {
    RETURN_IF_ERROR(storage_->Abort(checkpoint_id));
    return copies_->Abort(checkpoint_id);
  }
  Result<uint64_t> NextCheckpointId() override { return storage_->NextCheckpointId(); }

 private:
  FileSystem& files_;
  const std::unique_ptr<CheckpointStorage> storage_;
  const std::string place_;
  const std::unique_ptr<CheckpointStorage> copies_;
};

}  // namespace

Result<std::unique_ptr<CheckpointStorage>> CopyMetadata(FileSystem& files,
                                                        std::unique_ptr<CheckpointStorage> storage,
                                                        std::string place, std::string copies) {
  std::unique_ptr<CheckpointStorage> written =
      TRY(MakeCheckpointStorage(files, std::move(copies), {}));
  return std::unique_ptr<CheckpointStorage>(std::make_unique<CopiedMetadata>(
      files, std::move(storage), std::move(place), std::move(written)));
}

}  // namespace weir::state
