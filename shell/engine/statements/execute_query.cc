// SELECT and EXPLAIN.
#include <fmt/format.h>

#include <algorithm>
#include <numeric>

#include "planner/explain.h"
#include "planner/explain_graph.h"
#include "runtime/fault_point.h"
#include "shell/engine/jobs/check_tables.h"
#include "shell/engine/session/file_tables.h"
#include "shell/engine/statements/change_executor.h"
#include "shell/engine/statements/definitions_of.h"
#include "shell/engine/statements/statement_executor.h"
#include "shell/engine/text/error_text.h"
#include "shell/engine/text/progress_text.h"
#include "shell/engine/text/quantity.h"

namespace weir::shell {
namespace {

// The order of a Top-N over the whole result: its keys up to the first that is no column of it.
std::vector<graph::SortKey> OrderOf(const graph::JobGraph& graph) {
  const auto producer = [&](const graph::Node& node) {
    return &graph.nodes[static_cast<size_t>(node.inputs.front().from)];
  };
  const graph::Node* node = producer(graph.nodes.back());
  std::vector<int> from(node->output.size());  // the column of `node` that each column is; -1: none
  std::iota(from.begin(), from.end(), 0);
  while (const auto* calc = std::get_if<graph::CalcSpec>(&node->spec)) {
    for (int& column : from) {
      if (column < 0) continue;
      const expr::Expr& made = *calc->projections[static_cast<size_t>(column)];
      column = made.kind == expr::ExprKind::kColumn ? made.column : -1;
    }
    node = producer(*node);
  }
  std::vector<graph::SortKey> order;
  const auto* rank = std::get_if<graph::RankSpec>(&node->spec);
  if (rank == nullptr || !rank->partition.empty()) return order;
  for (graph::SortKey key : rank->order) {
    const auto found = std::ranges::find(from, key.column);
    if (found == from.end()) break;
    key.column = static_cast<int>(found - from.begin());
    order.push_back(key);
  }
  return order;
}

ResultTable HeaderOf(const graph::JobGraph& graph) {
  ResultTable header;
  header.order = OrderOf(graph);
  // The Collect node is the last: consumers come after producers.
  for (const Field& field : graph.nodes.back().output.fields)
    header.columns.push_back({field.name, field.type});
  return header;
}

Answer StateAnswer(const graph::JobGraph& graph, std::string_view text) {
  Answer answer;
  answer.table = TextTable(
      {"uid", "stability", "name from", "line", "operator", "key", "state", "ttl", "also"});
  for (const planner::StateRow& row : planner::ExplainState(graph)) {
    const std::string stability =
        row.stable ? "stable" : fmt::format("generated; suggested name: {}", row.suggested_name);
    const std::string line =
        row.span.empty() ? "" : std::to_string(LocateOffset(text, row.span.begin).line);
    answer.table->AddTextRow({row.uid, stability, row.name_from, line, row.kind, row.key, row.state,
                              row.ttl, fmt::format("{}", fmt::join(row.also, ", "))});
  }
  return answer;
}

}  // namespace

Result<Answer> StatementExecutor::Run(const ast::QueryStatement& statement, SourceSpan) {
  return RunQuery(*statement.query, session_.catalog());
}

Result<Answer> StatementExecutor::RunQuery(const ast::Query& query,
                                           const catalog::Catalog& catalog) {
  const planner::PlannerOptions options = TRY(OptionsOf(session_.settings()));
  planner::PlannedJob planned = TRY(planner::PlanQuery(query, catalog, options));
  if (session_.context().plans) return PlanAsked(planned);
  RETURN_IF_ERROR(CheckTablesOf(planned.graph, DefinitionsOf(planned)));
  Answer answer;
  for (const planner::Warning& warning : planned.warnings)
    answer.notices.push_back("WARNING: " + warning.message);
  const bool bounded = planned.bounded;
  const std::vector<catalog::CatalogObject> objects = planned.objects;
  // Before Begin, in which a view may fold changes into a table, or refuse endless ones (E2011).
  if (!planned.graph.nodes.back().changelog.append_only()) view_.ExpectUpdates();
  if (planned.ends) view_.ExpectEnd();
  view_.Begin(HeaderOf(planned.graph), bounded);
  const std::unique_ptr<RunningJob> job = TRY(session_.jobs().StartQuery(
      RequestOf(std::move(planned), "query", "", session_.settings()), view_));
  const bool ended =
      session_.Await(*job, task::WaitTarget::kFinished, std::nullopt, [this](RunningJob& running) {
        view_.Refresh(running.job->Snapshot(), session_.ports().clock->MonotonicNanos());
      });
  view_.Still();
  if (!ended) job->job->Cancel();
  session_.jobs().running().CountQuery(*job);
  answer.table = view_.End();
  RETURN_IF_ERROR(WithTablesOfFiles(session_.Outcome(*job), objects));
  const task::JobSnapshot last = job->job->Snapshot();
  // A part of a result must not look like the whole. Over unbounded input there is only ever a
  // part.
  const bool whole = ended || DefectPlanted("part-for-whole");
  if (!whole && bounded && last.state != task::JobState::kFinished) {
    const std::string cut =
        fmt::format("the SELECT was cut short after {} were read", Plural(last.source_rows, "row"));
    if (!answer.table && view_.row_count() > 0)
      return Status::Cancelled(cut + ": what was shown is a part of its result at most");
    return Status::Cancelled(cut + ": it has no result")
        .WithHint(
            "rows are shown as they come with SET 'sql-client.execution.result-mode' = "
            "'changelog'");
  }
  if (!answer.table) answer.changes = view_.row_count();
  answer.message = LossText(last);
  return answer;
}

Result<planner::PlannedJob> StatementExecutor::PlanForExplain(const ast::Statement& statement) {
  if (const auto* create = statement.As<ast::CreateJob>(); create != nullptr) {
    return PlanForExplain(*create->statement);
  }
  if (const auto* execute = statement.As<ast::Execute>(); execute != nullptr) {
    return PlanForExplain(*execute->statement);
  }
  const planner::PlannerOptions options = TRY(OptionsOf(session_.settings()));
  if (const auto* query = statement.As<ast::QueryStatement>(); query != nullptr) {
    return planner::PlanQuery(*query->query, session_.catalog(), options);
  }
  if (const auto* copy = statement.As<ast::Copy>(); copy != nullptr)
    return PlanCopy(*copy, statement.span);
  if (const auto* update = statement.As<ast::Update>(); update != nullptr)
    return TRY(ChangeExecutor(*this).Plan(*update)).job;
  if (const auto* rows = statement.As<ast::Delete>(); rows != nullptr)
    return TRY(ChangeExecutor(*this).Plan(*rows)).job;
  const std::vector<const ast::Insert*> inserts = InsertsOf(statement);
  if (inserts.empty()) return NotSupportedYet("EXPLAIN of this statement", statement.span);
  return planner::PlanInserts(inserts, session_.catalog(), options);
}

Result<Answer> StatementExecutor::Run(const ast::Explain& statement, SourceSpan) {
  if (const auto* restore = statement.statement->As<ast::RestoreJob>(); restore != nullptr) {
    return ExplainRestore(*restore);
  }
  const planner::PlannedJob planned = TRY(PlanForExplain(*statement.statement));
  RETURN_IF_ERROR(CheckTables(planned.graph, session_.ports(), session_.settings(),
                              Secrets(session_.registry().directory().path())));
  return PlanText(planned, statement.details);
}

Result<Answer> StatementExecutor::PlanAsked(const planner::PlannedJob& planned) {
  const PlanRequest& asked = *session_.context().plans;
  if (asked.planned) asked.planned(planned);
  Answer answer = TRY(PlanText(planned, asked.details));
  if (asked.only_graph) answer.text = planner::ExecutionPlanJson(planned) + "\n";
  return answer;
}

Result<Answer> StatementExecutor::PlanText(const planner::PlannedJob& planned,
                                           const std::vector<ast::ExplainDetail>& details) {
  bool state = false;
  planner::ExplainOptions options;
  for (const ast::ExplainDetail detail : details) {
    switch (detail) {
      case ast::ExplainDetail::kChangelogMode:
        options.changelog_mode = true;
        break;
      case ast::ExplainDetail::kState:
        state = true;
        break;
      case ast::ExplainDetail::kEstimatedCost:
        options.estimated_cost = true;
        break;
      case ast::ExplainDetail::kJsonExecutionPlan:
        options.execution_plan = true;
        break;
      case ast::ExplainDetail::kPlanAdvice:
        options.plan_advice = true;
        break;
    }
  }
  if (state) return StateAnswer(planned.graph, text_);
  options.sql = text_;
  options.one_phase = TRY(OptionsOf(session_.settings())).phases == lower::PhaseStrategy::kOnePhase;
  Answer answer;
  answer.text = planner::Explain(planned, session_.catalog().connectors(), options);
  for (const planner::Warning& warning : planned.warnings)
    answer.notices.push_back("WARNING: " + warning.message);
  return answer;
}

}  // namespace weir::shell
