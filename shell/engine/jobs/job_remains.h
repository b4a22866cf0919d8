// What a job leaves on disk besides its record, and how that is removed.
#pragma once

#include <string>
#include <vector>

#include "shell/engine/jobs/job_registry.h"

namespace weir::shell {

// What happened to the checkpoints of a job that was dropped.
struct RemovedCheckpoints {
  std::vector<std::string> elsewhere;  // places outside of the data directory that were removed
  // Files that were not removed because they are out of reach at the moment or behind a symbolic
  // link; one line each.
  std::vector<std::string> left;
};

// Thread-safe; the files and the registry outlive it. REQUIRES of every call: the caller holds the
// job's name (name_holds.h), and the job does not run.
class JobRemains {
 public:
  JobRemains(FileSystem& files, const JobRegistry& registry) : files_(files), registry_(registry) {}

  // Removes all checkpoints wherever they are, and the files that the job was writing.
  Result<RemovedCheckpoints> RemoveCheckpoints(const JobRecord& record) const;
  // What its sources have made elsewhere and nobody removes, for people; one line each. As the
  // newest checkpoint says it: to be asked before that is removed.
  std::vector<std::string> StaysElsewhere(const JobRecord& record) const;
  // Removes what runs of the job that were killed have left on disk beside its checkpoints: its
  // database, tables of lookups, and rows being sorted.
  Status RemoveLocal(const JobRecord& record) const;
  // Removes what savepoints that were killed had put aside to be written. REQUIRES: none of the job
  // is being written (JobHolds::saved).
  Status RemovePutAside(const JobRecord& record) const;
  // Removes the files that a job which has ended was writing, as nobody else does. Keeps what its
  // newest checkpoint promises, unless that is removed as well (`forgotten`).
  void RemoveOutputInProgress(const JobRecord& record, bool forgotten) const;

 private:
  FileSystem& files_;
  const JobRegistry& registry_;
};

}  // namespace weir::shell
