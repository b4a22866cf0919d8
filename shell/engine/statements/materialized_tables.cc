#include "shell/engine/statements/materialized_tables.h"

#include <fmt/format.h>

#include <algorithm>

#include "planner/ast/show_kind.h"
#include "planner/ast/to_sql.h"
#include "planner/bind/bind.h"
#include "planner/bind/check_files.h"
#include "planner/catalog/describe.h"
#include "planner/logical/declared_columns.h"
#include "planner/parse/parse.h"
#include "runtime/base/names.h"
#include "runtime/fault_point.h"
#include "runtime/graph/option_reach.h"
#include "shell/engine/catalog/kept_form.h"
#include "shell/engine/catalog/listed_definition.h"
#include "shell/engine/jobs/refresh_schedule.h"
#include "shell/engine/jobs/table_paths.h"
#include "shell/engine/statements/made_table.h"
#include "shell/engine/statements/notices_of_users.h"

namespace weir::shell {
namespace {

constexpr std::string_view kPolicyKey = "execution.restore-policy";
constexpr std::string_view kCheckpointsKey = "execution.checkpointing.interval";
constexpr std::string_view kRestartKey = "restart-strategy.type";

// What 'execution.restore-policy' says for a while.
class WithPolicy {
 public:
  WithPolicy(conf::Settings& settings, bool keeps_state) : settings_(settings) {
    if (!keeps_state) return;
    const auto said = settings.explicit_values().find(std::string(kPolicyKey));
    if (said != settings.explicit_values().end()) former_ = said->second;
    changed_ = settings.Set(kPolicyKey, "auto").ok();
  }
  ~WithPolicy() {
    if (changed_)
      (void)(former_ ? settings_.Set(kPolicyKey, *former_) : settings_.Reset(kPolicyKey));
  }
  WithPolicy(const WithPolicy&) = delete;
  WithPolicy& operator=(const WithPolicy&) = delete;

