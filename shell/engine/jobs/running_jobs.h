// The jobs of this process, and what all of them have done so far.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/mutex.h"
#include "shell/engine/jobs/running_job.h"

namespace weir::shell {

// Thread-safe. A job is counted once in the totals, whether it is here or was removed.
class RunningJobs {
 public:
  void Add(RunningJobPtr job);
  // Removes the jobs of this id and returns them. Whoever still looks at one sees how it ended.
  std::vector<RunningJobPtr> Remove(const std::string& job_id);
  // All of them, those that have ended included, in the order of their starts.
  std::vector<RunningJobPtr> All() const;
  // Those that have not ended.
  std::vector<RunningJobPtr> NotEnded() const;
  // The one of this name, in any case, that has not ended; null for none.
  RunningJobPtr Named(std::string_view name) const;
  // Adds a query that has ended to the totals: queries are never part of the list.
  void CountQuery(const RunningJob& query);
  // What jobs and queries have done, by name: "rows", "checkpoints", "restores", …
  std::map<std::string, uint64_t> Totals() const;

 private:
  mutable Mutex mutex_;
  std::vector<RunningJobPtr> jobs_ WEIR_GUARDED_BY(mutex_);
  // Of what is not in jobs_.
  std::map<std::string, uint64_t> totals_ WEIR_GUARDED_BY(mutex_);
};

}  // namespace weir::shell
