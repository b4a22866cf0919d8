#include "shell/engine/statements/change_executor.h"

#include <fmt/format.h>

#include <algorithm>

#include "planner/ast/to_sql.h"
#include "planner/bind/bind_change.h"
#include "runtime/connectors/filesystem/file_removal.h"
#include "runtime/connectors/table_change.h"
#include "runtime/fault_point.h"
#include "runtime/operators/flow/sink_constraints.h"
#include "shell/engine/jobs/overwritten_input.h"
#include "shell/engine/jobs/secret_ports.h"
#include "shell/engine/jobs/table_paths.h"
#include "shell/engine/session/file_tables.h"
#include "shell/engine/statements/definitions_of.h"
#include "shell/engine/text/progress_text.h"
#include "shell/engine/text/quantity.h"

namespace weir::shell {
namespace {

// How often a statement is tried that others are in the way of, and from which time on it keeps
// them away.
constexpr int kMostTries = 5;
constexpr int kAloneFrom = 3;

// Gives what SinkConstraints leave, as a sink would get it.
class ConstrainedRows final : public ResultListener {
 public:
  ConstrainedRows(operators::SinkConstraints constraints, ResultListener& to)
      : constraints_(std::move(constraints)), to_(to) {}

  Status OnBatch(const Batch& batch) override {
    Batch fitting = batch;
    RETURN_IF_ERROR(constraints_.Apply(fitting));
    return fitting.size() == 0 ? Status() : to_.OnBatch(fitting);
  }
  Status OnWatermark(Timestamp) override { return {}; }

