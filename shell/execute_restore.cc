// RESTORE JOB and EXPLAIN RESTORE: one preparation, one text.
#include <fmt/format.h>

#include <filesystem>

#include "planner/parse/parse.h"
#include "runtime/base/names.h"
#include "shell/restore_request.h"
#include "shell/statement_executor.h"

namespace weir::shell {
namespace {

constexpr std::string_view kPathKey = "execution.state-recovery.path";

bool MatchesUnique(const conf::Settings& settings) {
  return EqualsIgnoreCase(settings.Get("state.mapping.auto"), "unique");
}

std::string Absolute(const std::string& path) {
  return std::filesystem::absolute(path).lexically_normal().string();
}

Status RefuseRunning(const std::string& name, SourceSpan span) {
  return Status(StatusCode::kInvalidArgument, fmt::format("job \"{}\" is running", name))
      .WithId("E5002")
      .WithHint(
          "STOP JOB ends it with a last checkpoint; RESTORE JOB under another name starts a copy")
      .WithSpan(span);
}

}  // namespace

struct StatementExecutor::Restore {
  CheckpointMetadata from;
  std::string path;
  planner::PlannedJob planned;
  std::string sql;
  conf::Settings settings;
  checkpoint::RestoreClauses clauses;
  checkpoint::RestorePlan plan;
  std::string text;
};

Result<std::string> StatementExecutor::RestorePath(const ast::RestoreJob& statement) const {
  switch (statement.source) {
    case ast::RestoreSource::kPath:
      return statement.savepoint.text;
    case ast::RestoreSource::kSavepoint: {
      Result<SavepointEntry> entry = engine_.jobs_->savepoints().Find(statement.savepoint.text);
      if (!entry.ok()) return std::move(entry).status().WithSpan(statement.savepoint.span);
      return entry->path;
    }
    case ast::RestoreSource::kLatestCheckpoint:
      break;
  }
  Result<JobRecord> record = engine_.jobs_->FindRecord(statement.job.text);
  if (!record.ok()) return std::move(record).status().WithSpan(statement.job.span);
  const std::vector<CheckpointInfo> completed = TRY(engine_.jobs_->Checkpoints(*record));
  if (!completed.empty()) return completed.back().path;
  if (!record->restored_from.empty()) return record->restored_from;
  return Status::NotFound(fmt::format("no checkpoint of job \"{}\" was kept", record->name))
      .WithId("E7004")
      .WithSpan(statement.job.span);
}

// What the saved job was run with, where the session says nothing, and WITH over both.
Result<conf::Settings> StatementExecutor::RestoreSettings(const ast::RestoreJob& statement,
                                                          const CheckpointMetadata& from) const {
  conf::Settings settings = engine_.settings_;
  for (const auto& [key, value] : from.options) {
    const bool said = engine_.settings_.explicit_values().contains(key);
    if (!said && conf::FindOption(key) != nullptr) RETURN_IF_ERROR(settings.Set(key, value));
  }
  for (const ast::Property& option : statement.options) {
    const bool known = conf::FindOption(option.key.text) != nullptr;
    RETURN_IF_ERROR(settings.Set(option.key.text, option.value.text)
                        .WithSpan(known ? option.value.span : option.key.span));
  }
  return settings;
}

Result<planner::PlannedJob> StatementExecutor::PlanRestored(const ast::RestoreJob& statement,
                                                            const CheckpointMetadata& from,
                                                            const conf::Settings& settings,
                                                            std::string& sql) {
  if (statement.statement) {
    const std::vector<const ast::Insert*> inserts = InsertsOf(*statement.statement);
    sql = JobSql(inserts);
    return planner::PlanInserts(inserts, engine_.catalog_, TRY(OptionsOf(settings)));
  }
  sql = from.sql;
  catalog::Catalog definitions(engine_.catalog_.connectors());
  std::swap(engine_.catalog_, definitions);
  Result<planner::PlannedJob> planned = [&]() -> Result<planner::PlannedJob> {
    for (const std::string& definition : from.definitions) {
      const ast::StatementPtr parsed = TRY(parse::ParseStatement(definition));
      RETURN_IF_ERROR(StatementExecutor(engine_, definition, view_).Execute(*parsed).status());
    }
    const ast::StatementPtr parsed = TRY(parse::ParseStatement(from.sql));
    const StatementExecutor inner(engine_, from.sql, view_);
    return planner::PlanInserts(InsertsOf(*parsed), engine_.catalog_,
                                TRY(inner.OptionsOf(settings)));
  }();
  std::swap(engine_.catalog_, definitions);
  return planned;
}

Result<StatementExecutor::Restore> StatementExecutor::PrepareRestore(
    const ast::RestoreJob& statement) {
  Restore restore;
  restore.path = TRY(RestorePath(statement));
  Result<CheckpointMetadata> from = engine_.jobs_->ReadCheckpoint(restore.path);
  if (!from.ok()) return std::move(from).status().WithSpan(statement.savepoint.span);
  restore.from = *std::move(from);
  restore.settings = TRY(RestoreSettings(statement, restore.from));
  restore.planned = TRY(PlanRestored(statement, restore.from, restore.settings, restore.sql));
  restore.clauses = ClausesOf(statement, MatchesUnique(restore.settings));
  const bool edited = statement.statement != nullptr;
  PlanAndPrint(restore, edited ? text_ : std::string_view(restore.sql),
               edited ? statement.statement->span.begin : 0);
  return restore;
}

void StatementExecutor::PlanAndPrint(Restore& restore, std::string_view text, size_t begin) {
  restore.plan = PlanRestore(restore.from, restore.planned.graph, restore.clauses);
  restore.text = RestoreText(restore.plan, restore.from, text, begin);
}

Result<Answer> StatementExecutor::ExplainRestore(const ast::RestoreJob& statement) {
  Answer answer;
  answer.text = TRY(PrepareRestore(statement)).text;
  return answer;
}

// Output that the original committed behind the savepoint comes again.
std::vector<std::string> StatementExecutor::DuplicateWarnings(const Restore& restore) const {
  const Result<JobRecord> original = engine_.jobs_->FindRecord(restore.from.job_id);
  if (!original.ok()) return {};
  const Result<std::vector<CheckpointInfo>> completed = engine_.jobs_->Checkpoints(*original);
  const bool went_on = completed.ok() && !completed->empty() &&
                       completed->back().checkpoint_id > restore.from.checkpoint_id;
  if (!went_on && original->state != RecordedState::kFinished) return {};
  return {fmt::format(
      "WARNING: job {} went on after this {} and may have committed output since; that output will "
      "be written once more",
      original->name,
      restore.from.kind == CheckpointKind::kSavepoint ? "savepoint" : "checkpoint")};
}

Result<Answer> StatementExecutor::Run(const ast::RestoreJob& statement, SourceSpan span) {
  for (const RunningJob* running : engine_.jobs_->running()) {
    const bool same = EqualsIgnoreCase(running->record.name, statement.job.text) ||
                      running->record.id == statement.job.text;
    if (same) return RefuseRunning(running->record.name, statement.job.span);
  }
  Restore restore = TRY(PrepareRestore(statement));
  const bool goes_on =
      statement.source == ast::RestoreSource::kLatestCheckpoint && !statement.statement;
  if (!goes_on) return Launch(restore, statement.job.text, span);
  RETURN_IF_ERROR(PrintAndJudge(restore).WithSpan(span));
  return ContinueJob(statement, restore);
}

Status StatementExecutor::PrintAndJudge(const Restore& restore) {
  Answer table;
  table.text = restore.text;
  if (engine_.preface_) engine_.preface_(table);
  return Refusal(restore.plan);
}

Result<Answer> StatementExecutor::Launch(Restore& restore, const std::string& name,
                                         SourceSpan span) {
  RETURN_IF_ERROR(PrintAndJudge(restore).WithSpan(span));
  std::vector<std::string> notices = DuplicateWarnings(restore);
  for (const planner::Warning& warning : restore.planned.warnings)
    notices.push_back("WARNING: " + warning.message);
  JobRequest request = RequestOf(std::move(restore.planned), name, restore.sql, restore.settings);
  request.from = std::move(restore.from);
  request.restored_from = Absolute(restore.path);
  request.clauses = restore.clauses;
  RunningJob* job = TRY(engine_.jobs_->Start(std::move(request)));
  Answer answer = TRY(Started(*job));
  answer.notices.insert(answer.notices.end(), notices.begin(), notices.end());
  return answer;
}

// Flink's scripts: SET 'execution.state-recovery.path', then INSERT. The next INSERT starts without
// it. One that was started so and did not finish goes on from its own checkpoint.
Result<std::optional<Answer>> StatementExecutor::StartFromPath(
    const std::vector<const ast::Insert*>& inserts, const std::string& name,
    const conf::Settings& said) {
  Restore restore;
  restore.path = said.Get(kPathKey);
  if (restore.path.empty()) return std::optional<Answer>();
  RETURN_IF_ERROR(engine_.settings_.Reset(kPathKey));
  const Result<JobRecord> known = engine_.jobs_->FindRecord(name);
  const bool under_way =
      known.ok() && known->unfinished() && known->restored_from == Absolute(restore.path);
  if (under_way) return std::optional<Answer>();
  restore.settings = said;
  RETURN_IF_ERROR(restore.settings.Reset(kPathKey));
  restore.from = TRY(engine_.jobs_->ReadCheckpoint(restore.path));
  restore.planned =
      TRY(planner::PlanInserts(inserts, engine_.catalog_, TRY(OptionsOf(restore.settings))));
  restore.sql = JobSql(inserts);
  restore.clauses.allow_non_restored =
      said.GetBool("execution.state-recovery.ignore-unclaimed-state");
  restore.clauses.match_unique = MatchesUnique(said);
  PlanAndPrint(restore, text_, inserts.front()->target.span.begin);
  Answer answer = TRY(Launch(restore, name, inserts.front()->target.span));
  answer.notices.push_back(
      fmt::format("NOTICE: '{}' was for this statement only and is reset", kPathKey));
  return std::optional<Answer>(std::move(answer));
}

// The job itself goes on, under its id, as if it had never ended.
Result<Answer> StatementExecutor::ContinueJob(const ast::RestoreJob& statement, Restore& restore) {
  const JobRecord record = TRY(engine_.jobs_->FindRecord(statement.job.text));
  if (!record.unfinished())
    RETURN_IF_ERROR(engine_.jobs_->Reopen(record).WithSpan(statement.job.span));
  JobRequest request =
      RequestOf(std::move(restore.planned), record.name, record.sql, restore.settings);
  request.definitions = record.definitions;
  return Started(*TRY(engine_.jobs_->Start(std::move(request))));
}

}  // namespace weir::shell
