// When jobs that replace the rows of their tables run again: those of materialized tables with
// REFRESH_MODE = FULL. What is on the schedule is in the records of these jobs, so that it outlives
// the process: a record with 'execution.refresh-interval' whose job has ended by itself is due that
// long after it began.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <string>

#include "runtime/clock.h"
#include "runtime/mutex.h"
#include "runtime/thread.h"
#include "shell/engine/jobs/job_record.h"

namespace weir::shell {

inline constexpr std::string_view kRefreshIntervalKey = "execution.refresh-interval";

// How long after its beginning a job begins again; 0 for one that does not.
int64_t RefreshMillis(const JobRecord& record);

// What became of a run that was due.
enum class RefreshOutcome : uint8_t {
  kBegun,  // or it could not begin, of which the user was told: the next one may
  kBusy,   // the one before runs still
  kGone,   // the job is not to run any more
};

// Thread-safe. Has a thread once there is something to wait for.
class RefreshSchedule {
 public:
  // `run` begins a run of the job of this name; the schedule's own thread calls it.
  RefreshSchedule(const Clock& clock, std::function<RefreshOutcome(const std::string&)> run)
      : clock_(clock), run_(std::move(run)) {}
  // As Close().
  ~RefreshSchedule() { Close(); }
  RefreshSchedule(const RefreshSchedule&) = delete;
  RefreshSchedule& operator=(const RefreshSchedule&) = delete;

  // The job of this record has begun, now or by its `started_millis`: puts it on the schedule. Does
  // nothing for a job that does not begin again, and after Close. E4006 without a thread.
  Status Note(const JobRecord& record);
  // Ends the schedule, and waits for a run that is about to begin.
  void Close();

 private:
  struct Entry {
    int64_t interval_nanos = 0;
    int64_t due_nanos = 0;  // of the clock that never goes back
  };
  void Keep();

  const Clock& clock_;
  const std::function<RefreshOutcome(const std::string&)> run_;
  Mutex mutex_;
  ConditionVariable changed_;
  std::map<std::string, Entry> entries_ WEIR_GUARDED_BY(mutex_);  // by the job's name
  bool closed_ WEIR_GUARDED_BY(mutex_) = false;
  bool started_ WEIR_GUARDED_BY(mutex_) = false;
  Mutex thread_mutex_;
  Thread thread_ WEIR_GUARDED_BY(thread_mutex_);
};

}  // namespace weir::shell
