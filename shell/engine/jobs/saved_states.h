// Tables of state (STATE OF …, the `savepoint` connector) of the snapshots that may be read.
#pragma once

#include <memory>
#include <set>
#include <string>
#include <string_view>

#include "runtime/connectors/state_tables.h"
#include "runtime/mutex.h"
#include "shell/engine/jobs/job_registry.h"
#include "shell/engine/jobs/running_job.h"
#include "shell/engine/jobs/snapshot_reader.h"
#include "state/reading/state_source.h"

namespace weir::shell {

// Reading verifies a snapshot's metadata, and then each block that a query comes to. With a key
// file all of a signed snapshot is verified first, since only whole files are signed. Tables of
// RocksDB from elsewhere are first read through by another process (SnapshotReader::CheckTables).
//
// Thread-safe; everything it is made from outlives it.
class SavedStates final : public connectors::StateTables {
 public:
  SavedStates(const EnginePorts& ports, const JobRegistry& registry,
              const SnapshotReader& snapshots)
      : ports_(ports), registry_(registry), snapshots_(snapshots) {}

  // The metadata of the snapshot at `path`, its directory or _metadata; absolute.
  Result<std::shared_ptr<const CheckpointMetadata>> Metadata(const std::string& path) const;
  // Opens the records of all of a snapshot's operators; each block is verified when it is read.
  Result<std::shared_ptr<state::SnapshotRecords>> Records(const CheckpointMetadata& metadata) const;
  // Reads the metadata and opens the records of one table of one operator.
  Result<state::StateScan> Open(const std::string& path, std::string uid, std::string table) const;
  Result<std::unique_ptr<Source>> Open(const graph::ScanSpec& scan) override;

  // A directory for the state of a running job while it is read: what is in it is trusted, and is
  // removed by Forget.
  Result<std::string> NewLive();
  bool IsLive(std::string_view path) const;
  // What cannot be removed stays for the next process.
  void Forget(const std::string& live);

 private:
  Result<std::string> Scratch() const;

  const EnginePorts& ports_;
  const JobRegistry& registry_;
  const SnapshotReader& snapshots_;
  mutable Mutex mutex_;
  std::set<std::string> live_ WEIR_GUARDED_BY(mutex_);
};

}  // namespace weir::shell
