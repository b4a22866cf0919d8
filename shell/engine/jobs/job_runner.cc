#include "shell/engine/jobs/job_runner.h"

#include <fmt/format.h>

#include <algorithm>

#include "planner/parse/same_sql.h"
#include "runtime/base/check.h"
#include "runtime/base/idle_memory.h"
#include "runtime/base/memory_reserve.h"
#include "runtime/base/names.h"
#include "runtime/fault_point.h"
#include "runtime/graph/secret_text.h"
#include "runtime/memory_files.h"
#include "shell/engine/jobs/checkpoint_history.h"
#include "shell/engine/jobs/foreign_functions.h"
#include "shell/engine/jobs/job_options.h"
#include "shell/engine/jobs/locked_storage.h"
#include "shell/engine/jobs/memory_checkpoints.h"
#include "shell/engine/jobs/overwritten_input.h"
#include "shell/engine/jobs/owned_snapshot.h"
#include "shell/engine/jobs/recorded_storage.h"
#include "shell/engine/jobs/restore_clauses.h"
#include "shell/engine/jobs/secret_ports.h"
#include "shell/engine/jobs/snapshot_fit.h"
#include "shell/engine/jobs/working_directory.h"
#include "state/checkpoint/backends.h"
#include "state/checkpoint/channel_file.h"
#include "state/checkpoint/checkpoint_directory.h"
#include "state/checkpoint/checkpoint_owner.h"
#include "state/checkpoint/metadata_copies.h"
#include "state/disk/external_sort.h"

#ifndef WEIR_VERSION
#define WEIR_VERSION "0.1.0"
#endif

