// The jobs of one data directory: started, continued, found by name, ended, remembered.
//
// A job has one record for its life, under an id of its own; its name is unique among those that
// did not finish. Start decides by name: no record, or one that has finished or was cancelled: a
// fresh start under a new id. An unfinished one with the same SQL and definitions: the same id goes
// on from its newest complete checkpoint. An unfinished one with others: refused.
//
//   record RUNNING ─┬─ Stop, StopAll ──────────▶ SUSPENDED ─ Start ─▶ RUNNING
//                   ├─ its process died ───────▶ still RUNNING on disk, listed as SUSPENDED
//                   ├─ no restart left ────────▶ FAILED    ─ Start ─▶ RUNNING
//                   ├─ end of input ───────────▶ FINISHED  ─ Start ─▶ a new job
//                   └─ Cancel ─────────────────▶ CANCELED  ─ Reopen ─▶ SUSPENDED, when
//                                                checkpoints were kept
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "conf/settings.h"
#include "runtime/connectors/registry.h"
#include "runtime/notices.h"
#include "runtime/task/job.h"
#include "shell/checkpoint_places.h"
#include "shell/data_directory.h"
#include "shell/job_listener.h"
#include "shell/job_request.h"
#include "shell/savepoint_list.h"
#include "shell/table_paths.h"
#include "state/memory_budget.h"
#include "state/savepoints.h"

namespace weir::shell {

// The outside of the engine, owned by whoever made it.
struct EnginePorts {
  FileSystem* files = nullptr;
  Clock* clock = nullptr;
  // Where `print` writes whole lines; thread-safe.
  Status (*print)(void* target, std::string_view lines) = nullptr;
  void* print_target = nullptr;
  JobListener* listener = nullptr;  // may be null
  // Reads a native savepoint of somebody else's, in `scratch`, where it does no harm
  // (foreign_tables.h). Null: it is believed.
  Status (*read_through)(const std::string& path, const std::string& scratch) = nullptr;
};

// One job of this process with everything that it uses. The members stand in the order of their
// lives: `job` uses all above it and goes first.
struct RunningJob {
  RunningJob() = default;
  RunningJob(const RunningJob&) = delete;
  RunningJob& operator=(const RunningJob&) = delete;
  // Ends the job, and removes its scratch directory.
  ~RunningJob();

  JobRecord record;
  std::shared_ptr<const SourceText> source;  // of the spans of its failures; null: not known
  bool bounded = true;
  expr::EvaluationContext evaluation;
  connectors::ConnectorContext connectors;
  std::unique_ptr<Notices> notices;
  std::unique_ptr<CheckpointStorage> storage;  // thread-safe
  std::unique_ptr<task::Job> job;
  bool continued = false;                 // a job that did not finish goes on …
  bool from_checkpoint = false;           // … from a checkpoint
  checkpoint::RecoveryDecision recovery;  // of a job that goes on
  JobListener* listener = nullptr;        // told of it; may be null
  std::string scratch;                    // directory of a query's state; "" for none
};

// A job as SHOW JOBS lists it.
struct JobSummary {
  JobRecord record;
  std::optional<task::JobSnapshot> snapshot;  // of jobs of this process
  std::shared_ptr<const SourceText> source;   // as RunningJob's
};

// Used by one thread.
// A record is durable before its job runs and after it ended; what a crash left is brought up to
// date when it is next looked at.
class JobManager {
 public:
  JobManager(EnginePorts ports, std::unique_ptr<DataDirectory> directory,
             std::shared_ptr<state::MemoryBudget> memory);
  // Stops what runs with a last checkpoint.
  ~JobManager();

  // Runs a job: anew, or from its last checkpoint when a job of this name did not finish and its
  // SQL and definitions are the same. kRestoreRefused when they differ, with the statements to use;
  // E5002 when a job of this name runs in this process. A start that fails leaves the records of
  // the name as they were.
  Result<RunningJob*> Start(JobRequest request);
  // A SELECT: no name, no checkpoints, not remembered.
  Result<std::unique_ptr<RunningJob>> StartQuery(JobRequest request, ResultListener& results);
  // The record of an unfinished job by name or id; E5001 with did-you-mean.
  Result<JobRecord> FindRecord(std::string_view name_or_id) const;
  // A job of this process by name or id; E5001, or E5002 when it does not run here.
  Result<RunningJob*> FindRunning(std::string_view name_or_id);

