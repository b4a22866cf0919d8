// State that lives in memory only and is written completely by every checkpoint: tasks hand over
// what has changed, and the backend brings it into an image of the whole state (memory_image.h). A
// job without periodic checkpoints hands everything over when one is asked for, and keeps no image
// meanwhile.
#include <fmt/format.h>

#include <utility>

#include "runtime/base/hash.h"
#include "runtime/fault_point.h"
#include "runtime/mutex.h"
#include "state/checkpoint/backend_core.h"
#include "state/checkpoint/memory_image.h"
#include "state/files/checkpoint_files.h"

namespace weir::state {
namespace {

class MemoryBackend final : public BackendCore {
 public:
  explicit MemoryBackend(BackendOptions options) : BackendCore(std::move(options), true) {}

  Status Open();
  Result<std::vector<StateFile>> Persist(uint64_t checkpoint_id,
                                         std::vector<std::unique_ptr<EpochPart>> parts) override;
  void Abandon(std::vector<std::unique_ptr<EpochPart>> parts) override;

  Result<std::unique_ptr<DiskTable>> OpenDisk(const std::string&, const TaskContext&) override {
    return std::unique_ptr<DiskTable>();
  }
  Status VisitSaved(
      const std::string& family, KeyGroupRange groups,
      const std::function<Status(std::string_view key, std::string_view value)>& visit) override;

 private:
  Status BringIn(std::vector<std::unique_ptr<EpochPart>> parts) WEIR_REQUIRES(mutex_);

  Mutex mutex_;
  MemoryImage image_ WEIR_GUARDED_BY(mutex_);
  PendingParts pending_ WEIR_GUARDED_BY(mutex_);
};

Status MemoryBackend::Open() {
  RETURN_IF_ERROR(CheckRestore("memory"));
  if (!options_.restore) return {};
  return VisitSnapshots([&](MemorySnapshot snapshot) -> Status {
    const MutexLock lock(mutex_);
    bookkeeping_.insert(snapshot.bookkeeping.begin(), snapshot.bookkeeping.end());
    return image_.Load(snapshot);
  });
}

Status MemoryBackend::VisitSaved(
    const std::string& family, KeyGroupRange groups,
    const std::function<Status(std::string_view key, std::string_view value)>& visit) {
  const MutexLock lock(mutex_);
  return image_.Visit(family, groups, visit);
}

Status MemoryBackend::BringIn(std::vector<std::unique_ptr<EpochPart>> parts) {
  if (!options_.checkpointing) {  // everything is in these parts
    image_.Clear();
    for (const auto& part : parts) image_.Apply(static_cast<const TaskPart&>(*part));
    return {};
  }
  pending_.Add(std::move(parts));
  RETURN_IF_ERROR(pending_.CheckComplete());
  for (const TaskPart* part : pending_.parts()) image_.Apply(*part);
  pending_.Persisted();  // in the image: if this file fails, the next one has them
  return {};
}

void MemoryBackend::Abandon(std::vector<std::unique_ptr<EpochPart>> parts) {
  if (!options_.checkpointing) return;
  const MutexLock lock(mutex_);
  pending_.Add(std::move(parts));
}

Result<std::vector<StateFile>> MemoryBackend::Persist(
    uint64_t checkpoint_id, std::vector<std::unique_ptr<EpochPart>> parts) {
  const MutexLock lock(mutex_);
  RETURN_IF_ERROR(BringIn(std::move(parts)));
  const std::string bytes = image_.Encode();
  StateFile file;
  file.path = fmt::format("chk-{}/state-0.bin", checkpoint_id);
  file.bytes = bytes.size();
  file.crc32c = Crc32c(0, bytes.data(), bytes.size());
  file.dirty_bytes = bytes.size();
  FileSystem& files = *options_.files;
  const std::string path = JoinPath(options_.checkpoint_directory, file.path);
  RETURN_IF_ERROR(files.CreateDirectories(DirectoryOf(path)));
  WEIR_FAULT_POINT("state.before_write");
  RETURN_IF_ERROR(WriteSyncedFile(files, path, bytes));
  WEIR_FAULT_POINT("state.after_write");
  RETURN_IF_ERROR(files.SyncDirectory(DirectoryOf(path)));
  RETURN_IF_ERROR(files.SyncDirectory(options_.checkpoint_directory));
  return std::vector<StateFile>{std::move(file)};
}

}  // namespace

Result<std::unique_ptr<StateBackend>> MakeMemoryBackend(BackendOptions options) {
  auto backend = std::make_unique<MemoryBackend>(std::move(options));
  RETURN_IF_ERROR(backend->Open());
  return std::unique_ptr<StateBackend>(std::move(backend));
}

}  // namespace weir::state
