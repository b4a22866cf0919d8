// ALTER MATERIALIZED TABLE, and CREATE OR ALTER of one that is there.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "planner/ast/to_sql.h"
#include "planner/bind/alter_table.h"
#include "planner/bind/bind.h"
#include "planner/bind/bind_errors.h"
#include "planner/parse/parse.h"
#include "runtime/base/names.h"
#include "runtime/fault_point.h"
#include "shell/engine/jobs/refresh_schedule.h"
#include "shell/engine/statements/materialized_tables.h"
#include "shell/engine/statements/prepared_restore.h"

namespace weir::shell {

// What an ALTER makes of a table.
struct MaterializedTables::Change {
  catalog::TablePtr old;
  catalog::TablePtr now;
  bind::StartWay way = bind::StartWay::kKeepState;
  SourceSpan place;
  std::vector<std::string> notices;
};

namespace {

// E1002 at the name: ALTER MATERIALIZED TABLE … `what`.
Status NotOfThese(std::string_view what, SourceSpan place) {
  return NotSupportedYet(fmt::format("ALTER MATERIALIZED TABLE … {}", what), place);
}

Status OtherMode(SourceSpan place) {
  return NotSupportedYet("another REFRESH_MODE for a materialized table", place)
      .WithHint("DROP it and create it as it is to be; the rows stay");
}

// E2009 for columns more of a table whose records stay and have no names: nobody could read those
// any more. Those of REFRESH_MODE FULL are replaced.
Status CheckRecords(const catalog::TableDefinition& old, const catalog::TableDefinition& now,
                    const graph::ConnectorCatalog& connectors, SourceSpan place) {
  if (!old.materialized->continuous || old.columns.size() == now.columns.size()) return {};
  const std::string name(graph::OptionValue(now.options, "format"));
  const graph::FormatDescriptor* format = connectors.FindFormat(name);
  const bool named = format == nullptr || graph::NamesColumns(*format, now.options);
  if (named || DefectPlanted("narrow-records-kept")) return {};
  return bind::Contradiction(
      fmt::format("{} has more columns in this query, and the {} records that are there do not say "
                  "which columns they have",
                  old.name.object, name),
      place,
      "a format that names columns, such as json or parquet, takes more of them; or create another "
      "materialized table");
}

std::string ShortOf(const catalog::TableDefinition& table) {
  return table.name.object;
}

// What ALTER … SET and RESET make of the table's options.
Result<ast::CreateMaterializedTable> WithOptions(ast::CreateMaterializedTable create,
                                                 const ast::Alter& alter) {
  const ast::CreateTable altered = TRY(bind::Altered(bind::PlainTable(create), alter));
  create.options = altered.options;
  create.comment = altered.comment;
  return create;
}

// Columns of the query in the place of those of the table. What else it declares is the
// statement's, where it declares anything, else what it has.
Status Reshape(const std::vector<ast::TableElement>& of_query,
               const ast::CreateMaterializedTable& had, ast::CreateMaterializedTable& create) {
  ast::CreateMaterializedTable evolved = had;
  RETURN_IF_ERROR(bind::Evolve(of_query, create.name.span, evolved));
  if (create.elements.empty()) {
    create.elements = std::move(evolved.elements);
    return {};
  }
  return bind::AddQueryColumns(of_query, create);
}

}  // namespace

Result<Answer> MaterializedTables::CreateOrAlter(ast::CreateMaterializedTable create,
                                                 const catalog::TablePtr& old) {
  Change change{.old = old, .now = nullptr, .place = create.name.span};
  change.way = TRY(bind::StartWayOf(create.start_mode));
  RETURN_IF_ERROR(SayRefresh(create));
  const bool continuous = create.refresh_mode == ast::RefreshMode::kContinuous;
  if (continuous != old->materialized->continuous) return OtherMode(create.name.span);
  RETURN_IF_ERROR(Reshape(TRY(ColumnsOf(create)), TRY(CreateOf(*old)), create));
  change.now = TRY(Define(std::move(create), change.notices));
  RETURN_IF_ERROR(CheckRecords(*old, *change.now, session_.catalog().connectors(), change.place));
  const bool same = change.now->materialized->create_text == old->materialized->create_text;
  if (same && !RunsAsBefore(*old)) {
    Answer there = Say(fmt::format("Materialized table {} exists already.", ShortOf(*old)));
    there.notices = {fmt::format("NOTICE: materialized table {} exists with the same definition{}",
                                 ShortOf(*old), IsActive(*old) ? "" : ", and is suspended")};
    return there;
  }
  return AlterTo(change);
}

// Whether its job runs in the query that it had before an ALTER which was killed in between.
bool MaterializedTables::RunsAsBefore(const catalog::TableDefinition& table) const {
  const Result<JobRecord> record = session_.registry().Find(RefreshJobOf(table.name));
  const Result<ast::StatementPtr> insert = parse::ParseStatement(RefreshInsert(table));
  return record.ok() && insert.ok() && IsActive(table) &&
         record->sql != JobSql({(*insert)->As<ast::Insert>()}) &&
         !DefectPlanted("altered-as-before");
}

// AS query: the names in it resolve where the session is; what else changes leaves them alone.
Result<MaterializedTables::Change> MaterializedTables::ChangeOf(const ast::Alter& alter,
                                                                const catalog::TablePtr& table) {
  const SourceSpan place = alter.name.span;
  Change change{.old = table, .now = nullptr, .place = place};
  ast::CreateMaterializedTable create = TRY(CreateOf(*table));
  create.name.span = place;
  if (const auto* query = std::get_if<ast::RedefineQuery>(&alter.action)) {
    change.way = TRY(bind::StartWayOf(query->start_mode));
    create.query = query->query;
    RETURN_IF_ERROR(bind::Evolve(TRY(ColumnsOf(create)), place, create));
    change.now = TRY(Define(std::move(create), change.notices));
    RETURN_IF_ERROR(CheckRecords(*table, *change.now, session_.catalog().connectors(), place));
    return change;
  }
  const AtPlaceOf there(*table->materialized, session_.catalog());
  if (const auto* set = std::get_if<ast::SetRefresh>(&alter.action)) {
    if (!set->freshness) return OtherMode(place);
    RETURN_IF_ERROR(bind::FreshnessMillis(*set->freshness).status());
    create.freshness = set->freshness;
    change.now = TRY(Define(std::move(create), change.notices));
    return change;
  }
  const bool options = std::holds_alternative<ast::SetOptions>(alter.action) ||
                       std::holds_alternative<ast::ResetOptions>(alter.action) ||
                       std::holds_alternative<ast::SetComment>(alter.action);
  if (options) {
    change.now = TRY(Define(TRY(WithOptions(std::move(create), alter)), change.notices));
    return change;
  }
  if (std::holds_alternative<ast::RenameObject>(alter.action)) return NotOfThese("RENAME", place);
  const bool partitions = std::holds_alternative<ast::AddPartitions>(alter.action) ||
                          std::holds_alternative<ast::DropPartitions>(alter.action);
  return NotOfThese(partitions ? "PARTITION" : "ADD, MODIFY and DROP", place)
      .WithHint("its columns are those of its query: ALTER MATERIALIZED TABLE … AS");
}

Result<Answer> MaterializedTables::Run(const ast::Alter& alter) {
  const SourceSpan place = alter.name.span;
  const catalog::Catalog& catalog = session_.catalog();
  const Result<catalog::CatalogObject> there = catalog.Find(bind::PartsOf(alter.name), place);
  if (!there.ok() && there.status().id() == "E2001" && alter.if_exists) {
    return Say(fmt::format("Materialized table {} does not exist.", alter.name.parts.back().text));
  }
  const catalog::TablePtr table = TRY(FindMaterialized(catalog, alter.name));
  const bool plans = session_.context().plans.has_value();
  if (std::holds_alternative<ast::Suspend>(alter.action))
    return plans ? Answer{} : Suspend(*table, place);
  if (const auto* resume = std::get_if<ast::Resume>(&alter.action))
    return plans ? Answer{} : Resume(*table, *resume, place);
  if (const auto* refresh = std::get_if<ast::Refresh>(&alter.action))
    return plans ? Answer{} : Refresh(*table, *refresh, place);
  return AlterTo(TRY(ChangeOf(alter, table)));
}

// The definition first, as the INSERT is planned with it. Killed in between, the job goes on with
// the query that it has, and the next RESUME, ALTER or CREATE OR ALTER carries it over.
Result<Answer> MaterializedTables::AlterTo(const Change& change) {
  catalog::Catalog& catalog = session_.catalog();
  const bool active = !session_.context().plans && IsActive(*change.old);
  RETURN_IF_ERROR(catalog.Replace({change.now, nullptr}, change.place));
  WEIR_FAULT_POINT("materialized.altered");
  Result<Answer> done = session_.context().plans ? Begin(*change.now, true, change.place)
                                                 : Restart(change, change.way);
  if (done.ok()) {
    done->message = fmt::format("Materialized table {} altered.{}{}", ShortOf(*change.now),
                                done->message.empty() ? "" : " ", done->message);
    done->notices.insert(done->notices.begin(), change.notices.begin(), change.notices.end());
    return done;
  }
  if (done.status().id() == "E8001") return done;  // given up while the job runs on
  RETURN_IF_ERROR(catalog.Replace({change.old, nullptr}, change.place));
  if (!active || IsActive(*change.old)) return done;
  const Result<Answer> again = Begin(*change.old, true, change.place);
  if (again.ok()) return done;
  const std::string hint = done.status().hint();
  return std::move(done).status().WithHint(
      fmt::format("{}{}the table is suspended, as its job does not go on with the query that it "
                  "had: {}",
                  hint, hint.empty() ? "" : "\n", again.status().message()));
}

Result<Answer> MaterializedTables::Restart(const Change& change, bind::StartWay way) {
  const catalog::TableDefinition& now = *change.now;
  const std::string job = RefreshJobOf(now.name);
  const bool active = IsActive(*change.old);
  RETURN_IF_ERROR(CheckPlan(now).At(change.place));
  if (!now.materialized->continuous) {
    if (!active) return Say(NotActive(now, job));
    RETURN_IF_ERROR(Cancel(job, change.place));
    return Begin(now, false, change.place);
  }
  if (way != bind::StartWay::kAnew) {
    Status fits = CheckState(now);
    const bool anew = !fits.ok() && way == bind::StartWay::kKeepIfFits;
    if (anew) return Restart(change, bind::StartWay::kAnew);
    if (!fits.ok()) return std::move(fits).At(change.place);
  }
  RETURN_IF_ERROR(End(job, JobEnding::kStop, change.place));
  std::vector<std::string> notices;
  if (way == bind::StartWay::kAnew && session_.registry().Find(job).ok()) {
    RETURN_IF_ERROR(Forget(job).WithSpan(change.place));
    notices.push_back(fmt::format(
        "WARNING: job {} starts anew: what it has committed in {} stays there, and comes once more",
        job, now.name.Short()));
  }
  Answer answer = Say(NotActive(now, job));
  if (active) answer = TRY(Begin(now, true, change.place));
  answer.notices.insert(answer.notices.begin(), notices.begin(), notices.end());
  return answer;
}

// Whether a job that reads on and on has come to the end of its input.
bool MaterializedTables::HasFinished(const catalog::TableDefinition& table,
                                     const std::string& job) const {
  (void)session_.jobs().RecordEndings();
  const Result<JobRecord> record = session_.registry().Find(job);
  return table.materialized->continuous && record.ok() && record->state == RecordedState::kFinished;
}

std::string MaterializedTables::NotActive(const catalog::TableDefinition& table,
                                          const std::string& job) const {
  return HasFinished(table, job) ? fmt::format("Job {} has finished.", job) : "It is suspended.";
}

Status MaterializedTables::CheckPlan(const catalog::TableDefinition& table) const {
  const std::string text = RefreshInsert(table);
  const ast::StatementPtr insert = TRY(parse::ParseStatement(text));
  const AtPlaceOf there(*table.materialized, session_.catalog());
  const planner::PlannerOptions options =
      TRY(statement_.OptionsOf(TRY(SettingsOf(*table.materialized, true))));
  const ast::Insert* inserts[] = {insert->As<ast::Insert>()};
  return planner::PlanInserts(inserts, session_.catalog(), options).status();
}

Status MaterializedTables::CheckState(const catalog::TableDefinition& table) const {
  const std::string job = RefreshJobOf(table.name);
  RETURN_IF_ERROR(session_.jobs().RecordEndings());
  const Result<JobRecord> record = session_.registry().Find(job);
  if (!record.ok() || !record->unfinished() || !session_.registry().HasState(*record)) return {};
  const std::string text = RefreshRestore(record->name, session_.settings().Get(kRestoreClausesKey),
                                          RefreshInsert(table));
  const ast::StatementPtr restore = TRY(parse::ParseStatement(text));
  const AtPlaceOf there(*table.materialized, session_.catalog());
  StatementExecutor executor(session_, text, statement_.view_);
  const StatementExecutor::Restore prepared =
      TRY(executor.PrepareRestore(*restore->As<ast::RestoreJob>()));
  Status refusal = checkpoint::Refusal(prepared.plan);
  if (refusal.ok()) return {};
  std::string ways;
  if (!prepared.plan.missing_clauses.empty()) {
    ways = fmt::format(
        "to go on all the same, and then this statement again:\n  SET '{}' = {};\nor, without the "
        "state, ",
        kRestoreClausesKey,
        ast::QuoteString(fmt::format("{}", fmt::join(prepared.plan.missing_clauses, " "))));
  }
  return std::move(refusal).WithHint(fmt::format(
      "the table stays as it was; what would become of its state:\n{}{}START_MODE = FROM_BEGINNING "
      "forgets it and reads the sources anew",
      prepared.text, ways));
}

Result<Answer> MaterializedTables::Suspend(const catalog::TableDefinition& table,
                                           SourceSpan place) {
  const std::string& name = table.name.object;
  const std::string job = RefreshJobOf(table.name);
  if (!IsActive(table)) {
    return Say(HasFinished(table, job)
                   ? fmt::format("Materialized table {} has all of its input.", name)
                   : fmt::format("Materialized table {} is suspended already.", name));
  }
  const bool continuous = table.materialized->continuous;
  RETURN_IF_ERROR(continuous ? End(job, JobEnding::kStop, place) : Cancel(job, place));
  return Say(fmt::format("Materialized table {} is suspended{}.", name,
                         continuous ? " with a last checkpoint" : ""));
}

// A job that somebody has cancelled goes on where it was: begun anew it would write all rows again.
Status MaterializedTables::Reopen(const std::string& job, SourceSpan place) {
  const Result<JobRecord> known = session_.registry().Find(job);
  if (!known.ok() || known->state != RecordedState::kCanceled ||
      DefectPlanted("cancelled-begins-anew"))
    return {};
  Status reopened = session_.jobs().Reopen(*known);
  if (reopened.ok()) return {};
  return std::move(reopened).WithSpan(place).WithHint(
      fmt::format("DROP JOB {} lets RESUME begin anew, and write all rows once more",
                  ast::QuoteIdentifier(job)));
}

Result<Answer> MaterializedTables::Resume(const catalog::TableDefinition& table,
                                          const ast::Resume& resume, SourceSpan place) {
  const std::string& name = table.name.object;
  if (IsActive(table)) {
    return Status::InvalidArgument(fmt::format("materialized table \"{}\" is not suspended", name))
        .WithId("E5002")
        .WithHint("ALTER MATERIALIZED TABLE … SUSPEND first")
        .WithSpan(place);
  }
  RefreshRun run{.job = RefreshJobOf(table.name), .insert = RefreshInsert(table, resume.options)};
  if (HasFinished(table, run.job)) {
    return Status::InvalidArgument(
               fmt::format("the input of materialized table \"{}\" has ended", name))
        .WithId("E5002")
        .WithHint(fmt::format("it has all of it; DROP JOB {} lets RESUME read it once more",
                              ast::QuoteIdentifier(run.job)))
        .WithSpan(place);
  }
  if (table.materialized->continuous) RETURN_IF_ERROR(Reopen(run.job, place));
  run.keeps_state = true;
  Answer answer = TRY(Start(table, run, place));
  answer.message = fmt::format("Materialized table {} is resumed. {}", name, answer.message);
  return answer;
}

Result<Answer> MaterializedTables::Refresh(const catalog::TableDefinition& table,
                                           const ast::Refresh& refresh, SourceSpan place) {
  const std::string& name = table.name.object;
  const std::string job = RefreshJobOf(table.name);
  const RunningJobPtr running = session_.jobs().running().Named(job);
  if (!refresh.partition.empty()) return RefreshPartition(table, refresh, place);
  if (table.materialized->continuous) {
    if (running == nullptr) {
      return Status::InvalidArgument(fmt::format("materialized table \"{}\" is suspended", name))
          .WithId("E5002")
          .WithHint("ALTER MATERIALIZED TABLE … RESUME goes on with it")
          .WithSpan(place);
    }
    const Result<uint64_t> id = running->job->TriggerCheckpoint();
    if (!id.ok()) return id.status().WithSpan(place);
    return Say(
        fmt::format("Materialized table {} has what was read by now: checkpoint {} of job {} "
                    "is complete.",
                    name, *id, job));
  }
  const bool active = IsActive(table);
  if (running == nullptr) RETURN_IF_ERROR(session_.jobs().RecordEndings());
  const Result<std::optional<JobRecord>> unfinished = session_.registry().Unfinished(job);
  // A run that failed began with input that may have changed since.
  if (running == nullptr && unfinished.ok() && *unfinished) RETURN_IF_ERROR(Forget(job));
  RefreshRun run{.job = job, .insert = RefreshInsert(table)};
  run.scheduled = active;
  Answer answer = TRY(Start(table, run, place));
  answer.message = fmt::format("Materialized table {} is refreshed. {}", name, answer.message);
  return answer;
}

// INSERT OVERWRITE of the rows of one partition, beside the schedule.
Result<Answer> MaterializedTables::RefreshPartition(const catalog::TableDefinition& table,
                                                    const ast::Refresh& refresh, SourceSpan place) {
  if (table.materialized->continuous) {
    return NotSupportedYet("REFRESH PARTITION of a table that a job refreshes on and on",
                           refresh.partition.front().key.span);
  }
  std::string condition;
  for (const ast::PartitionValue& one : refresh.partition) {
    const auto column = std::ranges::find_if(table.columns, [&](const auto& known) {
      return EqualsIgnoreCase(known.name, one.key.text);
    });
    const bool is_key =
        column != table.columns.end() &&
        std::ranges::find(table.partition_keys, column->name) != table.partition_keys.end();
    if (!is_key || !one.value) {
      return Status::InvalidSql(is_key ? fmt::format("PARTITION needs a value for {}", one.key.text)
                                       : fmt::format("{} is no partition column of {}",
                                                     one.key.text, table.name.object))
          .WithId(is_key ? "E2015" : "E2003")
          .WithSpan(one.key.span);
    }
    condition += fmt::format("{}{} = CAST({} AS {})", condition.empty() ? "" : " AND ",
                             ast::QuoteIdentifier(column->name), ast::ToSql(*one.value),
                             column->type.WithNullable(true).ToString());
  }
  const std::string query =
      fmt::format("SELECT * FROM ({}) WHERE {}", table.materialized->query_text, condition);
  RefreshRun run{.job = RefreshJobOf(table.name) + "_partition",
                 .insert = RefreshInsertOf(table, query)};
  run.scheduled = false;
  const bool whole = session_.jobs().running().Named(RefreshJobOf(table.name)) != nullptr;
  if (whole) {
    return Status::InvalidArgument(
               fmt::format("materialized table \"{}\" is being refreshed", table.name.object))
        .WithId("E5002")
        .WithHint("the run that is under way writes this partition, too")
        .WithSpan(place);
  }
  if (session_.jobs().running().Named(run.job) == nullptr) RETURN_IF_ERROR(Forget(run.job));
  Answer answer = TRY(Start(table, run, place));
  answer.message =
      fmt::format("Materialized table {} is refreshed. {}", table.name.object, answer.message);
  return answer;
}

}  // namespace weir::shell