  // Ends a job with a last checkpoint, which is kept. E5002 when it runs no more, E7003 when the
  // checkpoint failed: then it runs on.
  Status Stop(RunningJob& job);
  // Ends a job at once. Its checkpoints go, unless
  // 'execution.checkpointing.externalized-checkpoint-retention' says that they stay. No effect when
  // it has finished; E5002 when it was stopped or has failed.
  Status Cancel(RunningJob& job);
  // Forgets a job that does not run, and removes its checkpoints wherever they are. Says what is
  // not there now and so stays. E5001, E5002.
  Result<std::vector<std::string>> Drop(std::string_view name_or_id);
  // Stops every running job with a last checkpoint; the first failure. One that waits for its
  // restart is suspended where it is, which counts as a failure, E7003.
  Status StopAll();
  // Records of jobs that have ended are brought up to date.
  Status Settle();
  // Every recorded job, oldest first, as it is now; damaged records among them. Writes nothing.
  Result<std::vector<JobSummary>> List() const;
  // Those of this process that have not ended, in order of their start; valid until the next call
  // that starts or drops a job.
  std::vector<RunningJob*> running();
  // Those of this process that have ended, in order of their start; valid as those of running().
  std::vector<const RunningJob*> ended() const;
  // What the jobs and queries of this process did so far, by name: "rows", "checkpoints",
  // "restores", …
  std::map<std::string, uint64_t> Totals() const;
  // Adds a query that has ended to the totals.
  void CountQuery(const RunningJob& job) { AddTo(totals_, job); }
  // Whether RESTORE JOB … FROM LATEST CHECKPOINT has something to start from.
  bool HasState(const JobRecord& record) const;
  // What to type to go on with a job that does not run, or to be rid of it.
  std::string WaysOn(const JobRecord& record) const;
  // Completed checkpoints of any job, in all places, by number, damaged ones too. Only looks.
  Result<std::vector<CheckpointInfo>> Checkpoints(const JobRecord& record) const;
  // What a start of this job with these settings would go on from. Changes nothing.
  JobRecovery Recovery(const JobRecord& record, const conf::Settings& settings) const;
  // What the newest of them says; empty when there is none that can be read.
  CheckpointMetadata NewestCheckpoint(const JobRecord& record) const;
  // What a checkpoint holds, verified; `path` is its directory, anywhere, or its _metadata. With a
  // key file only what is signed with it, and checkpoints of the jobs of this data directory.
  Result<CheckpointMetadata> ReadCheckpoint(const std::string& path,
                                            const state::ByteProgress& progress = {}) const;
  // Savepoints are signed with the key in this file, and believed when they are; "": neither.
  void set_key_file(std::string path) { key_file_ = std::move(path); }
  // Directories in which snapshots from elsewhere may make files visible, too.
  void set_allowed_output_paths(std::string_view paths) { allowed_output_ = OutputPaths(paths); }
  // Jobs that completed checkpoints, and so may have committed output, after this snapshot at
  // `path` was taken: its own and those that started from it.
  Result<std::vector<std::string>> WentOn(const CheckpointMetadata& from, const std::string& path);
  // A savepoint of a running job, which goes on; with `cancel` nothing is emitted or committed
  // after it and the job ends. E7003 when there is none: then it runs on.
  Result<state::SavepointInfo> TakeSavepoint(RunningJob& job, const SavepointTarget& target,
                                             bool cancel);
  // Stop, or with `drain` Drain, and a savepoint of the last checkpoint. When only the savepoint
  // fails, the error says so.
  Result<state::SavepointInfo> StopWithSavepoint(RunningJob& job, const SavepointTarget& target,
                                                 bool drain);
  // Ends the input of every source: all windows fire, everything is committed, the job is FINISHED.
  // E5002 when it runs no more, E7003 when its last checkpoint failed.
  Status Drain(RunningJob& job);
  // Removes a savepoint by its path; what is there besides stays. kInvalidArgument E7004 while a
  // job depends on it: one that started from it and has no checkpoint of its own, or one that
  // claimed it.
  Result<state::SavepointRemains> DropSavepoint(const std::string& path);
  // Takes savepoints that a job claimed and removed off the list.
  Status ForgetClaimed();
  // Whether it is one of those.
  bool WasClaimed(const SavepointEntry& entry) const;
  // What stands in the way of it besides the verdicts on its state: kRestoreRefused E7002 when its
  // files are of another backend, the number of key groups is another one, another job has claimed
  // it, or it cannot be claimed.
  Status CheckRestorable(const SnapshotUse& use);
  // What becomes of the output in it, in words; what stands in the way of that. Changes nothing.
  Result<std::vector<std::string>> JudgeOutput(const SnapshotUse& use) const;
  // Fills in how many rows the new readers of `plan` are given first; reads the state of those who
  // give it, and changes nothing. Whether there are such readers: then a snapshot from elsewhere
  // was read through (JobRequest::read_through). REQUIRES: CheckRestorable found nothing.
  Result<bool> CountSeeds(const SnapshotUse& use, checkpoint::RestorePlan& plan,
                          const state::ByteProgress& progress) const;
  // Savepoints taken from this data directory.
  SavepointList savepoints() const;
  // Where a job's new checkpoints go.
  std::string CheckpointDirectory(const JobRecord& record) const;
  // Makes a job that was cancelled, or ended otherwise without finishing, one that can be
  // continued. E7004 when none of its checkpoints was kept, E5002 when it has finished.
  Status Reopen(JobRecord record);

