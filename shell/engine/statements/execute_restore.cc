// RESTORE JOB and EXPLAIN RESTORE, which share the preparation and its text.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <filesystem>

#include "planner/ast/to_sql.h"
#include "planner/parse/parse.h"
#include "runtime/base/names.h"
#include "runtime/base/plain_path.h"
#include "runtime/fault_point.h"
#include "runtime/task/operator_chain.h"
#include "shell/engine/catalog/kept_form.h"
#include "shell/engine/jobs/check_tables.h"
#include "shell/engine/jobs/restore_clauses.h"
#include "shell/engine/jobs/snapshot_fit.h"
#include "shell/engine/jobs/stored_path.h"
#include "shell/engine/jobs/working_directory.h"
#include "shell/engine/session/restore_report.h"
#include "shell/engine/statements/definitions_of.h"
#include "shell/engine/statements/insert_names.h"
#include "shell/engine/statements/prepared_restore.h"
#include "shell/engine/statements/restore_text.h"
#include "shell/engine/statements/statement_executor.h"
#include "shell/engine/text/quantity.h"

namespace weir::shell {
namespace {

constexpr std::string_view kClaimKey = "execution.state-recovery.claim-mode";
constexpr std::string_view kUnclaimedKey = "execution.state-recovery.ignore-unclaimed-state";
// Options of a restore itself, which a job does not inherit from its snapshot.
constexpr std::string_view kRecoveryKeys = "execution.state-recovery.";

bool MatchesUnique(const conf::Settings& settings) {
  return EqualsIgnoreCase(settings.Get("state.mapping.auto"), "unique");
}

// The absolute directory of a snapshot, which may be named by its file _metadata.
std::string Absolute(const std::string& path) {
  const std::filesystem::path normal = AbsolutePath(path);
  return (normal.filename() == "_metadata" ? normal.parent_path() : normal).string();
}

// Whether every operator had seen the end of its input, or was drained: all windows have fired.
bool HadEnded(const CheckpointMetadata& from) {
  bool any = false;
  for (const OperatorCheckpoint& op : from.operators) {
    if (op.operator_state.empty()) continue;  // a source that skipped nothing
    if (!task::EndedEverywhere(op)) return false;
    any = true;
  }
  return any;
}

// The span of the uid that `wrong` is about, which its message ends with; else `statement_span`.
SourceSpan SpanOfClause(const ast::RestoreJob& statement, const Status& wrong,
                        SourceSpan statement_span) {
  std::vector<ast::Text> uids = statement.allow_drop;
  uids.insert(uids.end(), statement.accept_changes.begin(), statement.accept_changes.end());
  for (const ast::StateMapping& mapping : statement.mappings) {
    uids.push_back(mapping.from);
    uids.push_back(mapping.to);
  }
  for (const ast::Text& uid : uids) {
    if (wrong.message().ends_with(": " + ast::QuoteString(uid.text))) return uid.span;
  }
  return statement_span;
}

// A damaged snapshot refuses the restore, as a verdict does.
Status AsRefusal(Status status) {
  if (status.code() != StatusCode::kCorruption) return status;
  return Status::RestoreRefused(status.message()).WithId(status.id()).WithHint(status.hint());
}

uint64_t BytesOf(const CheckpointMetadata& snapshot) {
  uint64_t bytes = 0;
  for (const StateFile& file : snapshot.files) bytes += file.bytes;
  return bytes;
}

// Whether the SQL is that of the job's record.
bool IsRecorded(const ast::RestoreJob& statement) {
  return statement.source == ast::RestoreSource::kLatestCheckpoint && !statement.statement &&
         !DefectPlanted("savepoint-over-record");
}

// Whether options and definitions are those that this data directory has recorded. Where its newest
// checkpoint is, and so what is in it, follows from options that whoever restores a job may say.
bool IsOfThisDirectory(const ast::RestoreJob& statement) {
  return statement.source == ast::RestoreSource::kSavepoint || IsRecorded(statement);
}

// Whether clauses change the state that the job starts from, which makes it a new job.
bool HasClauses(const ast::RestoreJob& statement) {
  return statement.allow_non_restored || statement.allow_partial || !statement.allow_drop.empty() ||
         !statement.accept_changes.empty() || !statement.mappings.empty();
}

// Whether the recorded job itself continues, under its id.
bool GoesOn(const ast::RestoreJob& statement) {
  const bool clauses = HasClauses(statement) && !DefectPlanted("clauses-unheard");
  return IsRecorded(statement) && !clauses;
}

Status RefuseRunning(const std::string& name, SourceSpan span) {
  return Status(StatusCode::kInvalidArgument, fmt::format("job \"{}\" is running", name))
      .WithId("E5002")
      .WithHint(
          "STOP JOB ends it with a last checkpoint; RESTORE JOB under another name starts a copy")
      .WithSpan(span);
}

RestoreReport ReportOf(const checkpoint::RestorePlan& plan, const CheckpointMetadata& from) {
  RestoreReport report{.plan = plan,
                       .is_savepoint = from.kind == CheckpointKind::kSavepoint,
                       .checkpoint_id = from.checkpoint_id,
                       .complete_millis = from.complete_millis};
  for (const checkpoint::RestoreRow& row : plan.rows) report.mixed.push_back(MixedText(row, from));
  return report;
}

// An object's definition in the form in which permanent ones are kept, to compare them.
std::string ComparableDefinition(const catalog::CatalogObject& object,
                                 const graph::ConnectorCatalog& connectors) {
  std::string said = DefinitionOf(object).create;
  const Result<ast::StatementPtr> parsed = parse::ParseStatement(said);
  if (!parsed.ok()) return said;
  if (const auto* table = (*parsed)->As<ast::CreateTable>())
    return TextOf(KeptForm(*table, object.name(), connectors));
  if (const auto* function = (*parsed)->As<ast::CreateFunction>())
    return TextOf(KeptForm(*function, object.name()));
  const auto* view = (*parsed)->As<ast::CreateView>();
  return view == nullptr ? said : TextOf(KeptForm(*view, object.name()));
}

}  // namespace

Result<std::string> StatementExecutor::RestorePath(const ast::RestoreJob& statement,
                                                   std::string& fallback, bool verified) const {
  switch (statement.source) {
    case ast::RestoreSource::kPath:
      return AllowedPathOf(statement.savepoint.text, statement.savepoint.span);
    case ast::RestoreSource::kSavepoint: {
      Result<SavepointEntry> entry =
          session_.registry().savepoints().Find(statement.savepoint.text);
      if (!entry.ok()) return std::move(entry).status().WithSpan(statement.savepoint.span);
      return entry->path;
    }
    case ast::RestoreSource::kLatestCheckpoint:
      break;
  }
  Result<JobRecord> record = session_.registry().Find(statement.job.text);
  if (!record.ok()) return std::move(record).status().WithSpan(statement.job.span);
  conf::Settings settings = session_.settings();
  RETURN_IF_ERROR(SetWith(statement.options, settings));
  const CheckpointPlaces& places = session_.registry().places();
  const JobRecovery recovery =
      verified ? places.VerifiedRecovery(*record, settings) : places.Recovery(*record, settings);
  checkpoint::RecoveryDecision decision = recovery.decision;
  fallback = std::move(decision.fallback);
  const bool none = decision.path.empty();
  // A job that has ended need not have kept a checkpoint, which is E7004 and no refusal.
  if (!decision.refusal.ok() && (record->unfinished() || !none))
    return std::move(decision.refusal).WithSpan(statement.job.span);
  if (!none) return decision.path;
  return Status::NotFound(fmt::format("no checkpoint of job \"{}\" was kept", record->name))
      .WithId("E7004")
      .WithHint(recovery.facts.forgotten ? decision.notes.front() : "")
      .WithSpan(statement.job.span);
}

// The session's options, with the saved job's where neither the session nor the command line says
// one.
Result<conf::Settings> StatementExecutor::RecordedSettings(
    const std::map<std::string, std::string>& options) const {
  conf::Settings settings = session_.settings();
  for (const auto& [key, value] : options) {
    if (key.starts_with(kRecoveryKeys)) continue;
    if (!session_.settings().Says(key) && conf::FindOption(key) != nullptr)
      RETURN_IF_ERROR(settings.Set(key, value));
  }
  return settings;
}

// The settings of RecordedSettings, with those of the statement's WITH clause in their place.
Result<conf::Settings> StatementExecutor::RestoreSettings(const ast::RestoreJob& statement,
                                                          const CheckpointMetadata& from) const {
  conf::Settings settings = TRY(RecordedSettings(from.options));
  // What comes with a path was set by whoever wrote what lies there. The options of the server's
  // conf file are recorded too, so that most are what the session has anyway.
  if (!IsOfThisDirectory(statement)) {
    for (const char* key : {"python.executable", "python.files"}) {
      const std::string wanted = settings.Get(key);
      if (wanted != session_.settings().Get(key))
        RETURN_IF_ERROR(session_.CheckOptionPaths(key, wanted));
    }
  }
  RETURN_IF_ERROR(SetWith(statement.options, settings));
  return settings;
}

Result<planner::PlannedJob> StatementExecutor::PlanRestored(const ast::RestoreJob& statement,
                                                            const CheckpointMetadata& from,
                                                            const conf::Settings& settings,
                                                            std::vector<uid::FormerName> names,
                                                            std::string& sql) {
  const RecordedPaths paths =
      IsOfThisDirectory(statement) ? RecordedPaths::kAllowed : RecordedPaths::kUnknown;
  if (statement.statement) {
    const std::vector<const ast::Insert*> inserts = InsertsOf(*statement.statement);
    sql = JobSql(inserts);
    planner::PlannerOptions options = TRY(OptionsOf(settings));
    options.former_names = std::move(names);
    const auto plan = [&] { return planner::PlanInserts(inserts, session_.catalog(), options); };
    Result<planner::PlannedJob> planned = plan();
    const std::string_view failed = planned.status().id();  // a table or a function is not there
    if (failed != "E2001" && failed != "E2005") return planned;
    // What the session does not know is as it was recorded with the job. Of two errors that of the
    // one is told which knows more of the statement.
    const catalog::Catalog known = session_.catalog();
    Result<planner::PlannedJob> again =
        WithDefinitions(from.definitions, paths, [&]() -> Result<planner::PlannedJob> {
          RETURN_IF_ERROR(PutOver(known, session_.catalog()));
          return plan();
        });
    const auto place = [](const Status& error) {
      return error.span().value_or(SourceSpan{}).begin;
    };
    const bool better = again.ok() || place(again.status()) > place(planned.status());
    return better ? std::move(again) : std::move(planned);
  }
  sql = from.sql;
  return PlanRecorded(from.sql, from.definitions, paths, settings, std::move(names));
}

Result<planner::PlannedJob> StatementExecutor::PlanRecorded(const std::string& sql,
                                                            const std::vector<std::string>& texts,
                                                            RecordedPaths paths,
                                                            const conf::Settings& settings,
                                                            std::vector<uid::FormerName> names) {
  return WithDefinitions(texts, paths, [&]() -> Result<planner::PlannedJob> {
    const ast::StatementPtr parsed = TRY(parse::ParseStatement(sql));
    const StatementExecutor inner(session_, sql, view_);
    planner::PlannerOptions options = TRY(inner.OptionsOf(settings));
    options.former_names = std::move(names);
    options.hints_name_systems = true;  // whoever started the job might say so
    return planner::PlanInserts(InsertsOf(*parsed), session_.catalog(), options);
  });
}

Result<planner::PlannedJob> StatementExecutor::WithDefinitions(
    const std::vector<std::string>& texts, RecordedPaths paths,
    const std::function<Result<planner::PlannedJob>()>& plan) {
  catalog::Catalog definitions(session_.catalog().connectors());
  std::swap(session_.catalog(), definitions);
  Result<planner::PlannedJob> planned = [&]() -> Result<planner::PlannedJob> {
    for (const std::string& definition : texts) {
      const ast::StatementPtr parsed = TRY(parse::ParseStatement(definition));
      if (!IsDefinition(*parsed)) {
        return Status::Corruption("what is saved of the catalog holds a statement of another kind")
            .WithId("E7001");
      }
      StatementExecutor executor(session_, definition, view_);
      executor.paths_ = paths;
      RETURN_IF_ERROR(executor.ExecuteAllowed(*parsed).status());
    }
    return plan();
  }();
  std::swap(session_.catalog(), definitions);
  return planned;
}

Result<StatementExecutor::Restore> StatementExecutor::PrepareRestore(
    const ast::RestoreJob& statement) {
  Restore restore;
  restore.name = statement.job.text;
  restore.path = TRY(RestorePath(statement, restore.fallback, false));
  RETURN_IF_ERROR(ReadSnapshot(statement, restore));
  std::vector<std::string> recorded_clauses;
  if (IsRecorded(statement)) {
    // A restored job without a checkpoint of its own starts from its snapshot again, whose SQL may
    // be another than the record's.
    const JobRecord record = TRY(session_.registry().Find(statement.job.text));
    restore.name = record.name;
    restore.from.sql = record.sql;
    restore.from.definitions = record.definitions;
    restore.from.options = record.options;
    if (GoesOn(statement) && !DefectPlanted("restore-of-finished-allowed"))
      restore.over = CheckNotFinished(record).WithSpan(statement.job.span);
    const bool again = restore.path == record.restored_from || DefectPlanted("clauses-for-ever");
    if (again && !HasClauses(statement)) recorded_clauses = record.restore_clauses;
  }
  restore.settings = TRY(RestoreSettings(statement, restore.from));
  restore.of_options = restore.settings.TakeWithoutEffect();
  restore.claims = EqualsIgnoreCase(restore.settings.Get(kClaimKey), "CLAIM");
  RETURN_IF_ERROR(restore.settings.Reset(kClaimKey));
  restore.clauses = ClausesOf(statement, MatchesUnique(restore.settings));
  if (!recorded_clauses.empty()) restore.clauses = DecodeClauses(recorded_clauses);
  restore.planned = TRY(PlanRestored(statement, restore.from, restore.settings,
                                     FormerNamesOf(restore.clauses), restore.sql));
  const bool edited = statement.statement != nullptr;
  restore.edited = edited;
  PlanAndDescribe(restore, restore.name, edited ? text_ : std::string_view(restore.sql),
                  edited ? statement.statement->span.begin : 0);
  return restore;
}

Status StatementExecutor::ReadSnapshot(const ast::RestoreJob& statement, Restore& restore) {
  const int64_t begin = session_.ports().clock->MonotonicNanos();
  Result<CheckpointMetadata> from =
      session_.snapshots().Read(restore.path, Watch("verifying " + restore.path));
  const bool latest = statement.source == ast::RestoreSource::kLatestCheckpoint;
  if (latest && from.status().code() == StatusCode::kCorruption) {
    // The newest checkpoint is damaged: looks for an older one that is whole, which takes reading
    // each.
    const std::string damaged = restore.path;
    restore.path = TRY(RestorePath(statement, restore.fallback, true));
    if (restore.path != damaged)
      from = session_.snapshots().Read(restore.path, Watch("verifying " + restore.path));
  }
  restore.seconds = static_cast<double>(session_.ports().clock->MonotonicNanos() - begin) / 1e9;
  if (from.ok()) {
    restore.from = *std::move(from);
    return {};
  }
  Status status = AsRefusal(std::move(from).status()).WithSpan(statement.savepoint.span);
  const bool lost =
      statement.source == ast::RestoreSource::kSavepoint && status.code() == StatusCode::kNotFound;
  if (!lost) return status;
  return MovedOrDeleted(statement.savepoint.text, restore.path).WithSpan(statement.savepoint.span);
}

void StatementExecutor::PlanAndDescribe(Restore& restore, const std::string& name,
                                        std::string_view text, size_t begin) {
  restore.clauses.directory = WorkingDirectory();
  restore.clauses.former_directory = DirectoryOfTables(
      restore.from, session_.registry().directory().path(), *session_.ports().files);
  restore.plan = PlanRestore(restore.from, restore.planned.graph, restore.clauses);
  const SnapshotUse use{&restore.from,     Absolute(restore.path), name,         restore.claims,
                        &restore.settings, &restore.planned.graph, &restore.plan};
  restore.plan.key_groups = KeyGroupsOf(restore.from, restore.settings);
  if (!restore.over.ok()) restore.plan.obstacle = restore.over;
  if (restore.plan.obstacle.ok())
    restore.plan.obstacle = session_.savepoints().CheckRestorable(use);
  if (restore.plan.obstacle.ok())
    restore.plan.obstacle = CheckTables(restore.planned.graph, session_.ports(), restore.settings,
                                        Secrets(session_.registry().directory().path()));
  Result<std::vector<std::string>> output = session_.savepoints().CheckOutput(use);
  if (output.ok()) {
    restore.of_output = *std::move(output);
  } else if (restore.plan.obstacle.ok()) {
    restore.plan.obstacle = AsRefusal(std::move(output).status());
  }
  if (restore.plan.obstacle.ok()) {
    Result<bool> counted = session_.savepoints().CountSeeds(
        use, restore.plan, Watch("counting what " + restore.path + " gives to new readers"));
    restore.read_through = counted.ok() && *counted;
    restore.plan.obstacle = AsRefusal(std::move(counted).status());
  }
  restore.text = RestoreText(restore.plan, restore.from, text, begin);
}

Result<Answer> StatementExecutor::ExplainRestore(const ast::RestoreJob& statement) {
  const Restore restore = TRY(PrepareRestore(statement));
  Answer answer;
  answer.text = restore.text;
  answer.restore = std::make_shared<const RestoreReport>(ReportOf(restore.plan, restore.from));
  answer.notices = RestoreWarnings(restore);
  answer.notices.insert(answer.notices.end(), restore.of_output.begin(), restore.of_output.end());
  if (const RunningJobPtr running = session_.jobs().running().Named(statement.job.text)) {
    answer.notices.push_back(
        fmt::format("NOTICE: job {} is running; RESTORE needs it stopped, or starts a copy under "
                    "another name",
                    running->record.name));
  }
  return answer;
}

std::vector<std::string> StatementExecutor::RestoreWarnings(const Restore& restore) const {
  std::vector<std::string> warnings;
  if (!restore.of_options.empty()) warnings.push_back(restore.of_options);
  if (!restore.fallback.empty()) warnings.push_back("WARNING: " + restore.fallback);
  const std::string_view what =
      restore.from.kind == CheckpointKind::kSavepoint ? "savepoint" : "checkpoint";
  Result<std::vector<std::string>> others =
      session_.savepoints().WentOn(restore.from, Absolute(restore.path));
  // The fallback's warning already says which output of this job comes twice.
  if (others.ok() && !restore.fallback.empty()) std::erase(*others, restore.from.job_name);
  if (others.ok() && !others->empty()) {
    warnings.push_back(fmt::format(
        "WARNING: job {} went on after this {} and may have committed output since; that output "
        "will be written once more",
        fmt::join(*others, ", "), what));
  }
  if (HadEnded(restore.from)) {
    warnings.push_back(fmt::format(
        "WARNING: this {} was drained, or is of the end of its input: all its windows have fired, "
        "and rows for them that come now are late",
        what));
  }
  if (restore.edited) return warnings;
  for (const std::string& name : ChangedDefinitions(restore.planned.objects)) {
    warnings.push_back(fmt::format(
        "NOTICE: {} is defined otherwise in this session; the definition inside the {} counts, as "
        "its SQL does (AS … takes those of the session)",
        name, what));
  }
  return warnings;
}

// Tables, views and functions of the saved query that the session defines in other words.
std::vector<std::string> StatementExecutor::ChangedDefinitions(
    const std::vector<catalog::CatalogObject>& saved) const {
  std::vector<std::string> names;
  for (const catalog::CatalogObject& before : saved) {
    const Result<std::optional<catalog::CatalogObject>> now =
        session_.catalog().FindExactly(before.name(), before.kind());
    const graph::ConnectorCatalog& connectors = session_.catalog().connectors();
    if (now.ok() && *now &&
        ComparableDefinition(**now, connectors) != ComparableDefinition(before, connectors))
      names.push_back(before.name().object);
  }
  return names;
}

Result<Answer> StatementExecutor::Run(const ast::RestoreJob& statement, SourceSpan span) {
  hold_.emplace(IsRecorded(statement) ? TRY(HoldNameOf(session_.registry(), session_.holds().names,
                                                       statement.job.text))
                                      : session_.holds().names.Take(statement.job.text));
  for (const RunningJobPtr& running : session_.jobs().running().NotEnded()) {
    const bool same = EqualsIgnoreCase(running->record.name, statement.job.text) ||
                      running->record.id == statement.job.text;
    if (same) return RefuseRunning(running->record.name, statement.job.span);
  }
  Restore restore = TRY(PrepareRestore(statement));
  if (!restore.plan.clauses.ok()) span = SpanOfClause(statement, restore.plan.clauses, span);
  if (!GoesOn(statement)) return Launch(restore, restore.name, span);
  RETURN_IF_ERROR(PrintAndCheck(restore).WithSpan(span));
  return ContinueJob(statement, restore);
}

Status StatementExecutor::PrintAndCheck(const Restore& restore) {
  Answer table;
  table.text = restore.text;
  if (session_.context().preface) session_.context().preface(table);
  return Refusal(restore.plan);
}

Result<Answer> StatementExecutor::Launch(Restore& restore, const std::string& name,
                                         SourceSpan span) {
  RETURN_IF_ERROR(PrintAndCheck(restore).WithSpan(span));
  std::vector<std::string> notices = RestoreWarnings(restore);
  const uint64_t bytes = BytesOf(restore.from);
  for (const planner::Warning& warning : restore.planned.warnings)
    notices.push_back("WARNING: " + warning.message);
  JobRequest request = RequestOf(std::move(restore.planned), name, restore.sql, restore.settings);
  request.from = std::move(restore.from);
  request.restored_from = Absolute(restore.path);
  request.clauses = restore.clauses;
  request.claims = restore.claims;
  request.read_through = restore.read_through;
  return StartTimed(std::move(request), restore, bytes, std::move(notices));
}

// Starts the job, and says how long verifying and opening this many bytes of state took.
Result<Answer> StatementExecutor::StartTimed(JobRequest request, const Restore& restore,
                                             uint64_t bytes, std::vector<std::string> notices) {
  request.progress = Watch("loading " + restore.path);
  const int64_t begin = session_.ports().clock->MonotonicNanos();
  const RunningJobPtr job = TRY(StartHeld(std::move(request)));
  const double seconds =
      static_cast<double>(session_.ports().clock->MonotonicNanos() - begin) / 1e9;
  notices.push_back(fmt::format("State of job {}: {} verified in {}, opened in {}.",
                                job->record.name, BytesText(bytes), DurationText(restore.seconds),
                                DurationText(seconds)));
  Answer answer = TRY(Started(*job));
  answer.notices.insert(answer.notices.end(), notices.begin(), notices.end());
  return answer;
}

// As in Flink's scripts: SET 'execution.state-recovery.path', then INSERT. The option is reset once
// an INSERT has started from it, and stays for the next try if the INSERT was refused. A job that
// was started this way and has not finished continues from its own checkpoint.
Result<std::optional<Answer>> StatementExecutor::StartFromPath(
    const std::vector<const ast::Insert*>& inserts, const std::string& name,
    const conf::Settings& said) {
  Restore restore;
  restore.path = said.Get(kStartPathKey);
  if (restore.path.empty()) return std::optional<Answer>();
  const SourceSpan place = inserts.front()->target.span;
  const Result<JobRecord> known = session_.registry().Find(name);
  const bool under_way =
      known.ok() && known->unfinished() && known->restored_from == Absolute(restore.path);
  if (under_way) {
    RETURN_IF_ERROR(session_.settings().Set(kStartPathKey, ""));
    return std::optional<Answer>();
  }
  restore.settings = said;
  RETURN_IF_ERROR(restore.settings.Reset(kStartPathKey));
  restore.claims = EqualsIgnoreCase(said.Get(kClaimKey), "CLAIM");
  RETURN_IF_ERROR(restore.settings.Reset(kClaimKey));
  restore.edited = true;
  Result<CheckpointMetadata> from = session_.snapshots().Read(restore.path);
  if (!from.ok()) return AsRefusal(std::move(from).status()).WithSpan(place);
  restore.from = *std::move(from);
  restore.planned =
      TRY(planner::PlanInserts(inserts, session_.catalog(), TRY(OptionsOf(restore.settings))));
  restore.sql = JobSql(inserts);
  restore.clauses.allow_non_restored = said.GetBool(kUnclaimedKey);
  restore.clauses.match_unique = MatchesUnique(said);
  PlanAndDescribe(restore, name, text_, place.begin);
  Result<Answer> launched = Launch(restore, name, place);
  if (!launched.ok() && !restore.plan.missing_clauses.empty()) {
    return std::move(launched).status().WithHint(fmt::format(
        "nothing was started, and '{}' is still set; INSERT takes no clauses, so that to go on all "
        "the same it takes\n  RESTORE JOB {} FROM {}\n  {}\n  AS INSERT …\nor, for state that no "
        "operator takes, SET '{}' = 'true' (weir run -n)",
        kStartPathKey, ast::QuoteIdentifier(name), ast::QuoteString(restore.path),
        fmt::join(restore.plan.missing_clauses, "\n  "), kUnclaimedKey));
  }
  if (!launched.ok()) return launched.status();
  Answer answer = *std::move(launched);
  RETURN_IF_ERROR(session_.settings().Set(kStartPathKey, ""));  // a conf file may say one, too
  answer.notices.push_back(
      fmt::format("NOTICE: '{}' was for this statement only and is reset", kStartPathKey));
  return std::optional<Answer>(std::move(answer));
}

// The job itself goes on, under its id, as if it had never ended.
Result<Answer> StatementExecutor::ContinueJob(const ast::RestoreJob& statement, Restore& restore) {
  const JobRecord record = TRY(session_.registry().Find(statement.job.text));
  if (!record.unfinished())
    RETURN_IF_ERROR(session_.jobs().Reopen(record).WithSpan(statement.job.span));
  JobRequest request =
      RequestOf(std::move(restore.planned), record.name, record.sql, restore.settings);
  request.definitions = record.definitions;
  restore.fallback.clear();  // the start finds it again and says so
  return StartTimed(std::move(request), restore, BytesOf(restore.from), RestoreWarnings(restore));
}

}  // namespace weir::shell
