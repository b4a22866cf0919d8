// Finds the checkpoints of a job, and what a start of it would continue from.
#pragma once

#include <functional>
#include <map>
#include <string>
#include <vector>

#include "conf/settings.h"
#include "runtime/checkpoint/recovery.h"
#include "runtime/file_system.h"
#include "shell/engine/jobs/data_directory.h"
#include "state/checkpoint/checkpoint_directory.h"

namespace weir::shell {

// What a start of a job would continue from, and the facts behind that decision.
struct JobRecovery {
  checkpoint::RecoveryFacts facts;
  checkpoint::RecoveryDecision decision;
  bool moved = false;  // the place for new ones is missing, and the checkpoints are elsewhere
  // The number of the newest start that is known; the record may be older than that.
  uint64_t starts = 0;
  // The places of the job's checkpoints from that start on, as in JobRecord.
  std::vector<std::string> places;
};

// Reads only. A view: everything it is made from outlives it. Places are absolute and belong to the
// job: <directory>/<job id>, <directory> itself where that is for one job (checkpoint_owner.h), or
// memory://<job id> where they are kept in memory.
class CheckpointPlaces {
 public:
  CheckpointPlaces(FileSystem& files, const DataDirectory& directory)
      : files_(files), directory_(directory) {}

  // The places of a new job, of which there is no record yet.
  std::vector<std::string> New(const std::string& job_id, const conf::Settings& settings) const;
  // The places of a recorded job; the first is where new checkpoints go.
  std::vector<std::string> Of(const JobRecord& record) const;
  // Where the metadata of checkpoints in memory is also written, each with the contents of all its
  // files: below 'execution.checkpointing.dir', if the job says that. "": nowhere. No start goes on
  // from there by itself.
  std::string Copies(const JobRecord& record) const;
  // The places of a recorded job and of its copies that belong to this job alone.
  std::vector<std::string> Owned(const JobRecord& record) const;
  // For a recorded job that is started with these settings. The directory is fixed at the first
  // start; a new value of the option only decides where new checkpoints go. The directory that the
  // option names now is searched in any case.
  std::vector<std::string> For(const JobRecord& record, const conf::Settings& settings) const;
  // The prefix of paths that are kept beside the checkpoints while the job runs.
  std::string Beside(const JobRecord& record) const;
  // Where a savepoint's files are put aside until it is written.
  std::string PutAside(const JobRecord& record) const { return Beside(record) + ".savepoint"; }
  // Where what a run of the job keeps on disk goes that is no checkpoint: its database is in
  // "<this>.work", tables of lookups in "<this>.lookup", rows that are being sorted in
  // "<this>.sort". One of 'state.backend.rocksdb.localdir', where the record's options have that.
  std::string Local(const JobRecord& record) const;
  // All the paths that Local() may have given to earlier runs with the record's options, for
  // removal.
  std::vector<std::string> AllLocal(const JobRecord& record) const;
  // `damaged` are checkpoints that were read and found to be damaged, by their paths, and how;
  // without them, only metadata and the sizes of files are looked at.
  JobRecovery Recovery(const JobRecord& record, const conf::Settings& settings,
                       const std::map<std::string, std::string>& damaged = {}) const;
  // The same once every byte that the start would read was verified. It may take long.
  JobRecovery VerifiedRecovery(const JobRecord& record, const conf::Settings& settings) const;

 private:
  std::string Named(const std::string& said, bool subdirectory, const std::string& job_id) const;
  std::string WayToCopies(const JobRecord& record) const;
  std::string Wanted(const std::string& job_id, const conf::Settings& settings) const;
  checkpoint::RecoveryFacts Observe(const JobRecord& record,
                                    const std::vector<std::string>& places) const;
  checkpoint::RepeatedOutput Repeated(const JobRecord& record,
                                      const checkpoint::FallbackChain& chain) const;

  FileSystem& files_;
  const DataDirectory& directory_;
};

// Describes a directory of the job's tables that has output of another job with the same name which
// nobody continued: of an earlier run, or of a job that `is_known` does not know, as happens when
// the former data directory is missing. "" when there is none. To be asked for a job that begins
// anew.
std::string OutputOfAnother(FileSystem& files, const JobRecord& record,
                            const std::function<bool(const std::string& job_id)>& is_known);

// What the record knows about the job's checkpoints, in whatever directory.
state::KnownNumbers KnownOf(const JobRecord& record);

// Whether a job with this record must have checkpoints.
bool HadCheckpoints(const JobRecord& record);

}  // namespace weir::shell
