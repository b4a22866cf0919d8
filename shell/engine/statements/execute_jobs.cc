// INSERT, statement sets, and the life of jobs.
#include <fmt/format.h>

#include <algorithm>

#include "planner/ast/to_sql.h"
#include "planner/bind/bind_literal.h"
#include "planner/catalog/function_definition.h"
#include "runtime/base/names.h"
#include "runtime/graph/any_table_options.h"
#include "runtime/memory_files.h"
#include "shell/engine/jobs/job_options.h"
#include "shell/engine/jobs/restore_clauses.h"
#include "shell/engine/jobs/secrets.h"
#include "shell/engine/jobs/stored_path.h"
#include "shell/engine/jobs/table_paths.h"
#include "shell/engine/jobs/working_directory.h"
#include "shell/engine/statements/definitions_of.h"
#include "shell/engine/statements/insert_names.h"
#include "shell/engine/statements/secret_use.h"
#include "shell/engine/statements/statement_executor.h"

namespace weir::shell {
namespace {

// E5002 for a job that was waited for and that somebody cancelled or stopped before it was what it
// was waited for. A stopped one has taken a checkpoint.
Status EndOtherThan(const RunningJob& job, task::WaitTarget target) {
  const task::JobState state = job.job->Snapshot().state;
  const bool stopped =
      state == task::JobState::kSuspended && target != task::WaitTarget::kCheckpoint;
  if (!stopped && state != task::JobState::kCanceled) return {};
  const std::string_view before = target == task::WaitTarget::kFinished ? "it had finished"
                                  : target == task::WaitTarget::kIdle   ? "it was idle"
                                                                        : "its next checkpoint";
  return Status::External(fmt::format("job \"{}\" was {} before {}", job.record.name,
                                      stopped ? "stopped" : "cancelled", before))
      .WithId("E5002");
}

// The milliseconds of an INTERVAL literal of days to seconds.
Result<int64_t> TimeoutMillis(const ast::Expr& timeout) {
  const auto* literal = std::get_if<ast::Literal>(&timeout.node);
  if (literal != nullptr && literal->kind == ast::LiteralKind::kInterval) {
    const Result<Value> value = bind::BindLiteral(*literal, false);
    if (!value.ok()) return value.status().WithSpan(timeout.span);
    if (value->type().kind() == TypeKind::kIntervalDayTime) return value->get<int64_t>();
  }
  return Status::InvalidSql("TIMEOUT takes an interval such as INTERVAL '30' SECOND")
      .WithId("E2015")
      .WithSpan(timeout.span);
}

// The job without end that runs the same, as when a script was begun twice; "": none.
std::string TwinOf(JobRunner& jobs, const JobRequest& request) {
  for (const RunningJobPtr& job : jobs.running().NotEnded()) {
    const bool same =
        job->record.sql == request.sql && job->record.definitions == request.definitions;
    if (same && !job->bounded) return job->record.name;
  }
  return "";
}

Status RelativeInHint() {
  return Status::InvalidSql(
             "a hint has a relative path, and this session's directory is not that of the process "
             "that executes its statements")
      .WithId("E2015")
      .WithHint("give the whole path, or put it into the table's definition");
}

// Files of keys and certificates in hints. They are opened by clients of other systems, which know
// no directory but the process's.
Status CheckKeyPathsOf(const graph::JobGraph& graph, const std::vector<std::string>& definitions,
                       Session& session) {
  if (session.is_here() && session.may_name_any_path()) return {};
  const graph::ConnectorCatalog& connectors = session.catalog().connectors();
  const std::vector<std::string> named = KeyPathsOf(graph, connectors);
  if (named.empty()) return {};  // most jobs: their definitions need not be parsed
  const std::vector<std::string> defined = KeyPaths(definitions, connectors);
  for (const std::string& path : named) {
    if (std::ranges::find(defined, path) != defined.end()) continue;
    RETURN_IF_ERROR(session.CheckPath(PathUse::kTable, session.PathOf(path)));
    if (session.is_here() || session.PathOf(path) == path) continue;
    return RelativeInHint();
  }
  return {};
}

}  // namespace

std::vector<const ast::Insert*> InsertsOf(const ast::Statement& statement) {
  if (const auto* insert = statement.As<ast::Insert>(); insert != nullptr) return {insert};
  std::vector<const ast::Insert*> inserts;
  if (const auto* set = statement.As<ast::StatementSet>(); set != nullptr) {
    for (const ast::StatementPtr& member : set->statements) {
      if (const auto* insert = member->As<ast::Insert>(); insert != nullptr)
        inserts.push_back(insert);
    }
  }
  return inserts;
}

Result<planner::PlannerOptions> StatementExecutor::OptionsOf(const conf::Settings& settings) const {
  planner::PlannerOptions options;
  options.parallelism = ParallelismOf(settings);
  options.disabled_rules = TRY(planner::ParseRuleNames(settings.Get("optimizer.disabled-rules")));
  options.phases =
      TRY(planner::ParsePhaseStrategy(settings.Get("table.optimizer.agg-phase-strategy")));
  // An unaligned checkpoint may hold rows between two phases. A restore needs the second phase for
  // them, at whatever parallelism.
  if (options.phases == lower::PhaseStrategy::kAuto &&
      settings.GetBool("execution.checkpointing.unaligned.enabled"))
    options.phases = lower::PhaseStrategy::kAtAnyParallelism;
  options.auto_generate_uids = settings.GetBool("pipeline.auto-generate-uids");
  options.reuse.sub_plans = settings.GetBool("table.optimizer.reuse-sub-plan-enabled");
  options.reuse.sources = settings.GetBool("table.optimizer.reuse-source-enabled");
  options.time_zone = settings.Get("table.local-time-zone");
  options.state_ttl_millis = settings.GetMillis("table.exec.state.ttl");
  options.idle_timeout_millis = settings.GetMillis("table.exec.source.idle-timeout");
  options.max_recursion_depth = settings.GetInteger("table.exec.recursion.max-depth");
  options.cdc_events_duplicate = settings.GetBool("table.exec.source.cdc-events-duplicate");
  options.upsert_materialize =
      TRY(planner::ParseMaterialize(settings.Get("table.exec.sink.upsert-materialize")));
  options.keyed_shuffle =
      TRY(planner::ParseKeyedShuffle(settings.Get("table.exec.sink.keyed-shuffle")));
  options.batch = settings.Get("execution.runtime-mode") == "batch";
  for (const graph::OptionDescriptor& enforcer : graph::EnforcerOptions()) {
    const std::string value = settings.Get(enforcer.key);
    if (value != enforcer.default_value)
      options.enforcers.push_back({std::string(enforcer.key), value});
  }
  options.require_on_conflict = settings.GetBool("table.exec.sink.require-on-conflict");
  options.hints_name_systems = session_.who().role == Role::kAdmin;
  options.sql = text_;
  return options;
}

// Those in other languages.
static std::vector<const expr::ForeignFunction*> FunctionsOf(const planner::PlannedJob& planned) {
  std::vector<const expr::ForeignFunction*> functions;
  for (const catalog::CatalogObject& object : planned.objects) {
    if (object.function != nullptr && object.function->foreign != nullptr)
      functions.push_back(object.function->foreign);
  }
  return functions;
}

JobRequest StatementExecutor::RequestOf(planner::PlannedJob planned, std::string name,
                                        std::string sql, const conf::Settings& settings) const {
  JobRequest request;
  request.name = std::move(name);
  request.sql = std::move(sql);
  request.definitions = DefinitionsOf(planned);
  request.functions = FunctionsOf(planned);
  request.graph = std::move(planned.graph);
  request.parallelism = planned.parallelism;
  request.bounded = planned.bounded;
  request.settings = settings;
  request.outlet = session_.outlet();
  if (plans_own_text_)
    request.source =
        std::make_shared<const SourceText>(SourceText{std::string(text_), session_.context().file});
  return request;
}

Status StatementExecutor::OutcomeHere(const RunningJob& job) const {
  Status failure = session_.Outcome(job);
  if (!failure.ok()) session_.context().failed_job = NowOf(job);
  if (failure.ok() || (job.source != nullptr && job.source->text == text_)) return failure;
  return Status(failure.code(), failure.message()).WithId(failure.id()).WithHint(failure.hint());
}

Result<Answer> StatementExecutor::StartJob(const std::vector<const ast::Insert*>& inserts,
                                           std::string name, const conf::Settings& settings) {
  if (const std::optional<PlanRequest>& asked = session_.context().plans) {
    const planner::PlannerOptions options = TRY(OptionsOf(settings));
    planner::PlannedJob planned = TRY(planner::PlanInserts(inserts, session_.catalog(), options));
    Answer answer = TRY(PlanAsked(planned));
    if (asked->requested)
      asked->requested(RequestOf(std::move(planned), std::move(name), JobSql(inserts), settings));
    return answer;
  }
  if (!hold_) hold_.emplace(session_.holds().names.Take(name));
  const std::string path = settings.Get(kStartPathKey);
  if (std::optional<Answer> restored = TRY(StartFromPath(inserts, name, settings)))
    return *std::move(restored);
  planner::PlannerOptions options = TRY(OptionsOf(settings));
  // A job that was restored and has no checkpoint of its own yet starts from the savepoint again,
  // for which the plan needs the names that its clauses mapped.
  const Result<std::optional<JobRecord>> known = session_.registry().Unfinished(name);
  const bool unfinished = known.ok() && known->has_value();
  if (unfinished) options.former_names = FormerNamesOf(DecodeClauses((*known)->restore_clauses));
  planner::PlannedJob planned = TRY(planner::PlanInserts(inserts, session_.catalog(), options));
  std::vector<planner::Warning> warnings = std::move(planned.warnings);
  JobRequest request = RequestOf(std::move(planned), std::move(name), JobSql(inserts), settings);
  if (unfinished && (IsEdited(**known, request) || StartsAnewForOptions(inserts, request)))
    return StartEdited(inserts, std::move(request));
  const std::string twin = TwinOf(session_.jobs(), request);
  const RunningJobPtr job = TRY(StartHeld(std::move(request)));
  Answer answer = TRY(Started(*job));
  if (!twin.empty()) {
    answer.notices.push_back(
        fmt::format("WARNING: job {} does the same already: now both write all of it", twin));
  }
  if (!path.empty() && job->recovery.kind == checkpoint::RecoveryKind::kContinue) {
    answer.notices.push_back(fmt::format(
        "NOTICE: job {} goes on from a checkpoint of its own, which is newer than {}; behind DROP "
        "JOB {} it starts from there again",
        job->record.name, path, ast::QuoteIdentifier(job->record.name)));
  }
  for (const planner::Warning& warning : warnings)
    answer.notices.push_back("WARNING: " + warning.message);
  return answer;
}

Status StatementExecutor::CheckTablesOf(const graph::JobGraph& graph,
                                        const std::vector<std::string>& definitions) const {
  RETURN_IF_ERROR(CheckPathsOf(graph, definitions));
  return CheckSecretsOf(graph, definitions);
}

// Paths of tables and of FROM 'path' are absolute by now; relative ones are in hints.
Status StatementExecutor::CheckPathsOf(const graph::JobGraph& graph,
                                       const std::vector<std::string>& definitions) const {
  if (!session_.may_name_any_path()) {
    const std::vector<std::string> defined = TablePaths(definitions);
    for (const std::string& path : PathsOfTables(graph)) {
      if (std::ranges::find(defined, AbsolutePath(session_.PathOf(path))) == defined.end())
        RETURN_IF_ERROR(session_.CheckPath(PathUse::kTable, session_.PathOf(path)));
    }
  }
  RETURN_IF_ERROR(CheckStatePathsOf(graph, definitions));
  RETURN_IF_ERROR(CheckKeyPathsOf(graph, definitions, session_));
  return session_.is_here() || !HasRelativePaths(graph) ? Status() : RelativeInHint();
}

// Paths in definitions were checked when they were defined.
Status StatementExecutor::CheckStatePathsOf(const graph::JobGraph& graph,
                                            const std::vector<std::string>& definitions) const {
  if (session_.may_name_any_path()) return {};
  const std::vector<std::string> defined = StatePaths(definitions);
  for (const std::string& path : StatePathsOf(graph)) {
    if (std::ranges::find(defined, path) == defined.end())
      RETURN_IF_ERROR(session_.CheckPath(PathUse::kSavepoint, session_.PathOf(path)));
  }
  return {};
}

Status StatementExecutor::CheckSecretsOf(const graph::JobGraph& graph,
                                         const std::vector<std::string>& definitions) const {
  RETURN_IF_ERROR(CheckSecretUse(session_.who(), graph, definitions, session_.catalog()));
  return CheckSecrets(graph, Secrets(session_.registry().directory().path()));
}

Result<RunningJobPtr> StatementExecutor::StartHeld(JobRequest request) {
  RETURN_IF_ERROR(CheckTablesOf(request.graph, request.definitions));
  for (const std::string& path : StatePathsOf(request.graph)) {
    if (!session_.saved_states().IsLive(path)) continue;
    return Status::InvalidSql(
               "a job cannot read STATE OF JOB: it would go on from another state at each start")
        .WithId("E2015")
        .WithHint(
            "SAVEPOINT JOB … keeps the state, and STATE OF 'path' reads it; COPY (SELECT …) TO "
            "'file' writes a file of what is there now");
  }
  Result<RunningJobPtr> started = session_.jobs().Start(std::move(request), *hold_);
  hold_.reset();
  if (!started.ok()) return started;
  session_.NoteStarted(**started);
  RETURN_IF_ERROR(session_.refreshes().Note((*started)->record));
  if (const std::string& name = session_.who().name; !name.empty()) {
    const JobRecord& record = (*started)->record;
    if (session_.ports().listener != nullptr)
      session_.ports().listener->OnRemark({record.name, record.id}, {.text = "started by " + name});
  }
  return started;
}

Answer StatementExecutor::AnswerOfStart(const RunningJob& job) {
  const bool restored = !job.continued && !job.record.restored_from.empty();
  Answer started =
      Say(fmt::format("Job {} {}.", job.record.name,
                      restored              ? "runs from " + job.record.restored_from
                      : job.from_checkpoint ? "continues from its last checkpoint"
                      : job.continued       ? "starts again: it has no checkpoint to continue from"
                                            : "is running"));
  for (const std::string& note : job.recovery.notes)
    started.notices.push_back(fmt::format("WARNING: job {}: {}", job.record.name, note));
  return started;
}

Result<Answer> StatementExecutor::Started(RunningJob& job) {
  Answer started = AnswerOfStart(job);
  if (!session_.settings().GetBool("table.dml-sync")) return started;
  if (!session_.Await(job, task::WaitTarget::kFinished, std::nullopt)) {
    return Status::Cancelled("cancelled while the job runs on");
  }
  RETURN_IF_ERROR(session_.jobs().RecordEndings());
  RETURN_IF_ERROR(OutcomeHere(job).WithContext(fmt::format("job \"{}\" failed", job.record.name)));
  RETURN_IF_ERROR(EndOtherThan(job, task::WaitTarget::kFinished));
  started.message = fmt::format("Job {} has finished.", job.record.name);
  return started;
}

Result<Answer> StatementExecutor::Run(const ast::Insert& statement, SourceSpan span) {
  if (session_.context().open_set) {
    ast::Statement member;
    member.node = statement;
    member.span = span;
    session_.context().open_set->push_back(ast::StatementPtr(std::move(member)));
    return Say("Added to the statement set.");
  }
  std::string name = session_.settings().Get("pipeline.name");
  // A default name depends on the jobs in the data directory. A plan needs no name.
  if (name.empty() && !session_.context().plans) name = TRY(HoldNameFor(statement, span));
  return StartJob({&statement}, std::move(name), session_.settings());
}

// Looks again once the name is held: another session may have taken it meanwhile.
Result<std::string> StatementExecutor::HoldNameFor(const ast::Insert& insert, SourceSpan span) {
  std::string name = TRY(NameOf(insert, span));
  while (true) {
    hold_.emplace(session_.holds().names.Take(name));
    std::string now = TRY(NameOf(insert, span));
    if (now == name) return name;
    hold_.reset();
    name = std::move(now);
  }
}

Result<std::string> StatementExecutor::NameOf(const ast::Insert& insert, SourceSpan span) {
  // A job that has just finished must not count as one to go on with.
  RETURN_IF_ERROR(session_.jobs().RecordEndings());
  const std::vector<JobRecord> records = TRY(session_.registry().directory().Jobs());
  InsertNaming naming{&session_.context().inserts.Of(text_), span, &records, {}};
  for (const RunningJobPtr& job : session_.jobs().running().NotEnded())
    naming.running.push_back(job->record.name);
  return NameOfInsert(insert, naming);
}

Result<Answer> StatementExecutor::Run(const ast::StatementSet& statement, SourceSpan) {
  std::vector<const ast::Insert*> inserts;
  for (const ast::StatementPtr& member : statement.statements)
    inserts.push_back(member->As<ast::Insert>());
  const std::string named = session_.settings().Get("pipeline.name");
  return StartJob(inserts, named.empty() ? DefaultJobName(inserts) : named, session_.settings());
}

Result<Answer> StatementExecutor::Run(const ast::BeginStatementSet&, SourceSpan) {
  session_.context().open_set.emplace();
  return Say("Statement set begun; END; runs it.");
}

Result<Answer> StatementExecutor::Run(const ast::EndStatementSet&, SourceSpan span) {
  if (!session_.context().open_set) {
    return Status::InvalidSql("no statement set was begun").WithId("E2015").WithSpan(span);
  }
  ast::StatementSet set;
  set.statements = std::move(*session_.context().open_set);
  session_.context().open_set.reset();
  if (set.statements.empty()) {
    return Status::InvalidSql("the statement set is empty").WithId("E2015").WithSpan(span);
  }
  return Run(set, span);
}

Result<Answer> StatementExecutor::Run(const ast::Execute& statement, SourceSpan) {
  return Execute(*statement.statement);
}

Status StatementExecutor::SetWith(const std::vector<ast::Property>& options,
                                  conf::Settings& settings) const {
  for (const ast::Property& option : options) {
    const bool known = conf::KnowsOption(option.key.text);
    RETURN_IF_ERROR(conf::CheckJobOption(option.key.text).WithSpan(option.key.span));
    RETURN_IF_ERROR(
        session_.CheckOptionPaths(option.key.text, option.value.text).WithSpan(option.value.span));
    RETURN_IF_ERROR(
        settings.Set(option.key.text, session_.OptionValue(option.key.text, option.value.text))
            .WithSpan(known ? option.value.span : option.key.span));
  }
  return {};
}

Result<Answer> StatementExecutor::Run(const ast::CreateJob& statement, SourceSpan) {
  conf::Settings settings = session_.settings();
  RETURN_IF_ERROR(SetWith(statement.options, settings));
  hold_.emplace(session_.holds().names.Take(statement.job.text));
  if (statement.if_not_exists) {
    if (const RunningJobPtr job = session_.jobs().running().Named(statement.job.text))
      return Say(fmt::format("Job {} exists already.", job->record.name));
  }
  Answer answer = TRY(StartJob(InsertsOf(*statement.statement), statement.job.text, settings));
  AddNotice(settings.TakeWithoutEffect(), answer);
  return answer;
}

Result<Answer> StatementExecutor::Run(const ast::StopJob& statement, SourceSpan span) {
  Result<RunningJobPtr> job = session_.jobs().FindRunning(statement.job.text);
  if (!job.ok()) return std::move(job).status().WithSpan(statement.job.span);
  if (statement.savepoint) return StopWithSavepoint(statement, **job, span);
  const JobEnding how = statement.cancel  ? JobEnding::kCancel
                        : statement.drain ? JobEnding::kDrain
                                          : JobEnding::kStop;
  RETURN_IF_ERROR(session_.jobs().End(**job, how).WithSpan(statement.job.span));
  if (statement.drain) {
    return Say(fmt::format("Job {} is drained and has finished: every window has fired.",
                           (*job)->record.name));
  }
  if (statement.cancel && (*job)->RecordNow().state == RecordedState::kFinished)
    return Say(fmt::format("Job {} had finished already.", (*job)->record.name));
  const std::string& name = (*job)->record.name;
  if (statement.cancel) return Say(fmt::format("Job {} is cancelled.", name));
  const bool in_memory = IsInMemory(session_.registry().places().Of((*job)->record).front());
  return Say(
      fmt::format("Job {} is stopped; RESTORE JOB `{}` FROM LATEST CHECKPOINT; resumes it{}.", name,
                  name, in_memory ? ", in this process" : ""));
}

Result<Answer> StatementExecutor::Run(const ast::DropJob& statement, SourceSpan) {
  Result<std::vector<std::string>> notes = session_.jobs().Drop(statement.job.text);
  if (!notes.ok() && statement.if_exists && notes.status().id() == "E5001") {
    return Say(fmt::format("Job {} does not exist.", statement.job.text));
  }
  if (!notes.ok()) return std::move(notes).status().WithSpan(statement.job.span);
  Answer answer = Say(fmt::format("Job {} dropped.", statement.job.text));
  answer.notices = *std::move(notes);
  return answer;
}

Result<Answer> StatementExecutor::Run(const ast::CheckpointJob& statement, SourceSpan) {
  Result<RunningJobPtr> job = session_.jobs().FindRunning(statement.job.text);
  if (!job.ok()) return std::move(job).status().WithSpan(statement.job.span);
  const Result<uint64_t> id = (*job)->job->TriggerCheckpoint();
  if (!id.ok()) return id.status().WithSpan(statement.job.span);
  return Say(fmt::format("Checkpoint {} of job {} is complete.", *id, (*job)->record.name));
}

Result<Answer> StatementExecutor::Run(const ast::WaitForJob& statement, SourceSpan) {
  Result<RunningJobPtr> found = session_.jobs().FindRunning(statement.job.text);
  if (!found.ok()) return std::move(found).status().WithSpan(statement.job.span);
  RunningJob& job = **found;
  std::optional<int64_t> timeout_millis;
  if (statement.timeout) timeout_millis = TRY(TimeoutMillis(*statement.timeout));
  task::WaitTarget target = task::WaitTarget::kFinished;
  std::string_view what = "finished";
  if (statement.until == ast::WaitCondition::kIdle) {
    target = task::WaitTarget::kIdle;
    what = "idle";
  } else if (statement.until == ast::WaitCondition::kCheckpoint) {
    target = task::WaitTarget::kCheckpoint;
    what = "past a checkpoint";
  }
  const bool reached = session_.Await(job, target, timeout_millis);
  if (!reached && session_.cancel().load(std::memory_order_relaxed))
    return Status::Cancelled("the wait was cancelled");
  if (!reached) {
    return Status::External(fmt::format("job \"{}\" is not {} after {} ms", job.record.name, what,
                                        *timeout_millis))
        .WithId("E5002")
        .WithSpan(statement.job.span);
  }
  RETURN_IF_ERROR(session_.jobs().RecordEndings());
  RETURN_IF_ERROR(OutcomeHere(job).WithContext(fmt::format("job \"{}\" failed", job.record.name)));
  RETURN_IF_ERROR(EndOtherThan(job, target).WithSpan(statement.job.span));
  return Say(fmt::format("Job {} is {}.", job.record.name, what));
}

}  // namespace weir::shell
