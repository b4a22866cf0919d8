// Executes the statements of one user, one at a time: in this process (LocalSession of
// shell/engine/engine.h), or in the one that has the data directory open (shell/client). Shells and
// scripts see no difference.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "conf/settings.h"
#include "runtime/base/source_span.h"
#include "runtime/task/job_snapshot.h"
#include "shell/engine/jobs/job_record.h"
#include "shell/engine/jobs/job_request.h"
#include "shell/engine/session/answer.h"
#include "shell/engine/session/query_view.h"

namespace weir::shell {

// A job or query as it is at a moment. A plain value.
struct JobNow {
  std::string start;  // StartOf its record
  std::string name;   // "" for a query
  bool bounded = true;
  RecordedState recorded = RecordedState::kRunning;
  task::JobSnapshot snapshot;
  std::shared_ptr<const SourceText> source;  // of the spans of its failure; null: not known
  bool forgets = false;                      // of StopJobs: its checkpoints go with this process
};

// What whoever executes statements is told while one of them runs, and says about where it is from.
// The functions may be empty; all but transfer_progress are called by the thread that executes.
struct StatementHooks {
  // The file that the next statements are from, for the places of errors; "" for none.
  std::string file;
  // Called from time to time while a statement waits for a job, with its start; and, for progress
  // lines, with how far it is.
  std::function<void(std::string_view start)> waiting;
  std::function<void(const JobNow&)> progress;
  // Called with a line of progress while a statement transfers bytes (SAVEPOINT, RESTORE): one call
  // at a time, from any thread.
  std::function<void(const std::string&)> transfer_progress;
  // Shows a part of the answer before the statement does something that may fail: the table of
  // RESTORE JOB.
  std::function<void(const Answer&)> preface;
  // Asks whoever sits at the terminal; null where nobody does.
  std::function<bool(const std::string& question)> ask;
  // The job whose failure is the error of the last statement; nothing if it had another error or
  // none.
  std::optional<JobNow> failed_job;
};

// A job that is not running and can go on, and what to type for that.
struct SuspendedJob {
  std::string name;
  std::string ways_on;
};

// Kinds of names that can be completed.
enum class Named : uint8_t {
  kRelations,
  kJobs,
  kSavepoints,
  kDatabases,
  kCatalogs,
  kFunctions,  // those of users that a name without a database finds
};

// Used by one thread; RequestCancel may be called by any, and from a signal handler.
class EngineSession {
 public:
  EngineSession() = default;
  virtual ~EngineSession() = default;
  EngineSession(const EngineSession&) = delete;
  EngineSession& operator=(const EngineSession&) = delete;

  // Executes the statement in `part` of `script`, in which spans of errors count. The rows of a
  // SELECT go to `view` as they come or, if the view wants the final table, into the answer's
  // table.
  virtual Result<Answer> Execute(std::string_view script, SourceSpan part, QueryView& view) = 0;
  // SplitScript of planner/parse/parse.h, which RequestCancel ends as well.
  Result<std::vector<SourceSpan>> Split(std::string_view script);

  // Ends a SELECT or a WAIT that Execute is running: kCancelled E8001.
  virtual void RequestCancel() { cancel_.store(true, std::memory_order_relaxed); }
  virtual void ClearCancel() { cancel_.store(false, std::memory_order_relaxed); }

  virtual const conf::Settings& settings() = 0;
  virtual StatementHooks& hooks() = 0;

  // The process whose engine this is; nothing if it is this one. Jobs run on there.
  virtual std::optional<int64_t> owner() const = 0;
  // The session's jobs that have failed, and those that have ended in any way, in the order of
  // their starts. A guest's are those that it started; the owner's all that are of no guest who is
  // still there.
  virtual std::vector<JobNow> FailedJobs() = 0;
  virtual std::vector<JobNow> EndedJobs() = 0;
  // The names of the jobs that run.
  virtual Result<std::vector<std::string>> RunningJobs() = 0;
  // How many jobs run in the process, whosever they are.
  virtual size_t RunningInProcess() = 0;
  // Waits until the job that began first of those that run has ended, or for RequestCancel: false.
  // True when none runs.
  virtual Result<bool> AwaitJob() = 0;
  // Stops what runs in the process with a last checkpoint; `stopped` is what became of it.
  // REQUIRES: !owner().
  virtual Status StopJobs(std::vector<JobNow>& stopped) = 0;
  // Brings the records of jobs that have ended to the disk.
  virtual Status RecordEndings() = 0;

  // The suspended jobs of the data directory.
  virtual Result<std::vector<SuspendedJob>> SuspendedJobs() = 0;
  // What jobs and queries of the engine did so far, by name.
  virtual std::map<std::string, uint64_t> Totals() = 0;
  // For completion: what statements may name, and the columns of the tables and views that have one
  // of these names, in any case, or are files in quotes ("'data/*.csv'"). Whatever cannot be read
  // has no names; a statement says why.
  virtual std::vector<std::string> Names(Named what) = 0;
  virtual std::vector<std::string> ColumnsOf(const std::vector<std::string>& relations) = 0;

 protected:
  std::atomic<bool>& cancel() { return cancel_; }
  // The flag that ends this thread's work on a statement, unless that defect is planted.
  const std::atomic<bool>& CancelUnless(std::string_view defect) const;

 private:
  std::atomic<bool> cancel_{false};
};

}  // namespace weir::shell