namespace weir::shell {
namespace {

constexpr std::string_view kIncrementalKey = "execution.checkpointing.incremental";

// What to type when the SQL of a job that did not finish was changed. `has_state`: there is a
// checkpoint to go on from.
Status ChangedSql(const JobRecord& record, const std::string& sql, bool has_state) {
  constexpr std::string_view kWithout =
      "it has no checkpoint to go on from; forget it, and run this anew (--restore=fresh does so "
      "for a script):\n"
      "  DROP JOB `{0}`;\n"
      "or run the SQL that it has (SHOW CREATE JOB `{0}`; prints it) from its beginning";
  return Status::RestoreRefused(
             fmt::format("job \"{}\" did not finish, and its SQL or its tables have changed since",
                         record.name))
      .WithId("E7002")
      .WithHint(has_state ? WaysOfChangedSql(record.name, sql, "")
                          : fmt::format(kWithout, record.name));
}

Status PrintTo(void* outlet, std::string_view lines) {
  return static_cast<JobOutlet*>(outlet)->Print(lines);
}

// Rows in flight lie with the checkpoint, which may be of another job.
void SetChannelPorts(FileSystem& files, const std::string& checkpoints, task::JobPorts& ports) {
  ports.write_channels = [&files, checkpoints](uint64_t id, std::string_view bytes) {
    return state::WriteChannelState(files, checkpoints, id, bytes);
  };
  ports.read_channels = [&files, checkpoints](const CheckpointMetadata& from,
                                              const StateFile& file) {
    const bool own = from.directory.empty();
    return state::ReadChannelState(files, own ? checkpoints : from.directory, file, from.inlined);
  };
}

// Whether the rows that were in its tables go when it begins.
bool Overwrites(const graph::JobGraph& graph) {
  return std::ranges::any_of(graph.nodes, [](const graph::Node& node) {
    const auto* sink = std::get_if<graph::SinkSpec>(&node.spec);
    return sink != nullptr && sink->overwrite;
  });
}

}  // namespace

RunningJob::~RunningJob() {
  const WithMemoryReserve reserve;
  if (listener != nullptr && job != nullptr) listener->OnRemoved(*job);
  job.reset();
  // What cannot be removed now is removed by the next process that runs a query or a job here.
  if (!scratch.empty()) (void)connectors.files->RemoveRecursively(scratch);
  NoteIdleMemory();
}

void JobRunner::Forget(const std::string& job_id) {
  const std::vector<RunningJobPtr> forgotten = jobs_.Remove(job_id);
  if (!forgotten.empty()) registry_.open().Closed(job_id);
}

JobRunner::JobRunner(const Parts& parts)
    : ports_(parts.ports),
      registry_(parts.registry),
      snapshots_(parts.snapshots),
      states_(parts.states),
      holds_(parts.holds),
      memory_(parts.memory),
      remains_(*parts.ports.files, parts.registry) {}

JobRunner::~JobRunner() {
  const WithMemoryReserve reserve;
  // A stop that fails leaves the job as a crash would: its last completed checkpoint counts.
  (void)StopAll();
}

// Adds to the job's history of checkpoints.
static std::function<void(const checkpoint::EndedCheckpoint&)> NoteIn(
    FileSystem& files, std::string path, const conf::Settings& settings) {
  const auto history = std::make_shared<CheckpointHistory>(
      files, std::move(path), static_cast<size_t>(settings.GetInteger("web.checkpoints.history")));
  return [history](const checkpoint::EndedCheckpoint& checkpoint) { history->Add(checkpoint); };
}

std::string WaysOfChangedSql(const std::string& name, const std::string& sql,
                             const std::string& clauses) {
  return fmt::format(
      "go on with the SQL that it has (SHOW CREATE JOB `{0}`; prints it):\n"
      "  RESTORE JOB `{0}` FROM LATEST CHECKPOINT;\n"
      "or forget it and its state, and run this anew (--restore=fresh does so for a script):\n"
      "  DROP JOB `{0}`;\n"
      "or carry its state over into the new SQL:\n"
      "  EXPLAIN RESTORE JOB `{0}` FROM LATEST CHECKPOINT AS {1};\n"
      "  RESTORE JOB `{0}` FROM LATEST CHECKPOINT {2}{3}AS {1};",
      name, graph::ShownSql(sql), clauses, clauses.empty() ? "" : " ");
}

bool IsEdited(const JobRecord& record, const JobRequest& request) {
  return !parse::IsSameSql(record.sql, request.sql) ||
         !std::ranges::equal(record.definitions, request.definitions, parse::IsSameSql);
}

// The record that this request continues; nothing for a fresh start.
Result<std::optional<JobRecord>> JobRunner::Continued(const JobRequest& request) const {
  std::optional<JobRecord> continued = TRY(registry_.Unfinished(request.name));
  if (!continued) return continued;
  if (IsEdited(*continued, request))
    return ChangedSql(*continued, request.sql, registry_.HasState(*continued));
  return continued;
}

// Jobs of the name that had finished or were cancelled when this one began make room for it. Not
// for one that was restored: it may have started from what they left.
Status JobRunner::ForgetFormer(const JobRecord& by) {
  if (!by.restored_from.empty()) return {};
  for (const JobRecord& record : TRY(registry_.directory().Jobs())) {
    const bool former = record.id != by.id && !record.unfinished() && record.damage.empty() &&
                        record.ended_millis <= by.started_millis &&
                        EqualsIgnoreCase(record.name, by.name);
    if (!former) continue;
    Forget(record.id);
    // The checkpoints of a cancelled job that were put elsewhere are kept on purpose.
    if (record.state == RecordedState::kFinished) RETURN_IF_ERROR(RemoveCheckpoints(record));
    RETURN_IF_ERROR(registry_.directory().Remove(record.id));
  }
  return {};
}

// Unfinished jobs of the name go on as this one. Their checkpoints stay until the name is used
// anew: this job may need them until it has one of its own. Of damaged records only a restore
// disposes, which was asked for by somebody who could see them.
Status JobRunner::Supersede(const JobRecord& by, bool damaged_too) {
  for (JobRecord& record : TRY(registry_.directory().Jobs())) {
    if (record.id == by.id || !EqualsIgnoreCase(record.name, by.name)) continue;
    if (!record.damage.empty() && !damaged_too) continue;
    Forget(record.id);
    if (!record.unfinished()) continue;
    record.state = RecordedState::kCanceled;
    record.failure = fmt::format("it goes on as job {}", by.id);
    record.ended_millis = ports_.clock->Now().millis;
    record.damage.clear();
    RETURN_IF_ERROR(registry_.directory().Save(record));
  }
  return {};
}

// The listeners of the job: its guest's, otherwise the process's.
std::vector<JobListener*> JobRunner::ListenersOf(const RunningJob& job) const {
  std::vector<JobListener*> hear;
  if (job.outlet != nullptr) hear.push_back(job.outlet.get());
  const bool process = job.outlet == nullptr || ports_.is_server;
  if (process && ports_.listener != nullptr) hear.push_back(ports_.listener);
  return hear;
}

Result<task::JobOptions> JobRunner::MakeOptions(const JobRequest& request, RunningJob& job) {
  const conf::Settings& settings = request.settings;
  task::JobOptions options;
  options.job_id = job.record.id;
  options.name = request.name;
  options.engine_version = WEIR_VERSION;
  options.sql = request.sql;
  options.definitions = request.definitions;
  options.recorded_options = settings.recorded_values();
  options.parallelism = request.parallelism;
  options.max_parallelism = static_cast<uint32_t>(settings.GetInteger("pipeline.max-parallelism"));
  options.batch_rows = static_cast<uint32_t>(settings.GetInteger("pipeline.batch-size"));
  options.queue_capacity = static_cast<uint32_t>(settings.GetInteger("pipeline.queue-size"));
  options.nice = NiceOf(settings);
  options.checkpointing = TRY(CheckpointConfigOf(settings));
  options.restart = TRY(RestartStrategyOf(settings, ports_.is_server));
  if (settings.Get("execution.runtime-mode") == "automatic")
    return Status::Unsupported(
        "'execution.runtime-mode' = 'automatic' is no mode of SQL: say streaming or batch");
  options.clock = ports_.clock;
  job.outlet = request.outlet;
  const std::vector<JobListener*> hear = ListenersOf(job);
  const JobTitle title{request.name, job.record.id};
  job.notices = std::make_unique<Notices>(*ports_.clock, [hear, title](const Notice& notice) {
    for (JobListener* listener : hear) listener->OnNotice(title, notice);
  });
  options.notices = job.notices.get();
  options.say = [hear, title](const std::string& what) {
    for (JobListener* listener : hear) listener->OnRemark(title, {.text = what});
  };
  job.evaluation = {
      ports_.clock, settings.Get("table.local-time-zone"),
      // As Flink's: but in batch mode CURRENT_TIMESTAMP moves on, as PROCTIME() does.
      settings.Get("execution.runtime-mode") == "batch" ? ports_.clock->Now() : Timestamp{0}, 0};
  options.evaluation = &job.evaluation;
  const std::string checkpoints = registry_.places().Of(job.record).front();
  job.connectors = {
      ports_.files,        ports_.clock, &job.evaluation,     job.record.id,
      request.parallelism, ports_.print, ports_.print_target, job.notices.get(),
      request.name,        &states_,     checkpoints,         task::ReturnsRows(request.graph)};
  if (job.outlet != nullptr) {
    job.connectors.print = PrintTo;
    job.connectors.print_target = job.outlet.get();
  }
  options.ports =
      WithSecrets(task::BuiltinPorts(job.connectors), Secrets(registry_.directory().path()));
  const bool memory_backend = settings.Get("state.backend.type") != "rocksdb";
  options.backend_name = memory_backend ? "memory" : "rocksdb";
  options.start_number = job.record.attempts;
  const std::string local = registry_.places().Local(job.record);
  const std::shared_ptr<state::MemoryBudget> memory = BudgetOf(settings, memory_);
  options.ports.open_backend = [=, this, max = options.max_parallelism,
                                checkpointing = options.checkpointing.interval_millis > 0,
                                incremental = settings.GetBool(std::string(kIncrementalKey)),
                                compression = CompressionOf(settings),
                                progress = request.progress](const CheckpointMetadata* from) {
    state::BackendOptions backend;
    backend.files = ports_.files;
    backend.clock = ports_.clock;
    backend.checkpoint_directory = checkpoints;
    backend.working_directory = local + ".work";
    backend.max_parallelism = from != nullptr ? from->max_parallelism : max;
    backend.checkpointing = checkpointing;
    backend.incremental = incremental;
    backend.memory = memory;
    backend.compression = compression;
    backend.progress = progress;
    if (from != nullptr) {
      backend.restore = *from;
      std::erase_if(backend.restore->files, std::not_fn(IsOfBackend));
    }
    return memory_backend ? state::MakeMemoryBackend(std::move(backend))
                          : state::MakeRocksDbBackend(std::move(backend));
  };
  SetChannelPorts(*ports_.files, checkpoints, options.ports);
  SetScratchPorts(settings, memory, local + ".lookup/", local + ".sort/", options.ports);
  // With state in memory there is no limit either.
  if (memory_backend) options.ports.make_sorter = nullptr;
  return options;
}

void JobRunner::SetScratchPorts(const conf::Settings& settings,
                                const std::shared_ptr<state::MemoryBudget>& memory,
                                const std::string& lookups, const std::string& sorts,
                                task::JobPorts& ports) const {
  ports.open_scratch = [=, this](const std::string& name) {
    return OpenScratch(lookups + name, settings, memory);
  };
  ports.make_sorter = [=, this, compression = CompressionOf(settings)](const std::string& name) {
    return state::MakeExternalSort({ports_.files, sorts + name, memory, compression});
  };
}

Result<task::Scratch> JobRunner::OpenScratch(
    std::string directory, const conf::Settings& settings,
    const std::shared_ptr<state::MemoryBudget>& memory) const {
  state::BackendOptions backend;
  backend.files = ports_.files;
  backend.clock = ports_.clock;
  backend.working_directory = std::move(directory);
  backend.checkpointing = false;
  backend.memory = memory;
  backend.compression = CompressionOf(settings);
  task::Scratch scratch;
  scratch.backend = TRY(state::MakeRocksDbBackend(std::move(backend)));
  // The other half is for tables of state, which would have to read theirs from disk.
  if (memory->limited()) scratch.memory_bytes = std::max(uint64_t{1}, memory->Allowed(0) / 2);
  return scratch;
}

// A directory that is for one job, and was for one of this name that has finished, is free.
Status JobRunner::TakePlace(const std::string& place, const JobRecord& record) const {
  const Result<std::string> owner = state::OwnerOf(*ports_.files, place);
  if (owner.ok() && !owner->empty() && *owner != record.id) {
    const Result<JobRecord> former = registry_.Find(*owner);
    const bool over = former.ok() && former->state == RecordedState::kFinished &&
                      EqualsIgnoreCase(former->name, record.name);
    if (over) RETURN_IF_ERROR(RemoveCheckpoints(*former));
  }
  return state::TakeDirectory(*ports_.files, place, record.id);
}

Status JobRunner::OpenStorage(RunningJob& job) const {
  const std::string place = registry_.places().Of(job.record).front();
  const bool in_memory = IsInMemory(place);
  if (!in_memory) RETURN_IF_ERROR(TakePlace(place, job.record));
  state::KnownNumbers known = KnownOf(job.record);
  known.least_id = job.recovery.next_id;
  std::unique_ptr<CheckpointStorage> storage = TRY(
      state::MakeCheckpointStorage(*ports_.files, place, known, in_memory ? 0 : job.inline_bytes));
  const std::string copies = registry_.places().Copies(job.record);
  if (!copies.empty()) RETURN_IF_ERROR(TakePlace(copies, job.record));
  if (!copies.empty())
    storage = TRY(state::CopyMetadata(*ports_.files, std::move(storage), place, copies));
  storage = RecordNumbers(
      std::move(storage),
      [directory = &registry_.directory(), id = job.record.id](uint64_t completed, uint64_t given) {
        return directory->Note(id, completed, given);
      });
  if (job.record.claims)
    storage = OwnSnapshot(std::move(storage), *ports_.files, job.record.restored_from);
  job.storage = LockStorage(std::move(storage));
  registry_.open().Opened(job.record.id, job.storage);
  return {};
}

Status JobRunner::CheckNotRunning(const std::string& name) const {
  const RunningJobPtr job = jobs_.Named(name);
  if (job == nullptr) return {};
  return Status(StatusCode::kInvalidArgument,
                fmt::format("a job named \"{}\" is running already", name))
      .WithId("E5002")
      .WithHint(fmt::format("STOP JOB `{}`; ends that one; or name this one with CREATE JOB or SET "
                            "'pipeline.name'",
                            job->record.name));
}

// Loads and verifies the state that a job which goes on starts from. `recovery` is what was decided
// about its record; it is decided anew whenever a checkpoint turns out to be damaged. `damaged` has
// those that were found damaged before, by path.
Result<std::optional<CheckpointMetadata>> JobRunner::LoadRecovered(
    const RunningJob& job, const JobRecord& record, const conf::Settings& settings,
    std::map<std::string, std::string> damaged, checkpoint::RecoveryDecision& recovery) const {
  while (true) {
    switch (recovery.kind) {
      case checkpoint::RecoveryKind::kBegin:
        return std::optional<CheckpointMetadata>();
      case checkpoint::RecoveryKind::kRefuse:
        return recovery.refusal;
      case checkpoint::RecoveryKind::kRestore:
        return std::optional(TRY(snapshots_.Read(recovery.path)));
      case checkpoint::RecoveryKind::kContinue:
        break;
    }
    Result<CheckpointMetadata> own = LoadOwn(job, recovery.path);
    if (own.ok()) {
      RETURN_IF_ERROR(PassOver(job, recovery));
      return std::optional(*std::move(own));
    }
    const bool found = own.status().code() == StatusCode::kCorruption &&
                       damaged.emplace(recovery.path, own.status().message()).second;
    if (!found) return std::move(own).status();
    recovery = registry_.places().Recovery(record, settings, damaged).decision;
  }
}

// What a job that is restarted in this process goes on from instead of a damaged checkpoint. Called
// by its supervisor.
Result<CheckpointMetadata> JobRunner::FallBack(const RunningJob& job,
                                               const conf::Settings& settings,
                                               const std::string& path,
                                               const Status& damage) const {
  const JobRecord record = TRY(registry_.Find(job.record.id));
  std::map<std::string, std::string> damaged{{path, std::string(damage.message())}};
  checkpoint::RecoveryDecision recovery =
      registry_.places().Recovery(record, settings, damaged).decision;
  std::optional<CheckpointMetadata> older =
      TRY(LoadRecovered(job, record, settings, std::move(damaged), recovery));
  if (!older) return damage;
  return *std::move(older);
}

// The checkpoint of its own that was decided on, every byte verified.
Result<CheckpointMetadata> JobRunner::LoadOwn(const RunningJob& job,
                                              const std::string& path) const {
  if (DirectoryOf(path) == registry_.places().Of(job.record).front())
    return job.storage->Load(path);
  // Of another place than where new ones go: its files are read from there.
  CheckpointMetadata metadata = TRY(state::LoadSnapshot(*ports_.files, path));
  if (!DefectPlanted("recovery-unnoted"))
    RETURN_IF_ERROR(registry_.directory().Note(job.record.id, metadata.checkpoint_id, 0));
  return metadata;
}

// Says which checkpoints are passed over, and then notes it; one killed in between says it again.
Status JobRunner::PassOver(const RunningJob& job,
                           const checkpoint::RecoveryDecision& recovery) const {
  if (!DefectPlanted("passed-over-unsaid")) SayPassedOver(job, recovery.fallback);
  WEIR_FAULT_POINT("damage.before_pass_over");
  for (const checkpoint::CompletedCheckpoint& one : recovery.passed_over) {
    if (one.passed_over) continue;
    RETURN_IF_ERROR(state::NotePassedOver(*ports_.files, one.path, one.damage));
  }
  WEIR_FAULT_POINT("damage.after_pass_over");
  if (DefectPlanted("passed-over-unsaid")) SayPassedOver(job, recovery.fallback);
  return {};
}

void JobRunner::SayPassedOver(const RunningJob& job, const std::string& fallback) const {
  if (fallback.empty()) return;
  for (JobListener* listener : ListenersOf(job)) {
    listener->OnRemark({job.record.name, job.record.id}, {Severity::kWarning, fallback});
    listener->AwaitSaid();
  }
}

// What a job that starts now has for its record: that of the one it continues, or a new one.
void JobRunner::FillRecord(const JobRequest& request, const std::optional<JobRecord>& continued,
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
  record.options = request.settings.recorded_values();
  record.state = RecordedState::kRunning;
  record.ended_millis = 0;
  record.failure.clear();
  record.resumes = false;
  record.figures.reset();
  ++record.attempts;
}

Status JobRunner::Record(const JobRecord& record) {
  WEIR_FAULT_POINT("job.before_record");
  RETURN_IF_ERROR(registry_.directory().Save(record));
  WEIR_FAULT_POINT("job.after_record");
  return {};
}

// After a start that failed: a new job leaves nothing behind, and one that went on keeps the record
// that it had, save that this start counts: its files have its number, and it may have thrown away
// what checkpoints that it had not found promise.
Status JobRunner::Unrecord(const std::optional<JobRecord>& continued, const JobRecord& record) {
  if (!continued) {
    // The places that it was to have for itself are free again. Those with its id in their names
    // need no clearing: no other job will use them.
    for (const std::string& place : registry_.places().Owned(record)) {
      if (!state::IsNamedByJob(place, record.id))
        RETURN_IF_ERROR(state::RemoveCheckpointsOf(*ports_.files, place, record.id));
    }
    return registry_.directory().Remove(record.id);
  }
  JobRecord before = *continued;
  before.attempts = record.attempts;
  before.voided = record.voided;
  return registry_.directory().Save(before);
}

// Runs a job that has been recorded, from its newest checkpoint or from what it is restored from.
Status JobRunner::Begin(JobRequest request, task::JobOptions options, RunningJob& job) {
  RETURN_IF_ERROR(remains_.RemoveLocal(job.record));
  RETURN_IF_ERROR(OpenStorage(job));
  std::optional<CheckpointMetadata> from = std::move(request.from);
  if (!from) from = TRY(LoadRecovered(job, job.record, request.settings, {}, job.recovery));
  const bool own = job.recovery.kind == checkpoint::RecoveryKind::kContinue;
  if (own && from)
    RETURN_IF_ERROR(CheckWorkingDirectory(*from, registry_.directory().path(), *ports_.files));
  if (job.continued && from) RETURN_IF_ERROR(FitToGraph(job.record, own, *from, request));
  job.from_checkpoint = from.has_value();
  if (from) SayChangedModules(request, *from, options);
  if (from) options.max_parallelism = from->max_parallelism;
  options.storage = job.storage.get();
  NoteWorkingDirectory(registry_.directory().path(), request.graph);
  job.job = TRY(task::Job::Start(std::move(request.graph), std::move(options), std::move(from)));
  Announce(job, true);
  return {};
}

void JobRunner::SayOfOutput(const JobRecord& record) const {
  if (ports_.listener == nullptr || DefectPlanted("other-output-unsaid")) return;
  const std::string found = OutputOfAnother(*ports_.files, record, [&](const std::string& job_id) {
    return registry_.Find(job_id).ok();
  });
  if (!found.empty()) ports_.listener->OnRemark({record.name, record.id}, {.text = found});
}

// Statements name jobs by either.
Status JobRunner::CheckNameIsNoId(const std::string& name) const {
  if (name.size() != kJobIdDigits) return {};
  const Result<JobRecord> other = registry_.Find(name);
  if (!other.ok() || other->id != name) return {};
  return Status::InvalidSql(fmt::format("\"{}\" is the id of job \"{}\"", name, other->name))
      .WithId("E2002")
      .WithHint("give the job another name");
}

Result<RunningJobPtr> JobRunner::Start(JobRequest request, const NameHold& hold) {
  WEIR_CHECK(EqualsIgnoreCase(hold.name(), request.name));
  RETURN_IF_ERROR(registry_.directory().Attach());
  RETURN_IF_ERROR(CheckNotRunning(request.name));
  RETURN_IF_ERROR(RecordEndings());
  RETURN_IF_ERROR(CheckOverwrittenInput(request.graph, *ports_.files));
  if (KeepsCheckpointsInMemory(request.settings))
    RETURN_IF_ERROR(CheckSinksForMemory(request.graph));
  auto job = std::make_shared<RunningJob>();
  std::optional<JobRecord> continued;
  if (request.from) {
    job->record.restored_from = request.restored_from;
    job->record.claims = request.claims;
    job->record.restore_clauses = EncodeClauses(request.clauses);
    RETURN_IF_ERROR(FitToGraph(job->record, false, *request.from, request));
    if (!request.read_through)
      RETURN_IF_ERROR(snapshots_.CheckTables(*request.from, request.restored_from));
  } else {
    continued = TRY(Continued(request));
  }
  if (!continued && !request.from) RETURN_IF_ERROR(CheckNameIsNoId(request.name));
  job->continued = continued.has_value();
  std::optional<JobRecovery> recovery;
  if (continued) {
    recovery = registry_.places().Recovery(*continued, request.settings);
    RETURN_IF_ERROR(Status(recovery->decision.refusal));
    job->recovery = recovery->decision;
    continued->attempts = recovery->starts;
  }
  FillRecord(request, continued, job->record);
  // Recorded before anything is thrown away that a checkpoint may have promised.
  if (recovery) checkpoint::VoidUnseen(recovery->facts, recovery->decision, job->record.voided);
  job->record.checkpoint_directories =
      recovery ? recovery->places : registry_.places().New(job->record.id, request.settings);
  job->source = std::move(request.source);
  for (const graph::Node& node : request.graph.nodes) job->places[node.uid] = node.span;
  job->bounded = request.bounded;
  // What the options refuse is refused before anything is recorded.
  job->inline_bytes = TRY(InlineBytesOf(request.settings));
  task::JobOptions options = TRY(MakeOptions(request, *job));
  RETURN_IF_ERROR(BeginFunctions(*ports_.files, request, *job, options));
  // The job, and what it calls, end before this and its record's directory do.
  options.fall_back = [this, &job = *job, settings = request.settings](const std::string& path,
                                                                       const Status& damage) {
    return FallBack(job, settings, path, damage);
  };
  options.note_checkpoint =
      NoteIn(*ports_.files, registry_.directory().HistoryPath(job->record.id), request.settings);
  if (continued) {
    Forget(continued->id);
    RETURN_IF_ERROR(remains_.RemoveLocal(*continued));
    // Not while this process is still writing a savepoint of the last run from there.
    const std::optional<NameHold> unsaved = holds_.saved.TryTake(continued->id);
    if (unsaved && !DefectPlanted("put-aside-for-ever"))
      RETURN_IF_ERROR(remains_.RemovePutAside(*continued));
  }
  if (!continued && !request.from && !Overwrites(request.graph)) SayOfOutput(job->record);
  // Also of a job that continues: the start that restored it may have died before it got so far.
  const bool restored =
      !job->record.restored_from.empty() && (!continued || !DefectPlanted("superseded-once"));
  Status began = Record(job->record);
  if (began.ok()) began = Begin(std::move(request), std::move(options), *job);
  if (!began.ok()) {
    // The reason is what counts; a record that stays behind is one of a job that died.
    (void)Unrecord(continued, job->record);
    return began;
  }
  WEIR_FAULT_POINT("job.after_start");
  // If former jobs are left over, by a crash for example, the next start removes them.
  (void)ForgetFormer(job->record);
  if (restored) {
    WEIR_FAULT_POINT("restore.before_supersede");
    RETURN_IF_ERROR(Supersede(job->record, !continued));
    WEIR_FAULT_POINT("restore.after_supersede");
  }
  jobs_.Add(job);
  return job;
}

Result<std::unique_ptr<RunningJob>> JobRunner::StartQuery(JobRequest request,
                                                          ResultListener& results) {
  auto job = std::make_unique<RunningJob>();
  job->record.id = NewJobId();
  job->bounded = request.bounded;
  task::JobOptions options = TRY(MakeOptions(request, *job));
  RETURN_IF_ERROR(BeginFunctions(*ports_.files, request, *job, options));
  options.checkpointing.interval_millis = 0;
  options.restart.kind = task::RestartKind::kNone;
  options.results = &results;
  // A query's rows live in memory unless they outgrow it; its database is thrown away with it.
  job->scratch = TRY(registry_.directory().QueryDirectory(job->record.id));
  const std::shared_ptr<state::MemoryBudget> memory = BudgetOf(request.settings, memory_);
  options.ports.open_backend =
      [this, settings = request.settings, scratch = job->scratch,
       memory](const CheckpointMetadata*) -> Result<std::unique_ptr<StateBackend>> {
    return std::move(TRY(OpenScratch(JoinPath(scratch, "work"), settings, memory)).backend);
  };
  SetScratchPorts(request.settings, memory, JoinPath(job->scratch, "lookup-"),
                  JoinPath(job->scratch, "sort-"), options.ports);
  options.max_parallelism = kDefaultMaxParallelism;
  job->job = TRY(task::Job::Start(std::move(request.graph), std::move(options), std::nullopt));
  Announce(*job, false);
  return job;
}

Result<RunningJobPtr> JobRunner::FindRunning(std::string_view name_or_id) {
  for (const RunningJobPtr& job : jobs_.All()) {
    if (EqualsIgnoreCase(job->record.name, name_or_id) || job->record.id == name_or_id) return job;
  }
  const JobRecord record = TRY(registry_.Find(name_or_id));
  return Status(StatusCode::kInvalidArgument, fmt::format("job \"{}\" does not run", record.name))
      .WithId("E5002")
      .WithHint(record.state == RecordedState::kFinished ? "it has finished"
                                                         : registry_.WaysOn(record));
}

void JobRunner::Announce(RunningJob& job, bool recorded) {
  if (ports_.listener == nullptr) return;
  ports_.listener->OnStarted(*job.job, recorded);
  job.listener = ports_.listener;
}

Status CheckNotFinished(const JobRecord& record) {
  if (record.state != RecordedState::kFinished) return {};
  return Status(StatusCode::kInvalidArgument, fmt::format("job \"{}\" has finished", record.name))
      .WithId("E5002")
      .WithHint("its INSERT runs it anew");
}

Result<bool> JobRunner::IsToResume(const JobRecord& then) const {
  if (DefectPlanted("resumed-as-listed")) return true;
  const Result<JobRecord> now = registry_.Find(then.id);
  if (now.status().id() == "E5001") return false;
  RETURN_IF_ERROR(now.status());
  if (!now->runs_in_servers() || jobs_.Named(then.name) != nullptr) return false;
  const std::optional<JobRecord> newest = TRY(registry_.Unfinished(then.name));
  return newest && newest->id == then.id;
}

Status JobRunner::Reopen(JobRecord record) {
  RETURN_IF_ERROR(CheckNotFinished(record));
  // One that was restored and has no checkpoint of its own yet goes on from where it began.
  const bool begins = !record.restored_from.empty() && !HadCheckpoints(record) &&
                      !DefectPlanted("cancelled-restore-forgotten");
  if (!begins && TRY(registry_.Checkpoints(record)).empty()) {
    return Status::NotFound(fmt::format("no checkpoint of job \"{}\" was kept", record.name))
        .WithId("E7004");
  }
  Forget(record.id);
  record.state = RecordedState::kSuspended;
  return registry_.directory().Save(record);
}

}  // namespace weir::shell