 private:
  conf::Settings& settings_;
  std::optional<std::string> former_;
  bool changed_ = false;
};

std::string MillisText(int64_t millis) {
  return fmt::format("{} ms", millis);
}

Status NotMaterialized(const catalog::CatalogObject& object, const ast::Name& name) {
  return Status::InvalidSql(fmt::format("{} is a {}, and not a materialized table",
                                        object.name().object, object.table ? "table" : "view"))
      .WithId("E2001")
      .WithHint(fmt::format("use the statement for a {}", object.table ? "TABLE" : "VIEW"))
      .WithSpan(name.span);
}

Status Endless(SourceSpan place) {
  return Status::InvalidSql(
             "REFRESH_MODE = FULL reads all of its input in each run, and this has no end")
      .WithId("E2015")
      .WithHint("REFRESH_MODE = CONTINUOUS follows it")
      .WithSpan(place);
}

}  // namespace

Result<catalog::TablePtr> FindMaterialized(const catalog::Catalog& catalog, const ast::Name& name) {
  const catalog::CatalogObject object = TRY(catalog.Find(bind::PartsOf(name), name.span));
  if (!object.table || !object.table->materialized) return NotMaterialized(object, name);
  return object.table;
}

Status CheckOrdinary(const catalog::Catalog& catalog, const ast::Name& name,
                     std::string_view hint) {
  const Result<catalog::CatalogObject> object = catalog.Find(bind::PartsOf(name), name.span);
  if (!object.ok() || !object->table || !object->table->materialized) return {};
  return Status::InvalidSql(fmt::format("{} is a materialized table", object->table->name.object))
      .WithId("E2001")
      .WithHint(std::string(hint))
      .WithSpan(name.span);
}

std::string RefreshJobOf(const catalog::ObjectName& table) {
  return "materialized-table_" + table.Short();
}

std::string RefreshInsert(const catalog::TableDefinition& table, ast::Properties hints) {
  constexpr std::string_view kOverwrite = "sink.overwrite";
  const bool said = !graph::OptionValue(table.options, kOverwrite).empty() ||
                    std::ranges::any_of(hints, [&](const ast::Property& hint) {
                      return EqualsIgnoreCase(hint.key.text, kOverwrite);
                    });
  const bool by_partitions = !table.partition_keys.empty() &&
                             graph::OptionValue(table.options, "connector") == "filesystem";
  if (!table.materialized->continuous && by_partitions && !said) {
    ast::Property& hint = hints.emplace_back();
    hint.key.text = kOverwrite;
    hint.value.text = "table";
  }
  return RefreshInsertOf(table, table.materialized->query_text, hints);
}

std::string RefreshInsertOf(const catalog::TableDefinition& table, const std::string& query,
                            const ast::Properties& hints) {
  std::string options;
  for (const ast::Property& hint : hints) {
    options += fmt::format("{}{} = {}", options.empty() ? "" : ", ",
                           ast::QuoteOption(hint.key.text), ast::QuoteOption(hint.value.text));
  }
  if (!options.empty()) options = fmt::format(" /*+ OPTIONS({}) */", options);
  return fmt::format("INSERT {} {}{} {}", table.materialized->continuous ? "INTO" : "OVERWRITE",
                     table.name.Quoted(), options, query);
}

std::string RefreshRestore(const std::string& job, const std::string& clauses,
                           const std::string& insert) {
  return fmt::format("RESTORE JOB {} FROM LATEST CHECKPOINT {} AS {}", ast::QuoteIdentifier(job),
                     clauses, insert);
}

Result<ast::CreateMaterializedTable> CreateOf(const catalog::TableDefinition& table) {
  const ast::StatementPtr create = TRY(parse::ParseStatement(table.materialized->create_text));
  return *create->As<ast::CreateMaterializedTable>();
}

AtPlaceOf::AtPlaceOf(const catalog::Materialization& made, catalog::Catalog& catalog)
    : catalog_(catalog),
      former_catalog_(catalog.current_catalog()),
      former_database_(catalog.current_database()) {
  // Without the database nothing in it is found either, which the query's error says.
  (void)catalog_.UseDatabase({made.current_catalog, made.current_database}, {});
}

AtPlaceOf::~AtPlaceOf() {
  (void)catalog_.UseDatabase({former_catalog_, former_database_}, {});
}

Status MaterializedTables::SayRefresh(ast::CreateMaterializedTable& create) const {
  const conf::Settings& settings = session_.settings();
  const bool full = create.refresh_mode == ast::RefreshMode::kFull;
  if (create.freshness) {
    const int64_t freshness = TRY(bind::FreshnessMillis(*create.freshness));
    const int64_t threshold =
        settings.GetMillis("materialized-table.refresh-mode.freshness-threshold");
    if (create.refresh_mode == ast::RefreshMode::kUnsaid) {
      create.refresh_mode =
          freshness < threshold ? ast::RefreshMode::kContinuous : ast::RefreshMode::kFull;
    }
    return {};
  }
  if (!full) create.refresh_mode = ast::RefreshMode::kContinuous;
  const int64_t usual =
      settings.GetMillis(full ? "materialized-table.default-freshness.full"
                              : "materialized-table.default-freshness.continuous");
  if (usual <= 0) {
    return Status::InvalidSql("without FRESHNESS its default must be more than nothing")
        .WithId("E2015")
        .WithSpan(create.name.span);
  }
  create.freshness = TRY(parse::ParseExpression(catalog::FreshnessText(usual)));
  return {};
}

Result<conf::Settings> MaterializedTables::SettingsOf(const catalog::Materialization& made,
                                                      bool scheduled) const {
  conf::Settings settings = session_.settings();
  const std::string freshness = MillisText(made.freshness_millis);
  const auto set = [&](std::string_view key, const std::string& value) -> Status {
    return settings.Get(key) == value ? Status() : settings.Set(key, value);
  };
  RETURN_IF_ERROR(set("execution.runtime-mode", made.continuous ? "streaming" : "batch"));
  if (made.continuous) {
    RETURN_IF_ERROR(set(kRefreshIntervalKey, MillisText(0)));
    if (!settings.Says(kCheckpointsKey)) RETURN_IF_ERROR(settings.Set(kCheckpointsKey, freshness));
    return settings;
  }
  RETURN_IF_ERROR(set(kRefreshIntervalKey, scheduled ? freshness : MillisText(0)));
  // The next run is the next try; a server would repeat this one for ever.
  if (!settings.Says(kRestartKey)) RETURN_IF_ERROR(settings.Set(kRestartKey, "none"));
  return settings;
}

Result<std::vector<ast::TableElement>> MaterializedTables::ColumnsOf(
    const ast::CreateMaterializedTable& create) {
  catalog::Materialization mode;
  mode.continuous = create.refresh_mode == ast::RefreshMode::kContinuous;
  mode.freshness_millis = TRY(bind::FreshnessMillis(*create.freshness));
  planner::PlannerOptions options = TRY(statement_.OptionsOf(TRY(SettingsOf(mode, true))));
  if (options.batch) {
    // Batch mode itself would answer with a mode for which there is none to choose here.
    options.batch = false;
    const auto streamed = planner::PlanQuery(*create.query, session_.catalog(), options);
    if (streamed.ok() && !streamed->ends) return Endless(create.name.span);
    options.batch = true;
  }
  const planner::PlannedJob planned =
      TRY(planner::PlanQuery(*create.query, session_.catalog(), options));
  Schema schema;
  for (const logical::Column& column : logical::DeclaredColumns(*planned.bound.roots.front()))
    schema.fields.push_back({column.name, column.type});
  const ast::StatementPtr made =
      TRY(parse::ParseStatement(fmt::format("CREATE TABLE t ({})", ColumnList(schema))));
  return made->As<ast::CreateTable>()->elements;
}

Result<catalog::TablePtr> MaterializedTables::Define(ast::CreateMaterializedTable create,
                                                     std::vector<std::string>& notices) {
  catalog::Catalog& catalog = session_.catalog();
  ast::CreateTable plain = bind::PlainTable(create);
  RETURN_IF_ERROR(CheckPathsIn(plain, session_));
  const graph::OptionReaches reaches(TableOptionsOf(plain), catalog.connectors());
  for (ast::Property& option : plain.options) {
    if (reaches.IsPath(option.key.text, option.value.text))
      option.value.text = session_.PathOf(option.value.text);
  }
  std::vector<catalog::CatalogObject> used;
  const ast::CreateView view{.name = create.name, .query = create.query};
  if (catalog.keeps()) {
    const catalog::ObjectName name =
        TRY(catalog.NameNew(bind::PartsOf(create.name), create.name.span));
    plain = KeptForm(plain, name, catalog.connectors());
    bind::BindOptions options;
    options.used_objects = &used;
    options.absolute_paths = true;
    RETURN_IF_ERROR(bind::BindCreateView(view, TextOf(view), catalog, options).status());
  }
  create.query = TRY(WithListedColumns(view, catalog)).query;
  create.name = plain.name;
  create.options = plain.options;
  create.or_alter = false;
  create.if_not_exists = false;
  create.start_mode.reset();
  const catalog::TablePtr table = TRY(bind::BindMaterializedTable(create, catalog));
  RETURN_IF_ERROR(bind::CheckFilesOfTable(plain, *table));
  for (const std::string& notice :
       {OptionsWithoutEffect(plain, *table), SecretsInClear(*table),
        ReadsTemporary("materialized table " + table->name.object, used)}) {
    if (!notice.empty()) notices.push_back(notice);
  }
  return table;
}

bool MaterializedTables::IsActive(const catalog::TableDefinition& table) const {
  const std::string job = RefreshJobOf(table.name);
  // A run that begins is neither among the jobs yet nor recorded as ended, and one that has just
  // ended may be recorded as running.
  const NameHold none_begins = session_.holds().names.Take(job);
  (void)session_.jobs().RecordEndings();
  const bool runs = session_.jobs().running().Named(job) != nullptr;
  if (table.materialized->continuous || runs) return runs;
  const Result<JobRecord> record = session_.registry().Find(job);
  return record.ok() && RefreshMillis(*record) > 0 &&
         (record->ended() || record->runs_in_servers());
}

Status MaterializedTables::End(const std::string& job, JobEnding how, SourceSpan place) {
  const RunningJobPtr running = session_.jobs().running().Named(job);
  return running == nullptr ? Status() : session_.jobs().End(*running, how).WithSpan(place);
}

// Also those of the name that went on as another job, by a restore.
Status MaterializedTables::Forget(const std::string& job) {
  RETURN_IF_ERROR(session_.jobs().RecordEndings());
  Status dropped;
  while (dropped.ok()) dropped = session_.jobs().Drop(job).status();
  return dropped.id() == "E5001" ? Status() : dropped;
}

Status MaterializedTables::Cancel(const std::string& job, SourceSpan place) {
  constexpr int kMostTries = 10;
  Status forgotten;
  for (int i = 0; i < kMostTries; ++i) {
    RETURN_IF_ERROR(End(job, JobEnding::kCancel, place));
    forgotten = Forget(job).WithSpan(place);
    if (forgotten.id() != "E5002") break;  // the schedule has begun a run in between
  }
  return forgotten;
}

Result<std::optional<Answer>> MaterializedTables::StartWithClauses(
    const catalog::TableDefinition& table, const RefreshRun& run, SourceSpan place) {
  const std::string clauses = session_.settings().Get(kRestoreClausesKey);
  const Result<JobRecord> record = session_.registry().Find(run.job);
  const bool goes_on = run.keeps_state && table.materialized->continuous && record.ok() &&
                       record->unfinished() && session_.registry().HasState(*record);
  if (clauses.empty() || !goes_on || session_.context().plans) return std::optional<Answer>();
  const std::string freshness = MillisText(table.materialized->freshness_millis);
  const bool said = session_.settings().Says(kCheckpointsKey);
  const std::string text = RefreshRestore(
      record->name,
      said ? clauses : fmt::format("{} WITH ('{}' = '{}')", clauses, kCheckpointsKey, freshness),
      run.insert);
  const AtPlaceOf there(*table.materialized, session_.catalog());
  Answer answer = TRY(statement_.ExecuteMade(text, place));
  RETURN_IF_ERROR(session_.settings().Set(kRestoreClausesKey, ""));
  answer.notices.push_back(
      fmt::format("NOTICE: '{}' was for this statement only and is reset", kRestoreClausesKey));
  return std::optional<Answer>(std::move(answer));
}

Result<Answer> MaterializedTables::Start(const catalog::TableDefinition& table,
                                         const RefreshRun& run, SourceSpan place) {
  if (std::optional<Answer> restored = TRY(StartWithClauses(table, run, place)))
    return *std::move(restored);
  const conf::Settings settings = TRY(SettingsOf(*table.materialized, run.scheduled));
  const ast::StatementPtr insert = TRY(parse::ParseStatement(run.insert));
  const AtPlaceOf there(*table.materialized, session_.catalog());
  const WithPolicy policy(session_.settings(), run.keeps_state);
  StatementExecutor executor(session_, run.insert, statement_.view_);
  Result<Answer> answer = executor.StartJob({insert->As<ast::Insert>()}, run.job, settings);
  if (!answer.ok()) return std::move(answer).status().At(place);
  return answer;
}

Result<Answer> MaterializedTables::Begin(const catalog::TableDefinition& table, bool keeps_state,
                                         SourceSpan place) {
  RefreshRun run{.job = RefreshJobOf(table.name), .insert = RefreshInsert(table)};
  run.keeps_state = keeps_state;
  return Start(table, run, place);
}

Result<Answer> MaterializedTables::Run(const ast::CreateMaterializedTable& create, SourceSpan) {
  const SourceSpan place = create.name.span;
  catalog::Catalog& catalog = session_.catalog();
  RETURN_IF_ERROR(bind::StartWayOf(create.start_mode).status());
  const Result<catalog::TablePtr> old = FindMaterialized(catalog, create.name);
  if (create.or_alter && old.ok()) return CreateOrAlter(create, *old);
  if (create.if_not_exists && old.ok()) return Existing(**old, place);
  ast::CreateMaterializedTable whole = create;
  RETURN_IF_ERROR(SayRefresh(whole));
  RETURN_IF_ERROR(bind::AddQueryColumns(TRY(ColumnsOf(whole)), whole));
  std::vector<std::string> notices;
  const catalog::TablePtr table = TRY(Define(std::move(whole), notices));
  const std::string& name = table->name.object;
  const catalog::ChangeOutcome outcome =
      TRY(catalog.Create({table, nullptr}, create.if_not_exists, place));
  if (outcome == catalog::ChangeOutcome::kEqual && IsActive(*table)) {
    Answer same = Say(fmt::format("Materialized table {} exists already.", name));
    same.notices = {fmt::format(
        "NOTICE: materialized table {} exists with the same definition, and is refreshed", name)};
    return same;
  }
  Result<Answer> begun = Begin(*table, create.or_alter, place);
  if (!begun.ok()) {
    // Not where its job is known by now: it may run on, or have failed in its course.
    const bool known = session_.registry().Find(RefreshJobOf(table->name)).ok();
    if (outcome == catalog::ChangeOutcome::kDone && (!known || begun.status().id() == "E7002")) {
      RETURN_IF_ERROR(
          catalog.Drop(bind::PartsOf(create.name), {catalog::ObjectKind::kTable}, place).status());
    }
    return begun;
  }
  begun->message = fmt::format("Materialized table {} created. {}", name, begun->message);
  begun->notices.insert(begun->notices.begin(), notices.begin(), notices.end());
  return begun;
}

// Where the process died between the table and its job, there is none, nor was there ever one.
Result<Answer> MaterializedTables::Existing(const catalog::TableDefinition& table,
                                            SourceSpan place) {
  Answer same = Say(fmt::format("Materialized table {} exists already.", table.name.object));
  const Status known = session_.registry().Find(RefreshJobOf(table.name)).status();
  if (known.id() != "E5001" || DefectPlanted("half-made-table")) return same;
  const Answer begun = TRY(Begin(table, false, place));
  same.notices = begun.notices;
  same.notices.push_back("NOTICE: it had no job, as its creation was cut short. " + begun.message);
  return same;
}

Result<Answer> MaterializedTables::Drop(const ast::Drop& drop) {
  catalog::Catalog& catalog = session_.catalog();
  const SourceSpan place = drop.name.span;
  const std::vector<std::string> parts = bind::PartsOf(drop.name);
  const Result<catalog::CatalogObject> there = catalog.Find(parts, place);
  if (!there.ok() && there.status().id() == "E2001" && drop.if_exists)
    return Say(fmt::format("Materialized table {} does not exist.", parts.back()));
  const catalog::TablePtr table = TRY(FindMaterialized(catalog, drop.name));
  Answer answer = Say(fmt::format("Materialized table {} dropped.", table->name.object));
  if (!session_.context().plans) {
    const std::string job = RefreshJobOf(table->name);
    RETURN_IF_ERROR(Cancel(job, place));
    answer.notices = NoticesOfUsers(session_, parts, catalog::ObjectKind::kTable);
  }
  RETURN_IF_ERROR(catalog.Drop(parts, {catalog::ObjectKind::kTable}, place).status());
  return answer;
}

std::vector<std::string> MaterializedTables::RefreshJobsIn(const std::vector<std::string>& database,
                                                           SourceSpan place) const {
  std::vector<std::string> jobs;
  const auto tables = TablesIn(database, {}, place);
  if (!tables.ok() || session_.context().plans) return jobs;
  for (const catalog::TablePtr& table : *tables) jobs.push_back(RefreshJobOf(table->name));
  return jobs;
}

Status MaterializedTables::EndRefreshes(const std::vector<std::string>& jobs, SourceSpan place) {
  if (DefectPlanted("refreshes-outlive-databases")) return {};
  for (const std::string& job : jobs) RETURN_IF_ERROR(Cancel(job, place));
  return {};
}

Result<Answer> MaterializedTables::ShowCreate(const ast::Show& show) const {
  const bool or_alter = show.kind == ast::ShowKind::kCreateOrAlterMaterializedTable;
  const catalog::TablePtr table = TRY(FindMaterialized(session_.catalog(), show.name));
  Answer answer;
  answer.text = catalog::ShowCreateMaterializedTable(*table, or_alter) + "\n";
  return answer;
}

// One that cannot be read is said so where it is used.
Result<std::vector<catalog::TablePtr>> MaterializedTables::TablesIn(
    const std::vector<std::string>& database, const catalog::NameFilter& filter,
    SourceSpan place) const {
  std::vector<catalog::TablePtr> tables;
  for (const std::string& name : TRY(session_.catalog().ListTables(database, filter, place))) {
    std::vector<std::string> parts = database;
    parts.push_back(name);
    const Result<catalog::CatalogObject> object = session_.catalog().Find(parts, place);
    if (object.ok() && object->table && object->table->materialized)
      tables.push_back(object->table);
  }
  return tables;
}

Result<std::vector<std::string>> MaterializedTables::Names(const ast::Show& show,
                                                           const catalog::NameFilter& filter,
                                                           SourceSpan span) const {
  std::vector<std::string> names;
  for (const catalog::TablePtr& table : TRY(TablesIn(bind::PartsOf(show.name), filter, span)))
    names.push_back(table->name.object);
  return names;
}

Result<Answer> MaterializedTables::BeginAgain(const JobRecord& record) {
  const conf::Settings settings = TRY(statement_.RecordedSettings(record.options));
  planner::PlannedJob planned = TRY(statement_.PlanRecorded(record.sql, record.definitions,
                                                            RecordedPaths::kAllowed, settings, {}));
  JobRequest request = statement_.RequestOf(std::move(planned), record.name, record.sql, settings);
  request.definitions = record.definitions;
  statement_.hold_.emplace(session_.holds().names.Take(record.name));
  // Somebody may have cancelled, dropped or begun it meanwhile: then the next look decides.
  const JobRecord now = TRY(session_.registry().Find(record.name));
  if (now.id != record.id || now.state != record.state) return Answer{};
  if (now.state == RecordedState::kFailed) {
    JobRecord over = now;
    over.state = RecordedState::kFinished;
    RETURN_IF_ERROR(session_.registry().directory().Save(over));
  }
  Result<RunningJobPtr> started = statement_.StartHeld(std::move(request));
  if (!started.ok()) {
    RETURN_IF_ERROR(session_.registry().directory().Save(now));
    return std::move(started).status();
  }
  return StatementExecutor::AnswerOfStart(**started);
}

}  // namespace weir::shell
