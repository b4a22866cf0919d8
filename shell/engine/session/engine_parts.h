// What the sessions of an engine share: the jobs and the catalog of its data directory, and its
// memory.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "conf/settings.h"
#include "runtime/s3/s3_files.h"
#include "shell/engine/catalog/durable_catalog.h"
#include "shell/engine/jobs/job_registry.h"
#include "shell/engine/jobs/job_runner.h"
#include "shell/engine/jobs/refresh_schedule.h"
#include "shell/engine/jobs/saved_states.h"
#include "shell/engine/jobs/snapshot_reader.h"
#include "shell/engine/savepoints/savepoints.h"

namespace weir::shell {

// Thread-safe. Destroying it stops running jobs with a last checkpoint.
class EngineParts {
 public:
  // The ports outlive it.
  EngineParts(EnginePorts ports, std::unique_ptr<DataDirectory> directory);
  EngineParts(const EngineParts&) = delete;
  EngineParts& operator=(const EngineParts&) = delete;

  const EnginePorts& ports() const { return ports_; }
  // The jobs of the data directory: their records, those running here, and their savepoints.
  JobRegistry& registry() { return registry_; }
  const SnapshotReader& snapshots() const { return snapshots_; }
  SavedStates& states() { return states_; }
  JobRunner& jobs() { return jobs_; }
  JobHolds& holds() { return holds_; }
  Savepoints& savepoints() { return savepoints_; }
  // Whoever opens the parts says how a run begins before anything is on the schedule.
  RefreshSchedule& refreshes() { return refreshes_; }
  std::function<RefreshOutcome(const std::string&)> begin_refresh;
  // The permanent objects of the data directory.
  DurableCatalog& catalog() { return catalog_; }

  // Applies the options of the process to it and to what is running already.
  void ApplyOptions(const conf::Settings& settings);

 private:
  const std::shared_ptr<state::MemoryBudget> memory_;  // follows the settings
  // The files of the ports, and objects in stores; and those that are in memory, which the budget
  // counts.
  const std::unique_ptr<s3::ObjectFiles> objects_;
  const std::unique_ptr<FileSystem> files_;
  const EnginePorts ports_;
  JobRegistry registry_;
  DurableCatalog catalog_;
  SnapshotReader snapshots_;
  SavedStates states_;
  JobHolds holds_;
  JobRunner jobs_;
  Savepoints savepoints_;
  RefreshSchedule refreshes_;
};

// The memory for state when no limit is set: a part of what the machine or the control group has.
uint64_t DefaultMemoryLimit(FileSystem& files);
// Sets the mode of newly created files to 'state.file-mode'.
void ApplyFileMode(const conf::Settings& settings);

}  // namespace weir::shell
