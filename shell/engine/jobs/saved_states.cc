#include "shell/engine/jobs/saved_states.h"

#include <algorithm>

#include "runtime/base/local_path.h"
#include "shell/engine/jobs/stored_path.h"
#include "state/checkpoint/savepoints.h"

namespace weir::shell {

Result<std::shared_ptr<const CheckpointMetadata>> SavedStates::Metadata(
    const std::string& said) const {
  const std::string path = state::DirectoryNamed(said);
  const bool live = IsLive(path);
  CheckpointMetadata metadata;
  if (live || TRY(snapshots_.ReadingKey(path)).empty()) {
    metadata = TRY(state::ReadSnapshotMetadata(*ports_.files, path));
    if (!live) RETURN_IF_ERROR(snapshots_.CheckTables(metadata, path));
  } else {
    metadata = TRY(snapshots_.Read(path));
  }
  return std::make_shared<const CheckpointMetadata>(std::move(metadata));
}

Result<std::string> SavedStates::Scratch() const {
  return registry_.directory().QueryDirectory("state-" + NewJobId());
}

Result<std::shared_ptr<state::SnapshotRecords>> SavedStates::Records(
    const CheckpointMetadata& metadata) const {
  return std::shared_ptr<state::SnapshotRecords>(
      TRY(state::OpenRecords(*ports_.files, metadata, TRY(Scratch()))));
}

Result<state::StateScan> SavedStates::Open(const std::string& path, std::string uid,
                                           std::string table) const {
  state::StateScan scan;
  scan.metadata = TRY(Metadata(path));
  scan.records = TRY(Records(*scan.metadata));
  scan.uid = std::move(uid);
  scan.table = std::move(table);
  return scan;
}

Result<std::unique_ptr<Source>> SavedStates::Open(const graph::ScanSpec& scan) {
  const auto option = [&](std::string_view key) {
    return std::string(graph::OptionValue(scan.options, key));
  };
  const auto path = [&](std::string_view key) -> Result<std::string> {
    return AbsolutePath(TRY(FilePath(option(key))));
  };
  const std::string uid = option(connectors::kStateUidOption);
  const std::string table = option(connectors::kStateTableOption);
  state::StateScan now = TRY(Open(TRY(path(connectors::kStatePathOption)), uid, table));
  now.primary_key = option(connectors::kStateKeyOption);
  if (option(connectors::kStateBeforeOption).empty())
    return state::MakeStateSource(std::move(now), scan);
  state::StateScan before = TRY(Open(TRY(path(connectors::kStateBeforeOption)), uid, table));
  return state::MakeDifferenceSource(std::move(before), std::move(now), scan);
}

Result<std::string> SavedStates::NewLive() {
  std::string path = AbsolutePath(TRY(Scratch()));
  const MutexLock lock(mutex_);
  live_.insert(path);
  return path;
}

bool SavedStates::IsLive(std::string_view path) const {
  const MutexLock lock(mutex_);
  return std::ranges::any_of(live_,
                             [&](const std::string& live) { return path.starts_with(live + "/"); });
}

void SavedStates::Forget(const std::string& live) {
  ports_.files->RemoveRecursively(live).ok();
  const MutexLock lock(mutex_);
  live_.erase(live);
}

}  // namespace weir::shell
