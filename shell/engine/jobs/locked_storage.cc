#include "shell/engine/jobs/locked_storage.h"

#include "runtime/mutex.h"

namespace weir::shell {
namespace {

class LockedStorage final : public CheckpointStorage {
 public:
  explicit LockedStorage(std::unique_ptr<CheckpointStorage> storage)
      : storage_(std::move(storage)) {}

  Status Prepare(uint64_t checkpoint_id) override {
    const MutexLock lock(mutex_);
    return storage_->Prepare(checkpoint_id);
  }
  Status Publish(const CheckpointMetadata& metadata, bool& uncertain) override {
    const MutexLock lock(mutex_);
    return storage_->Publish(metadata, uncertain);
  }
  Result<std::vector<CheckpointInfo>> List() override {
    const MutexLock lock(mutex_);
    return storage_->List();
  }
  Result<CheckpointMetadata> Load(const std::string& path) override {
    const MutexLock lock(mutex_);
    return storage_->Load(path);
  }
  Status Retain(size_t retained, const std::vector<uint64_t>& in_flight) override {
    const MutexLock lock(mutex_);
    return storage_->Retain(retained, in_flight);
  }
  Status Abort(uint64_t checkpoint_id) override {
    const MutexLock lock(mutex_);
    return storage_->Abort(checkpoint_id);
  }
  Result<uint64_t> NextCheckpointId() override {
    const MutexLock lock(mutex_);
    return storage_->NextCheckpointId();
  }

 private:
  Mutex mutex_;
  const std::unique_ptr<CheckpointStorage> storage_ WEIR_POINTER_GUARDED_BY(mutex_);
};

}  // namespace

std::unique_ptr<CheckpointStorage> LockStorage(std::unique_ptr<CheckpointStorage> storage) {
  return std::make_unique<LockedStorage>(std::move(storage));
}

}  // namespace weir::shell
