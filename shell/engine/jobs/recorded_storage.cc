#include "shell/engine/jobs/recorded_storage.h"

#include <utility>

#include "runtime/fault_point.h"

namespace weir::shell {
namespace {

// So many numbers are recorded as given at once, so that not every checkpoint writes the record. A
// crash leaves a gap of at most this many.
constexpr uint64_t kNumbersAhead = 32;

class RecordedStorage final : public CheckpointStorage {
 public:
  RecordedStorage(std::unique_ptr<CheckpointStorage> storage, NoteNumbers note)
      : storage_(std::move(storage)), note_(std::move(note)) {}

  Status Prepare(uint64_t checkpoint_id) override { return storage_->Prepare(checkpoint_id); }
  Status Publish(const CheckpointMetadata& metadata, bool& uncertain) override {
    RETURN_IF_ERROR(storage_->Publish(metadata, uncertain));
    if (DefectPlanted("record-forgets-checkpoints")) return {};
    WEIR_FAULT_POINT("checkpoint.before_note");
    Status noted = note_(metadata.checkpoint_id, given_);
    WEIR_FAULT_POINT("checkpoint.after_note");
    // The checkpoint is published although the record does not say so: its output must not be
    // committed before a later one is recorded.
    uncertain = !noted.ok();
    return noted;
  }
  Result<std::vector<CheckpointInfo>> List() override { return storage_->List(); }
  // A job that continues from a checkpoint commits the output that it promises. The checkpoint may
  // have been published by a process that died before it could record it, so it is recorded now.
  Result<CheckpointMetadata> Load(const std::string& path) override {
    CheckpointMetadata metadata = TRY(storage_->Load(path));
    if (!DefectPlanted("recovery-unnoted")) RETURN_IF_ERROR(note_(metadata.checkpoint_id, given_));
    return metadata;
  }
  Status Retain(size_t retained, const std::vector<uint64_t>& in_flight) override {
    return storage_->Retain(retained, in_flight);
  }
  Status Abort(uint64_t checkpoint_id) override { return storage_->Abort(checkpoint_id); }
  Result<uint64_t> NextCheckpointId() override {
    const uint64_t id = TRY(storage_->NextCheckpointId());
    if (id <= given_) return id;
    RETURN_IF_ERROR(note_(0, id + kNumbersAhead));
    given_ = id + kNumbersAhead;
    return id;
  }

 private:
  std::unique_ptr<CheckpointStorage> storage_;
  const NoteNumbers note_;
  uint64_t given_ = 0;
};

}  // namespace

std::unique_ptr<CheckpointStorage> RecordNumbers(std::unique_ptr<CheckpointStorage> storage,
                                                 NoteNumbers note) {
  return std::make_unique<RecordedStorage>(std::move(storage), std::move(note));
}

}  // namespace weir::shell