 private:
  operators::SinkConstraints constraints_;
  ResultListener& to_;
};

Schema FieldsOf(const catalog::TableDefinition& table, const std::vector<int>& columns) {
  Schema schema;
  for (const int column : columns) {
    const catalog::ColumnDefinition& definition = table.columns[static_cast<size_t>(column)];
    schema.fields.push_back({definition.name, definition.type});
  }
  return schema;
}

// The columns that a change gives, as those of a sink.
graph::SinkSpec SinkOf(const planner::PlannedChange& planned, graph::TableOptions enforcers) {
  graph::SinkSpec sink;
  sink.table = planned.table->name.Short();
  sink.options = std::move(enforcers);
  sink.schema = FieldsOf(*planned.table, planned.key);
  for (Field& field : FieldsOf(*planned.table, planned.assigned).fields) {
    if (!field.type.nullable()) sink.not_null_columns.push_back(field.name);
    sink.schema.fields.push_back(std::move(field));
  }
  return sink;
}

Status Unsupported(const catalog::TableDefinition& table, std::string_view words,
                   const ast::Name& target) {
  std::string hint = fmt::format("tables of {} take UPDATE, DELETE and TRUNCATE TABLE",
                                 fmt::join(connectors::ChangingConnectors(), " and "));
  if (table.connector->overwrite)
    hint = fmt::format("INSERT OVERWRITE {} SELECT … writes all of its rows anew, from elsewhere",
                       table.name.Short());
  return Status::InvalidSql(
             fmt::format("the connector '{}' does not support {}", table.connector->name, words))
      .WithId("E2015")
      .WithHint(std::move(hint))
      .WithSpan(target.span);
}

// What changes is known when the query has ended.
Status CheckEnds(const planner::PlannedJob& job, const ast::Name& target, std::string_view words) {
  if (job.ends && job.graph.nodes.back().changelog.append_only()) return {};
  return Status::InvalidSql(
             fmt::format("{} changes rows when its query has ended, and this one never ends",
                         words))
      .WithId("E2015")
      .WithHint("read tables that end")
      .WithSpan(target.span);
}

// INSERT OVERWRITE target SELECT NULL, … FROM (VALUES (0)) AS nothing WHERE FALSE.
ast::Insert NothingInstead(const ast::Name& target, size_t columns) {
  const auto literal = [&](ast::LiteralKind kind, std::string text) {
    ast::Literal made;
    made.kind = kind;
    made.text = std::move(text);
    return ast::ExprPtr(ast::Expr{std::move(made), target.span});
  };
  ast::Select select;
  for (size_t i = 0; i < columns; ++i)
    select.items.push_back({literal(ast::LiteralKind::kNull, ""), std::nullopt, target.span});
  ast::Query one;
  one.body = ast::Values{{{literal(ast::LiteralKind::kInteger, "0")}}};
  one.span = target.span;
  ast::TableRef from;
  from.node = ast::DerivedTable{false, ast::QueryPtr(std::move(one))};
  from.alias = ast::Alias{{"nothing", false, target.span}, {}};
  from.span = target.span;
  select.from.emplace_back(std::move(from));
  select.where = literal(ast::LiteralKind::kFalse, "");
  ast::Query query;
  query.body = std::move(select);
  query.span = target.span;
  ast::Insert insert;
  insert.overwrite = true;
  insert.target = target;
  insert.query = std::move(query);
  return insert;
}

}  // namespace

Status ChangeExecutor::CheckChanges(const ast::Name& target, std::string_view words) const {
  const catalog::TablePtr table = TRY(bind::FindChanged(session_.catalog(), target, words));
  const std::vector<std::string> names = connectors::ChangingConnectors();
  const bool changes = std::ranges::find(names, table->connector->name) != names.end();
  return changes ? Status() : Unsupported(*table, words, target);
}

template <typename Statement, typename Planner>
Result<planner::PlannedChange> ChangeExecutor::PlanBy(const Planner& plan,
                                                      const Statement& statement,
                                                      std::string_view words) {
  RETURN_IF_ERROR(CheckChanges(statement.target, words));
  planner::PlannerOptions options = TRY(statement_.OptionsOf(session_.settings()));
  // What a query that ends has forgotten would be rows that are changed, or are not.
  if (!DefectPlanted("changes-forget")) options.state_ttl_millis = 0;
  planner::PlannedChange planned = TRY(plan(statement, session_.catalog(), options));
  RETURN_IF_ERROR(CheckEnds(planned.job, statement.target, words));
  return planned;
}

Result<planner::PlannedChange> ChangeExecutor::Plan(const ast::Update& update) {
  return PlanBy(planner::PlanUpdate, update, "UPDATE");
}

Result<planner::PlannedChange> ChangeExecutor::Plan(const ast::Delete& rows) {
  return PlanBy(planner::PlanDelete, rows, "DELETE");
}

Result<Answer> ChangeExecutor::Run(const ast::Update& update) {
  return Change(TRY(Plan(update)), update.target, "updated");
}

Result<Answer> ChangeExecutor::Run(const ast::Delete& rows) {
  return Change(TRY(Plan(rows)), rows.target, "deleted");
}

Result<std::unique_ptr<connectors::TableChanger>> ChangeExecutor::ChangerOf(
    const planner::PlannedChange& planned, const ast::Name& target) const {
  const catalog::TableDefinition& table = *planned.table;
  connectors::ChangeSpec spec;
  spec.table = table.name.Short();
  spec.options =
      TRY(WithSecrets(table.options, spec.table, Secrets(session_.registry().directory().path())));
  spec.key = FieldsOf(table, planned.key);
  spec.assigned = FieldsOf(table, planned.assigned);
  auto changer = connectors::MakeTableChanger(spec);
  if (!changer.ok()) return std::move(changer).status().WithSpan(target.span);
  return changer;
}

Result<Answer> ChangeExecutor::Change(const planner::PlannedChange& planned,
                                      const ast::Name& target, std::string_view done) {
  if (session_.context().plans) return statement_.PlanAsked(planned.job);
  RETURN_IF_ERROR(statement_.CheckTablesOf(planned.job.graph, DefinitionsOf(planned.job)));
  Answer answer;
  answer.leaves_session = true;
  for (const planner::Warning& warning : planned.job.warnings)
    answer.notices.push_back("WARNING: " + warning.message);
  const std::unique_ptr<connectors::TableChanger> changer = TRY(ChangerOf(planned, target));
  for (int tries = 1;; ++tries) {
    bool may_pass = false;
    const auto change = changer->Begin(tries >= kAloneFrom, may_pass);
    Result<uint64_t> rows =
        change.ok() ? TryOnce(planned, **change, answer) : Result<uint64_t>(change.status());
    if (rows.ok()) {
      answer.message = fmt::format("{} {}.{}", Plural(*rows, "row"), done, answer.message);
      return answer;
    }
    if (change.ok()) may_pass = (*change)->MayPass(rows.status());
    if (may_pass && tries < kMostTries) continue;
    Status failure = std::move(rows).status().WithSpan(target.span);
    return may_pass ? std::move(failure).WithContext(fmt::format("after {} tries", tries))
                    : failure;
  }
}

Result<uint64_t> ChangeExecutor::TryOnce(const planner::PlannedChange& planned,
                                         connectors::TableChange& change, Answer& answer) {
  planner::PlannedJob again = planned.job;
  for (graph::Node& node : again.graph.nodes) {
    if (auto* scan = std::get_if<graph::ScanSpec>(&node.spec)) change.Prepare(*scan);
  }
  const std::vector<catalog::CatalogObject> objects = again.objects;
  const graph::SinkSpec sink =
      SinkOf(planned, TRY(statement_.OptionsOf(session_.settings())).enforcers);
  ConstrainedRows rows(TRY(operators::SinkConstraints::Make(sink)), change);
  const std::unique_ptr<RunningJob> job = TRY(session_.jobs().StartQuery(
      statement_.RequestOf(std::move(again), "change", "", session_.settings()), rows));
  const bool ended = session_.Await(*job, task::WaitTarget::kFinished, std::nullopt);
  if (!ended) job->job->Cancel();
  session_.jobs().running().CountQuery(*job);
  RETURN_IF_ERROR(WithTablesOfFiles(session_.Outcome(*job), objects));
  const task::JobSnapshot last = job->job->Snapshot();
  if (last.state != task::JobState::kFinished)
    return Status::Cancelled("the statement was cut short: no row is changed");
  const std::string lost = LossText(last);
  answer.message = lost.empty() ? "" : fmt::format(" {}", lost);
  return change.Commit();
}

Result<Answer> ChangeExecutor::Run(const ast::Truncate& truncate) {
  const ast::Name& target = truncate.target;
  constexpr std::string_view kWords = "TRUNCATE TABLE";
  const catalog::TablePtr table = TRY(bind::FindChanged(session_.catalog(), target, kWords));
  if (table->connector->overwrite) return TruncateFiles(target, *table);
  planner::PlannedChange nothing;
  nothing.table = table;
  const std::unique_ptr<connectors::TableChanger> changer = TRY(ChangerOf(nothing, target));
  if (changer == nullptr) return Unsupported(*table, kWords, target);
  if (session_.context().plans) return Answer{};
  RETURN_IF_ERROR(changer->Truncate().WithSpan(target.span));
  Answer answer = Say(fmt::format("Table {} truncated.", table->name.object));
  answer.leaves_session = true;
  return answer;
}

Status ChangeExecutor::CheckUnused(const catalog::TableDefinition& table) const {
  const std::string path(graph::OptionValue(table.options, "path"));
  for (const RunningJobPtr& job : session_.jobs().running().NotEnded()) {
    for (const std::string& other : TablePaths(job->record.definitions)) {
      if (!HasFilesOf(other, path, *session_.ports().files)) continue;
      return Status::InvalidArgument(
                 fmt::format("job \"{}\" reads or writes the files of the table \"{}\"",
                             job->record.name, table.name.Short()))
          .WithId("E5002")
          .WithHint(fmt::format("STOP JOB {} ends it with a last checkpoint",
                                ast::QuoteIdentifier(job->record.name)));
    }
  }
  return {};
}

Result<Answer> ChangeExecutor::TruncateFiles(const ast::Name& target,
                                             const catalog::TableDefinition& table) {
  const ast::Insert insert = NothingInstead(target, table.InsertColumns().size());
  conf::Settings settings = session_.settings();
  // Nobody waits for a table that cannot be emptied to be so by itself.
  RETURN_IF_ERROR(settings.Set("restart-strategy.type", "none"));
  const planner::PlannerOptions options = TRY(statement_.OptionsOf(settings));
  planner::PlannedJob planned = TRY(planner::PlanInserts({{&insert}}, session_.catalog(), options));
  if (session_.context().plans) return Answer{};
  JobRequest request = statement_.RequestOf(std::move(planned), "truncate_" + table.name.object,
                                            JobSql({&insert}), settings);
  statement_.hold_.emplace(session_.holds().names.Take(request.name));
  RETURN_IF_ERROR(CheckUnused(table).WithSpan(target.span));
  RETURN_IF_ERROR(RunToEnd(std::move(request)).WithSpan(target.span));
  if (!table.partition_keys.empty()) {
    // No rows replace no partition.
    Status removed = connectors::RemovePartitions(*session_.ports().files, table.options,
                                                  table.partition_keys.size());
    RETURN_IF_ERROR(std::move(removed).WithSpan(target.span));
  }
  Answer answer = Say(fmt::format("Table {} truncated.", table.name.object));
  answer.leaves_session = true;
  return answer;
}

// The job is forgotten once it has finished. One that has not can go on.
Status ChangeExecutor::RunToEnd(JobRequest request) {
  const RunningJobPtr job = TRY(statement_.StartHeld(std::move(request)));
  if (!session_.Await(*job, task::WaitTarget::kFinished, std::nullopt)) {
    RETURN_IF_ERROR(session_.jobs().End(*job, JobEnding::kCancel));
    return Status::Cancelled("TRUNCATE TABLE was cut short: some of the files may be gone");
  }
  RETURN_IF_ERROR(session_.jobs().RecordEndings());
  RETURN_IF_ERROR(statement_.OutcomeHere(*job));
  return session_.jobs().Drop(job->record.id).status();
}

}  // namespace weir::shell
