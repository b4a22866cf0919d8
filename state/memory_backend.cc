// State that lives in memory only and is written whole by every checkpoint.
#include <fmt/format.h>

#include <map>
#include <mutex>
#include <utility>

#include "runtime/base/bytes.h"
#include "runtime/base/hash.h"
#include "runtime/fault_point.h"
#include "state/backend_core.h"
#include "state/checkpoint_files.h"
#include "state/memory_snapshot.h"
#include "state/state_moves.h"

namespace weir::state {
namespace {

class MemoryBackend final : public BackendCore {
 public:
  explicit MemoryBackend(BackendOptions options) : BackendCore(std::move(options), true) {}

  Status Open();
  Result<std::vector<StateFile>> Persist(uint64_t checkpoint_id,
                                         std::vector<std::unique_ptr<EpochPart>> parts) override;
  // Every snapshot carries everything, so nothing of an aborted one is missed.
  void Abandon(std::vector<std::unique_ptr<EpochPart>>) override {}

  Result<std::unique_ptr<DiskTable>> OpenDisk(const std::string&, const TaskContext&) override {
    return std::unique_ptr<DiskTable>();
  }
  Status VisitSaved(
      const std::string& family, KeyGroupRange groups,
      const std::function<Status(std::string_view key, std::string_view value)>& visit) override;

 private:
  std::map<std::string, RecordSet> saved_;  // constant once the backend is made
  std::mutex mutex_;                        // one Persist at a time
};

Status MemoryBackend::Open() {
  RETURN_IF_ERROR(CheckRestore("memory"));
  if (!options_.restore) return {};
  for (const StateFile& file : options_.restore->files) {
    const std::string bytes = TRY(ReadFile(*options_.files, RestorePath(file.path)));
    Result<MemorySnapshot> read = DecodeMemorySnapshot(bytes);
    if (!read.ok()) return std::move(read).status().WithContext(file.path);
    MemorySnapshot snapshot = *std::move(read);
    if (options_.restore->moves) MoveSnapshot(snapshot, *options_.restore->moves);
    bookkeeping_.merge(snapshot.bookkeeping);
    for (auto& [family, rows] : snapshot.rows) {
      const auto [place, first] = saved_.try_emplace(family, std::move(rows));
      if (first) continue;  // else: a table in several files
      for (size_t i = 0; i < rows.size(); ++i) place->second.Append(rows[i]);
    }
  }
  return {};
}

Status MemoryBackend::VisitSaved(
    const std::string& family, KeyGroupRange groups,
    const std::function<Status(std::string_view key, std::string_view value)>& visit) {
  const auto rows = saved_.find(family);
  if (rows == saved_.end()) return {};
  for (size_t i = 0; i < rows->second.size(); ++i) {
    const RecordSet::Record record = rows->second[i];
    if (record.key.size() < 2) return Status::Corruption("a saved row has a short key");
    if (!groups.Contains(LoadBig16(record.key.data()))) continue;
    RETURN_IF_ERROR(visit(record.key, record.value));
  }
  return {};
}

Result<std::vector<StateFile>> MemoryBackend::Persist(
    uint64_t checkpoint_id, std::vector<std::unique_ptr<EpochPart>> parts) {
  const std::lock_guard lock(mutex_);
  MemorySnapshot snapshot;
  for (const auto& part : parts) {
    const auto& mine = static_cast<const TaskPart&>(*part);
    for (const auto& [key, value] : mine.bookkeeping) {
      if (value) snapshot.bookkeeping[key] = *value;
    }
    for (const TablePart& table : mine.tables) {
      RecordSet& rows = snapshot.rows[table.family];
      for (size_t i = 0; i < table.records.size(); ++i) {
        if (!table.records[i].deleted) rows.Append(table.records[i]);
      }
    }
  }
  const std::string bytes = EncodeMemorySnapshot(snapshot);
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
