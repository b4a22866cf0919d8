// Where the checkpoints of a job are, and what a start would find there.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "conf/settings.h"
#include "runtime/checkpoint/recovery.h"
#include "runtime/file_system.h"
#include "shell/engine/jobs/data_directory.h"

namespace weir::shell {

// What a start of a job would go on from, and what that was decided on.
struct JobRecovery {
  checkpoint::RecoveryFacts facts;
  checkpoint::RecoveryDecision decision;
  bool moved = false;  // the place for new ones is not there, and the checkpoints are elsewhere
  // The number of the newest start that is known; the record may be older.
  uint64_t starts = 0;
  // Where the job's checkpoints are from that start on, as JobRecord has them.
  std::vector<std::string> places;
};

// Only looks. A view: what it is made from outlives it.
// Places are absolute and the job's own: <directory>/<job id>.
class CheckpointPlaces {
 public:
  CheckpointPlaces(FileSystem& files, const DataDirectory& directory)
      : files_(files), directory_(directory) {}

  // Of a job that is new.
  std::vector<std::string> New(const std::string& job_id, const conf::Settings& settings) const;
  // Of a recorded job: first the one that new ones go to.
  std::vector<std::string> Of(const JobRecord& record) const;
  // Of a recorded job that is started with these settings: the directory is fixed at the first
  // start, and what the option says counts for new checkpoints only where it says something new.
  // What it names today is looked into in any case.
  std::vector<std::string> For(const JobRecord& record, const conf::Settings& settings) const;
  JobRecovery Recovery(const JobRecord& record, const conf::Settings& settings) const;

 private:
  std::string Named(const std::string& said, const std::string& job_id) const;
  checkpoint::RecoveryFacts Observe(const JobRecord& record,
                                    const std::vector<std::string>& places) const;

  FileSystem& files_;
  const DataDirectory& directory_;
};

// In words: a directory of the job's tables has output of another job of its name that nobody has
// gone on from and `is_known` does not know, as when the data directory of before is not there. ""
// where there is none. Of a job that begins anew.
std::string OutputOfAnother(FileSystem& files, const JobRecord& record,
                            const std::function<bool(const std::string& job_id)>& is_known);

// Whether a job of this record must have checkpoints.
bool HadCheckpoints(const JobRecord& record);

}  // namespace weir::shell