 private:
  Status CheckNotRunning(const std::string& name) const;
  void FillRecord(const JobRequest& request, const std::optional<JobRecord>& continued,
                  JobRecord& record);
  Status Record(const JobRecord& record);
  Status Unrecord(const std::optional<JobRecord>& continued, const JobRecord& record);
  Status Begin(JobRequest request, task::JobOptions options, RunningJob& job);
  Status OpenStorage(RunningJob& job) const;
  // The record of a job of this process as it is now.
  JobRecord RecordNow(const RunningJob& job) const;
  CheckpointStorage* StorageOf(const std::string& job_id) const;
  CheckpointPlaces places() const { return {*ports_.files, *directory_}; }
  Result<std::optional<CheckpointMetadata>> LoadRecovered(RunningJob& job) const;
  Result<std::vector<std::string>> RemoveCheckpoints(const JobRecord& record);
  void RemoveOutputInProgress(const JobRecord& record, bool forgotten) const;
  Status RefuseDamaged(const JobRecord& record) const;
  Result<task::JobOptions> MakeOptions(const JobRequest& request, RunningJob& job);
  // Opens state in `directory` that is in no checkpoint.
  std::function<Result<task::Scratch>()> ScratchIn(std::string directory,
                                                   const conf::Settings& settings) const;
  Result<std::optional<JobRecord>> Continued(const JobRequest& request);
  Status FitToGraph(const JobRecord& record, bool own, CheckpointMetadata& from,
                    JobRequest& request) const;
  Status ForgetFormer(const JobRecord& by);
  Status Supersede(const JobRecord& by);
  Result<std::optional<JobRecord>> DependentOn(const std::string& path, std::string_view but);
  Status CheckOwnership(const SnapshotUse& use);
  // The newest checkpoint that the job ever completed, as far as is known; 0: none.
  uint64_t LastCheckpoint(const JobRecord& record) const;
  // The key that a snapshot at `path` must be signed with; none of a job's own checkpoints.
  Result<state::SigningKey> KeyOf(const std::string& path) const;
  // Whether a snapshot at `path` lies where only jobs of this data directory write.
  Result<bool> IsOwn(const std::string& path) const;
  // Native files that are not known to be this data directory's are read through first.
  Status CheckTables(const CheckpointMetadata& from, const std::string& path) const;
  Status Remember(const state::SavepointInfo& saved, const SavepointTarget& target);
  std::string NewJobId() const;
  static void AddTo(std::map<std::string, uint64_t>& totals, const RunningJob& job);
  void Forget(const std::string& job_id);
  Status Settle(RunningJob& job);
  Status StopInAnyState(RunningJob& job);
  void Announce(RunningJob& job);

  EnginePorts ports_;
  std::unique_ptr<DataDirectory> directory_;
  std::shared_ptr<state::MemoryBudget> memory_;
  std::string key_file_;
  std::vector<std::string> allowed_output_;        // absolute
  std::vector<std::unique_ptr<RunningJob>> jobs_;  // of this process, in order of their start
  std::map<std::string, uint64_t> totals_;         // of jobs that are not in jobs_ any more
};

// Restart options of a job, checked (E6001 naming the key).
Result<task::RestartStrategy> RestartStrategyOf(const conf::Settings& settings);

// Where the output of each sink lay: of old snapshots, in a table's directory or one of `more`.
void NoteRecordedPlaces(CheckpointMetadata& from, const std::vector<std::string>& more);

// Checkpointing options of a job, checked (E6001, E6002 naming the keys).
Result<checkpoint::CheckpointConfig> CheckpointConfigOf(const conf::Settings& settings);

}  // namespace weir::shell
