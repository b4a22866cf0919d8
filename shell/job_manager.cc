#include "shell/job_manager.h"

#include <fmt/format.h>

#include <algorithm>
#include <random>
#include <thread>

#include "runtime/base/memory_reserve.h"
#include "runtime/base/names.h"
#include "runtime/fault_point.h"
#include "shell/locked_storage.h"
#include "shell/owned_snapshot.h"
#include "shell/recorded_storage.h"
#include "shell/restore_request.h"
#include "state/backends.h"

#ifndef WEIR_VERSION
#define WEIR_VERSION "0.1.0"
#endif

namespace weir::shell {
namespace {

RecordedState StateOf(task::JobState state) {
  switch (state) {
    case task::JobState::kCreated:
    case task::JobState::kRunning:
    case task::JobState::kRestarting:
      return RecordedState::kRunning;
    case task::JobState::kFinished:
      return RecordedState::kFinished;
    case task::JobState::kFailed:
      return RecordedState::kFailed;
    case task::JobState::kCanceled:
      return RecordedState::kCanceled;
    case task::JobState::kSuspended:
      return RecordedState::kSuspended;
  }
  WEIR_UNREACHABLE();
}

Status NoSuchJob(std::string_view name, const std::vector<std::string>& names) {
  return Status::NotFound(fmt::format("no job is named \"{}\"", name))
      .WithId("E5001")
      .WithHint(DidYouMean(name, names));
}

// What to type when the SQL of a job that did not finish was changed. `has_state`: there is a
// checkpoint to go on from.
Status ChangedSql(const JobRecord& record, const std::string& sql, bool has_state) {
  constexpr std::string_view kWithState =
      "go on with the SQL that it has (SHOW CREATE JOB `{0}`; prints it):\n"
      "  RESTORE JOB `{0}` FROM LATEST CHECKPOINT;\n"
      "or forget it and its state, and run this anew:\n"
      "  DROP JOB `{0}`;\n"
      "or carry its state over into the new SQL:\n"
      "  EXPLAIN RESTORE JOB `{0}` FROM LATEST CHECKPOINT AS {1};\n"
      "  RESTORE JOB `{0}` FROM LATEST CHECKPOINT AS {1};";
  constexpr std::string_view kWithout =
      "it has no checkpoint to go on from; forget it, and run this anew:\n"
      "  DROP JOB `{0}`;\n"
      "or run the SQL that it has (SHOW CREATE JOB `{0}`; prints it) from its beginning";
  return Status::RestoreRefused(
             fmt::format("job \"{}\" did not finish, and its SQL or its tables have changed since",
                         record.name))
      .WithId("E7002")
      .WithHint(has_state ? fmt::format(kWithState, record.name, sql)
                          : fmt::format(kWithout, record.name));
}

state::Compression CompressionOf(const conf::Settings& settings) {
  return state::CompressionNamed(settings.Get("state.rocksdb.compression"));
}

}  // namespace

Result<checkpoint::CheckpointConfig> CheckpointConfigOf(const conf::Settings& settings) {
  const std::string prefix = "execution.checkpointing.";
  checkpoint::CheckpointConfig config;
  config.interval_millis = settings.GetMillis(prefix + "interval");
  config.timeout_millis = settings.GetMillis(prefix + "timeout");
  config.min_pause_millis = settings.GetMillis(prefix + "min-pause");
  config.max_concurrent =
      static_cast<uint32_t>(settings.GetInteger(prefix + "max-concurrent-checkpoints"));
  config.tolerable_failures =
      static_cast<uint32_t>(settings.GetInteger(prefix + "tolerable-failed-checkpoints"));
  config.retained = static_cast<uint32_t>(settings.GetInteger(prefix + "num-retained"));
  config.mode = settings.Get(prefix + "mode") == "AT_LEAST_ONCE"
                    ? checkpoint::CheckpointMode::kAtLeastOnce
                    : checkpoint::CheckpointMode::kExactlyOnce;
  config.unaligned = settings.GetBool(prefix + "unaligned.enabled");
  if (!settings.GetBool(prefix + "incremental")) {
    return Status::Unsupported(
        "'execution.checkpointing.incremental' = 'false' is not supported yet");
  }
  RETURN_IF_ERROR(checkpoint::ValidateConfig(config));
  return config;
}

Result<task::RestartStrategy> RestartStrategyOf(const conf::Settings& settings) {
  const std::string prefix = "restart-strategy.";
  const std::string type = settings.Get(prefix + "type");
  // As in Flink, a job without checkpoints is restarted only when the strategy was asked for: it
  // would begin anew.
  const bool restarts = settings.GetMillis("execution.checkpointing.interval") > 0 ||
                        settings.given_values().contains(prefix + "type");
  task::RestartStrategy strategy;
  if (!restarts) return strategy;
  if (type == "fixed-delay") {
    strategy.kind = task::RestartKind::kFixedDelay;
    strategy.attempts = static_cast<uint32_t>(settings.GetInteger(prefix + type + ".attempts"));
    strategy.delay = settings.GetMillis(prefix + type + ".delay");
  } else if (type == "failure-rate") {
    strategy.kind = task::RestartKind::kFailureRate;
    strategy.failures_per_interval =
        static_cast<uint32_t>(settings.GetInteger(prefix + type + ".max-failures-per-interval"));
    strategy.interval = settings.GetMillis(prefix + type + ".failure-rate-interval");
    strategy.delay = settings.GetMillis(prefix + type + ".delay");
  } else if (type == "exponential-delay") {
    strategy.kind = task::RestartKind::kExponentialDelay;
    strategy.initial_backoff = settings.GetMillis(prefix + type + ".initial-backoff");
    strategy.max_backoff = settings.GetMillis(prefix + type + ".max-backoff");
    strategy.multiplier = settings.GetDouble(prefix + type + ".backoff-multiplier");
    strategy.reset_threshold = settings.GetMillis(prefix + type + ".reset-backoff-threshold");
    strategy.jitter = settings.GetDouble(prefix + type + ".jitter-factor");
    strategy.attempts_before_reset = static_cast<uint32_t>(
        settings.GetInteger(prefix + type + ".attempts-before-reset-backoff"));
  }
  RETURN_IF_ERROR(task::ValidateRestart(strategy));
  return strategy;
}

namespace {

// Waits for a job that has begun its last checkpoint. False when that cannot be written, or the job
// starts again: the output then stays uncommitted, for the next start.
bool EndsByItself(task::Job& job) {
  const task::JobSnapshot before = job.Snapshot();
  while (!job.Wait(task::WaitTarget::kFinished, std::chrono::milliseconds(100))) {
    const task::JobSnapshot now = job.Snapshot();
    if (now.checkpoints.failed != before.checkpoints.failed) return false;
    if (now.restarts != before.restarts) return false;
  }
  return true;
}

}  // namespace

RunningJob::~RunningJob() {
  const WithMemoryReserve reserve;
  if (listener != nullptr && job != nullptr) listener->OnGone(*job);
  job.reset();
  // What cannot be removed now is removed when the data directory is opened the next time.
  if (!scratch.empty()) (void)connectors.files->RemoveRecursively(scratch);
}

void JobManager::AddTo(std::map<std::string, uint64_t>& totals, const RunningJob& job) {
  const task::JobSnapshot snapshot = job.job->Snapshot();
  totals["rows"] += snapshot.source_rows;
  totals["jobs"] += 1;
  totals["checkpoints"] += snapshot.checkpoints.completed;
  totals["restores"] += job.from_checkpoint ? 1 : 0;
  totals["restarts"] += snapshot.restarts;
  for (const task::OperatorSnapshot& node : snapshot.operators) {
    totals["batches"] += node.batches_in;
    totals["disk_reads"] += node.disk_reads;
    totals["evictions"] += node.evictions;
    totals["late_rows"] += node.late_rows;
  }
}

std::map<std::string, uint64_t> JobManager::Totals() const {
  std::map<std::string, uint64_t> totals = totals_;
  for (const auto& job : jobs_) AddTo(totals, *job);
  return totals;
}

// Drops a job of this process that has ended.
void JobManager::Forget(const std::string& job_id) {
  std::erase_if(jobs_, [&](const auto& job) {
    if (job->record.id != job_id) return false;
    AddTo(totals_, *job);
    return true;
  });
}

JobManager::JobManager(EnginePorts ports, std::unique_ptr<DataDirectory> directory,
                       std::shared_ptr<state::MemoryBudget> memory)
    : ports_(ports), directory_(std::move(directory)), memory_(std::move(memory)) {}

JobManager::~JobManager() {
  const WithMemoryReserve reserve;
  // A stop that fails leaves the job as a crash would: its last completed checkpoint counts.
  (void)StopAll();
}

std::string JobManager::NewJobId() const {
  std::random_device entropy;
  return fmt::format("{:08x}{:08x}{:08x}{:08x}", entropy(), entropy(), entropy(), entropy());
}

std::string JobManager::CheckpointDirectory(const JobRecord& record) const {
  return places().Of(record).front();
}

// The record that this request continues, of several the newest; nothing for a fresh start. A
// record that may be of this name and cannot be read is in the way of that.
Result<std::optional<JobRecord>> JobManager::Continued(const JobRequest& request) {
  std::optional<JobRecord> continued;
  std::optional<JobRecord> damaged;
  for (JobRecord& record : TRY(directory_->Jobs())) {
    if (!record.name.empty() && !EqualsIgnoreCase(record.name, request.name)) continue;
    if (!record.damage.empty())
      damaged = std::move(record);
    else if (record.unfinished())
      continued = std::move(record);
  }
  if (!continued && damaged) return RefuseDamaged(*damaged);
  if (!continued) return continued;
  const bool same = continued->sql == request.sql && continued->definitions == request.definitions;
  return same ? Result<std::optional<JobRecord>>(std::move(continued))
              : ChangedSql(*continued, request.sql, HasState(*continued));
}

// Jobs of the name that had finished or were cancelled when this one began make room for it. Not
// for one that was restored: it may have started from what they left.
Status JobManager::ForgetFormer(const JobRecord& by) {
  if (!by.restored_from.empty()) return {};
  for (const JobRecord& record : TRY(directory_->Jobs())) {
    const bool former = record.id != by.id && !record.unfinished() && record.damage.empty() &&
                        record.ended_millis <= by.started_millis &&
                        EqualsIgnoreCase(record.name, by.name);
    if (!former) continue;
    Forget(record.id);
    // Those of a job that was cancelled and put elsewhere were kept on purpose.
    if (record.state == RecordedState::kFinished)
      RETURN_IF_ERROR(RemoveCheckpoints(record).status());
    RETURN_IF_ERROR(directory_->Remove(record.id));
  }
  return {};
}

Result<task::JobOptions> JobManager::MakeOptions(const JobRequest& request, RunningJob& job) {
  const conf::Settings& settings = request.settings;
  task::JobOptions options;
  options.job_id = job.record.id;
  options.name = request.name;
  options.engine_version = WEIR_VERSION;
  options.sql = request.sql;
  options.definitions = request.definitions;
  options.recorded_options = settings.given_values();
  options.parallelism = request.parallelism;
  options.max_parallelism = static_cast<uint32_t>(settings.GetInteger("pipeline.max-parallelism"));
  options.batch_rows = static_cast<uint32_t>(settings.GetInteger("pipeline.batch-size"));
  options.queue_capacity = static_cast<uint32_t>(settings.GetInteger("pipeline.queue-size"));
  options.checkpointing = TRY(CheckpointConfigOf(settings));
  options.restart = TRY(RestartStrategyOf(settings));
  if (settings.Get("execution.runtime-mode") != "streaming") {
    return Status::Unsupported(
        "'execution.runtime-mode' other than 'streaming' is not supported yet");
  }
  options.clock = ports_.clock;
  job.notices = std::make_unique<Notices>(
      *ports_.clock, [listener = ports_.listener, name = request.name](const Notice& notice) {
        if (listener != nullptr) listener->OnNotice(name, notice);
      });
  options.notices = job.notices.get();
  options.say = [listener = ports_.listener, name = request.name](const std::string& what) {
    if (listener != nullptr) listener->OnRemark(name, what);
  };
  job.evaluation = {ports_.clock, settings.Get("table.local-time-zone"),
                    // Over unbounded input CURRENT_TIMESTAMP moves on, as PROCTIME() does.
                    request.bounded ? ports_.clock->Now() : Timestamp{0}, 0};
  options.evaluation = &job.evaluation;
  job.connectors = {ports_.files,        ports_.clock,        &job.evaluation,
                    job.record.id,       request.parallelism, ports_.print,
                    ports_.print_target, job.notices.get(),   request.name};
  options.ports = task::BuiltinPorts(job.connectors);
  const bool memory_backend = settings.Get("state.backend.type") != "rocksdb";
  options.backend_name = memory_backend ? "memory" : "rocksdb";
  options.start_number = job.record.attempts;
  const std::string checkpoints = CheckpointDirectory(job.record);
  options.ports.open_backend = [=, this, max = options.max_parallelism,
                                checkpointing = options.checkpointing.interval_millis > 0,
                                compression = CompressionOf(settings),
                                progress = request.progress](const CheckpointMetadata* from) {
    state::BackendOptions backend;
    backend.files = ports_.files;
    backend.clock = ports_.clock;
    backend.checkpoint_directory = checkpoints;
    backend.working_directory = checkpoints + ".work";
    backend.max_parallelism = from != nullptr ? from->max_parallelism : max;
    backend.checkpointing = checkpointing;
    backend.memory = memory_;
    backend.compression = compression;
    backend.progress = progress;
    if (from != nullptr) {
      backend.restore = *from;
      std::erase_if(backend.restore->files, IsOutput);
    }
    return memory_backend ? state::MakeMemoryBackend(std::move(backend))
                          : state::MakeRocksDbBackend(std::move(backend));
  };
  options.ports.open_scratch = ScratchIn(checkpoints + ".lookup", settings);
  return options;
}

std::function<Result<task::Scratch>()> JobManager::ScratchIn(std::string directory,
                                                             const conf::Settings& settings) const {
  return [this, directory = std::move(directory),
          compression = CompressionOf(settings)]() -> Result<task::Scratch> {
    state::BackendOptions backend;
    backend.files = ports_.files;
    backend.clock = ports_.clock;
    backend.working_directory = directory;
    backend.checkpointing = false;
    backend.memory = memory_;
    backend.compression = compression;
    task::Scratch scratch;
    scratch.backend = TRY(state::MakeRocksDbBackend(std::move(backend)));
    // The other half is for tables of state, which would have to read theirs from disk.
    if (memory_->limited()) scratch.memory_bytes = std::max(uint64_t{1}, memory_->Allowed(0) / 2);
    return scratch;
  };
}

Status JobManager::OpenStorage(RunningJob& job) const {
  std::unique_ptr<CheckpointStorage> storage = TRY(state::MakeCheckpointStorage(
      *ports_.files, CheckpointDirectory(job.record), job.recovery.next_id));
  storage = RecordNumbers(std::move(storage), [directory = directory_.get(), id = job.record.id](
                                                  uint64_t completed, uint64_t given) {
    return directory->Note(id, completed, given);
  });
  if (job.record.claims)
    storage = OwnSnapshot(std::move(storage), *ports_.files, job.record.restored_from);
  job.storage = LockStorage(std::move(storage));
  return {};
}

Status JobManager::CheckNotRunning(const std::string& name) const {
  for (const auto& job : jobs_) {
    if (!EqualsIgnoreCase(job->record.name, name) || task::IsTerminal(job->job->state())) continue;
    return Status(StatusCode::kInvalidArgument,
                  fmt::format("a job named \"{}\" is running already", name))
        .WithId("E5002")
        .WithHint("name this one with CREATE JOB or SET 'pipeline.name'");
  }
  return {};
}

// What a job that starts now has for its record: that of the one it continues, or a new one.
void JobManager::FillRecord(const JobRequest& request, const std::optional<JobRecord>& continued,
                            JobRecord& record) {
  if (continued) {
    record = *continued;
  } else {
    record.id = NewJobId();
    record.started_millis = ports_.clock->Now().millis;
  }
  record.name = request.name;
  record.sql = request.sql;
  record.definitions = request.definitions;
  record.options = request.settings.given_values();
  record.state = RecordedState::kRunning;
  record.ended_millis = 0;
  record.failure.clear();
  ++record.attempts;
}

Status JobManager::Record(const JobRecord& record) {
  WEIR_FAULT_POINT("job.before_record");
  RETURN_IF_ERROR(directory_->Save(record));
  WEIR_FAULT_POINT("job.after_record");
  return {};
}

// After a start that failed: a new job leaves nothing behind, and one that went on keeps the record
// that it had, save that this start counts: its files have its number.
Status JobManager::Unrecord(const std::optional<JobRecord>& continued, const JobRecord& record) {
  if (!continued) return directory_->Remove(record.id);
  JobRecord before = *continued;
  before.attempts = record.attempts;
  return directory_->Save(before);
}

// Runs a job that has been recorded, from its newest checkpoint or from what it is restored from.
Status JobManager::Begin(JobRequest request, task::JobOptions options, RunningJob& job) {
  RETURN_IF_ERROR(OpenStorage(job));
  std::optional<CheckpointMetadata> from = std::move(request.from);
  if (!from) from = TRY(LoadRecovered(job));
  const bool own = job.recovery.kind == checkpoint::RecoveryKind::kContinue;
  if (job.continued && from) RETURN_IF_ERROR(FitToGraph(job.record, own, *from, request));
  job.from_checkpoint = from.has_value();
  if (from) options.max_parallelism = from->max_parallelism;
  options.storage = job.storage.get();
  job.job = TRY(task::Job::Start(std::move(request.graph), std::move(options), std::move(from)));
  Announce(job);
  return {};
}

Result<RunningJob*> JobManager::Start(JobRequest request) {
  RETURN_IF_ERROR(Settle());
  RETURN_IF_ERROR(CheckNotRunning(request.name));
  auto job = std::make_unique<RunningJob>();
  std::optional<JobRecord> continued;
  if (request.from) {
    job->record.restored_from = request.restored_from;
    job->record.claims = request.claims;
    job->record.restore_clauses = EncodeClauses(request.clauses);
    RETURN_IF_ERROR(FitToGraph(job->record, false, *request.from, request));
    if (!request.read_through) RETURN_IF_ERROR(CheckTables(*request.from, request.restored_from));
  } else {
    continued = TRY(Continued(request));
  }
  job->continued = continued.has_value();
  std::optional<JobRecovery> recovery;
  if (continued) {
    recovery = Recovery(*continued, request.settings);
    RETURN_IF_ERROR(Status(recovery->decision.refusal));
    job->recovery = recovery->decision;
    continued->attempts = recovery->starts;
  }
  FillRecord(request, continued, job->record);
  job->record.checkpoint_directories =
      recovery ? recovery->places : places().New(job->record.id, request.settings);
  job->source = std::move(request.source);
  job->bounded = request.bounded;
  // What the options refuse is refused before anything is recorded.
  task::JobOptions options = TRY(MakeOptions(request, *job));
  if (continued) Forget(continued->id);
  const bool restored = !continued && !job->record.restored_from.empty();
  Status began = Record(job->record);
  if (began.ok()) began = Begin(std::move(request), std::move(options), *job);
  if (!began.ok()) {
    // The reason is what counts; a record that stays behind is one of a job that died.
    (void)Unrecord(continued, job->record);
    return began;
  }
  WEIR_FAULT_POINT("job.after_start");
  // What is left of them, by a crash too, goes at the next start.
  (void)ForgetFormer(job->record);
  if (restored) {
    WEIR_FAULT_POINT("restore.before_supersede");
    RETURN_IF_ERROR(Supersede(job->record));
    WEIR_FAULT_POINT("restore.after_supersede");
  }
  jobs_.push_back(std::move(job));
  return jobs_.back().get();
}

Result<std::unique_ptr<RunningJob>> JobManager::StartQuery(JobRequest request,
                                                           ResultListener& results) {
  auto job = std::make_unique<RunningJob>();
  job->record.id = NewJobId();
  job->bounded = request.bounded;
  task::JobOptions options = TRY(MakeOptions(request, *job));
  options.checkpointing.interval_millis = 0;
  options.restart.kind = task::RestartKind::kNone;
  options.results = &results;
  // A query's rows live in memory unless they outgrow it; its database is thrown away with it.
  job->scratch = TRY(directory_->QueryDirectory(job->record.id));
  options.ports.open_backend =
      [open = ScratchIn(JoinPath(job->scratch, "work"), request.settings)](
          const CheckpointMetadata*) -> Result<std::unique_ptr<StateBackend>> {
    return std::move(TRY(open()).backend);
  };
  options.ports.open_scratch = ScratchIn(JoinPath(job->scratch, "lookup"), request.settings);
  options.max_parallelism = kDefaultMaxParallelism;
  job->job = TRY(task::Job::Start(std::move(request.graph), std::move(options), std::nullopt));
  Announce(*job);
  return job;
}

Result<JobRecord> JobManager::FindRecord(std::string_view name_or_id) const {
  std::vector<std::string> names;
  std::optional<JobRecord> found;  // of several the last, or the one that goes on
  for (JobRecord& record : TRY(directory_->Jobs())) {
    names.push_back(record.name);
    if (record.id == name_or_id) return std::move(record);
    if (!EqualsIgnoreCase(record.name, name_or_id)) continue;
    if (!found || !found->unfinished() || record.unfinished()) found = std::move(record);
  }
  if (found) return *std::move(found);
  return NoSuchJob(name_or_id, names);
}

Result<RunningJob*> JobManager::FindRunning(std::string_view name_or_id) {
  for (const auto& job : jobs_) {
    if (EqualsIgnoreCase(job->record.name, name_or_id) || job->record.id == name_or_id) {
      return job.get();
    }
  }
  const JobRecord record = TRY(FindRecord(name_or_id));
  return Status(StatusCode::kInvalidArgument,
                fmt::format("job \"{}\" does not run in this process", record.name))
      .WithId("E5002")
      .WithHint(record.state == RecordedState::kFinished ? "it has finished" : WaysOn(record));
}

std::string JobManager::WaysOn(const JobRecord& record) const {
  if (HasState(record)) {
    return fmt::format(
        "RESTORE JOB `{0}` FROM LATEST CHECKPOINT; resumes it, DROP JOB `{0}`; forgets it",
        record.name);
  }
  return fmt::format("it has no checkpoint: its statement begins anew, DROP JOB `{}`; forgets it",
                     record.name);
}

JobRecord JobManager::RecordNow(const RunningJob& job) const {
  const task::JobSnapshot snapshot = job.job->Snapshot();
  const RecordedState now = StateOf(snapshot.state);
  JobRecord record = job.record;
  if (now == record.state || now == RecordedState::kRunning) return record;
  record.state = now;
  record.ended_millis = snapshot.ended_millis;
  record.failure = now == RecordedState::kFailed ? snapshot.failure.ToString() : "";
  record.last_checkpoint = std::max(record.last_checkpoint, snapshot.checkpoints.last_completed_id);
  return record;
}

Status JobManager::Settle(RunningJob& job) {
  JobRecord now = RecordNow(job);
  if (now.state == job.record.state) return {};
  job.record = std::move(now);
  return directory_->Save(job.record);
}

Status JobManager::Settle() {
  for (const auto& job : jobs_) RETURN_IF_ERROR(Settle(*job));
  return {};
}

Status JobManager::Stop(RunningJob& job) {
  RETURN_IF_ERROR(job.job->StopWithCheckpoint().status());
  job.job->Wait(task::WaitTarget::kFinished, std::nullopt);
  return Settle(job);
}

Status JobManager::Cancel(RunningJob& job) {
  const task::JobState state = job.job->state();
  if (state == task::JobState::kSuspended || state == task::JobState::kFailed) {
    return Status(StatusCode::kInvalidArgument,
                  fmt::format("job \"{}\" does not run any more", job.record.name))
        .WithId("E5002")
        .WithHint(WaysOn(job.record));
  }
  job.job->Cancel();
  RETURN_IF_ERROR(Settle(job));
  const auto retention =
      job.record.options.find("execution.checkpointing.externalized-checkpoint-retention");
  const bool retained =
      retention != job.record.options.end() && retention->second == "RETAIN_ON_CANCELLATION";
  if (job.record.state != RecordedState::kCanceled) return {};
  if (retained) {
    RemoveOutputInProgress(job.record, false);
    return {};
  }
  job.storage.reset();
  return RemoveCheckpoints(job.record).status();
}

// By name, with those that it superseded.
Result<std::vector<std::string>> JobManager::Drop(std::string_view name_or_id) {
  RETURN_IF_ERROR(Settle());
  for (const auto& job : jobs_) {
    const bool meant =
        EqualsIgnoreCase(job->record.name, name_or_id) || job->record.id == name_or_id;
    if (!meant || task::IsTerminal(job->job->state())) continue;
    return Status(StatusCode::kInvalidArgument,
                  fmt::format("job \"{}\" is running", job->record.name))
        .WithId("E5002")
        .WithHint("STOP JOB or CANCEL JOB ends it");
  }
  const std::string id = TRY(FindRecord(name_or_id)).id;
  std::vector<std::string> notes;
  for (const JobRecord& record : TRY(directory_->Jobs())) {
    if (record.id != id && !EqualsIgnoreCase(record.name, name_or_id)) continue;
    Forget(record.id);
    // The record goes last: until then dropping it again ends what was begun.
    for (std::string& note : TRY(RemoveCheckpoints(record))) notes.push_back(std::move(note));
    RETURN_IF_ERROR(directory_->Remove(record.id));
  }
  return notes;
}

void JobManager::Announce(RunningJob& job) {
  if (ports_.listener == nullptr) return;
  ports_.listener->OnStarted(*job.job);
  job.listener = ports_.listener;
}

Status JobManager::StopInAnyState(RunningJob& job) {
  while (!task::IsTerminal(job.job->state())) {
    const uint32_t restarts = job.job->Snapshot().restarts;
    Status stopped = Stop(job);
    if (stopped.ok()) return {};
    if (job.job->Suspend())
      return Status::External("it waited for its restart; it is suspended at its last checkpoint")
          .WithId("E7003");
    // The end of the input may have come before the stop did: then the job commits its output and
    // ends by itself, which is waited for. So it is with one that is failing.
    const bool ends = stopped.id() == "E5002" || stopped.code() == StatusCode::kCancelled;
    if (ends && EndsByItself(*job.job)) return {};
    if (task::IsTerminal(job.job->state())) return {};
    if (job.job->Snapshot().restarts == restarts) return stopped;
  }
  return {};
}

Status JobManager::StopAll() {
  Status first;
  for (const auto& job : jobs_) {
    if (!task::IsTerminal(job->job->state())) {
      Status stopped = StopInAnyState(*job).WithContext(
          fmt::format("job \"{}\" ends without a last checkpoint", job->record.name));
      if (first.ok()) first = std::move(stopped);
    }
    Status settled = Settle(*job);
    if (first.ok()) first = std::move(settled);
  }
  return first;
}

Result<std::vector<JobSummary>> JobManager::List() const {
  std::vector<JobSummary> summaries;
  for (JobRecord& record : TRY(directory_->Jobs())) {
    JobSummary summary{std::move(record), std::nullopt, nullptr};
    for (const auto& job : jobs_) {
      if (job->record.id != summary.record.id) continue;
      const std::string damage = summary.record.damage;
      summary.record = RecordNow(*job);
      summary.record.damage = damage;
      summary.snapshot = job->job->Snapshot();
      summary.source = job->source;
    }
    summaries.push_back(std::move(summary));
  }
  return summaries;
}

std::vector<RunningJob*> JobManager::running() {
  std::vector<RunningJob*> found;
  for (const auto& job : jobs_) {
    if (!task::IsTerminal(job->job->state())) found.push_back(job.get());
  }
  return found;
}

std::vector<const RunningJob*> JobManager::ended() const {
  std::vector<const RunningJob*> found;
  for (const auto& job : jobs_) {
    if (task::IsTerminal(job->job->state())) found.push_back(job.get());
  }
  return found;
}

CheckpointMetadata JobManager::NewestCheckpoint(const JobRecord& record) const {
  const Result<std::vector<CheckpointInfo>> completed = Checkpoints(record);
  if (!completed.ok() || completed->empty()) return {};
  Result<CheckpointMetadata> newest =
      state::ReadSnapshotMetadata(*ports_.files, completed->back().path);
  return newest.ok() ? *std::move(newest) : CheckpointMetadata();
}

Status JobManager::Reopen(JobRecord record) {
  if (record.state == RecordedState::kFinished) {
    return Status(StatusCode::kInvalidArgument, fmt::format("job \"{}\" has finished", record.name))
        .WithId("E5002")
        .WithHint("its INSERT runs it anew");
  }
  if (TRY(Checkpoints(record)).empty()) {
    return Status::NotFound(fmt::format("no checkpoint of job \"{}\" was kept", record.name))
        .WithId("E7004");
  }
  Forget(record.id);
  record.state = RecordedState::kSuspended;
  return directory_->Save(record);
}

}  // namespace weir::shell
