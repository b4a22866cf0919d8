// FOR SYSTEM_TIME AS OF: which tables can be looked up, and when; what has versions.
#include <fmt/format.h>

#include <algorithm>

#include "planner/bind/bind_errors.h"
#include "planner/bind/expression_binder.h"
#include "planner/bind/query_binder.h"

namespace weir::bind {
namespace {

using logical::TimeAttribute;

// The scan at the bottom of a table's computed columns, watermark and normalisation; null for
// anything else.
const logical::Scan* TableScan(const logical::Node& node) {
  if (const auto* scan = std::get_if<logical::Scan>(&node.operation)) return scan;
  const bool passes = std::holds_alternative<logical::Project>(node.operation) ||
                      std::holds_alternative<logical::Watermark>(node.operation) ||
                      std::holds_alternative<logical::Normalize>(node.operation);
  return passes ? TableScan(*node.inputs[0]) : nullptr;
}

// The column of the left side that FOR SYSTEM_TIME AS OF names: a time attribute.
Result<int> TimeColumn(const ast::Expr& text, const Relation& left, const QueryScope& scope) {
  ExpressionBinder binder(left, {nullptr, "FOR SYSTEM_TIME AS OF", scope.text});
  const expr::ExprPtr time = TRY(binder.Bind(text));
  const bool attribute =
      time->kind == expr::ExprKind::kColumn &&
      left.columns()[static_cast<size_t>(time->column)].time != TimeAttribute::kNone;
  if (attribute) return time->column;
  return Status::InvalidSql("FOR SYSTEM_TIME AS OF needs a time attribute of the left side")
      .WithId("E2010")
      .WithHint(
          "name its column that has the WATERMARK, or add PROCTIME() AS p_time to the left table "
          "and name it here")
      .WithSpan(scope.At(text.span));
}

// Whether the column is an aggregate of an event time, which is one in Flink. Here an aggregate
// gives the net change of a batch, so that versions would be missing.
bool IsAggregatedTime(const logical::Node& node, size_t column) {
  if (const auto* project = std::get_if<logical::Project>(&node.operation)) {
    const expr::Expr& value = *project->expressions[column];
    return value.kind == expr::ExprKind::kColumn &&
           IsAggregatedTime(*node.inputs[0], static_cast<size_t>(value.column));
  }
  const auto* aggregate = std::get_if<logical::Aggregate>(&node.operation);
  if (aggregate == nullptr || column < aggregate->keys.size()) return false;
  const std::vector<int>& read = aggregate->calls[column - aggregate->keys.size()].arguments;
  return std::ranges::any_of(read, [&](int argument) {
    return node.inputs[0]->columns[static_cast<size_t>(argument)].time == TimeAttribute::kEvent;
  });
}

// The times that choose a version: the column `left_time`, and the one event time of the right
// side. `text` and `table` are their places in the SQL, for errors: E2010 unless there is one, and
// both are of one type.
Result<logical::JoinVersions> VersionTimes(const Relation& left, int left_time,
                                           const Relation& right, SourceSpan text,
                                           SourceSpan table) {
  std::vector<int> times;
  bool aggregated = false;
  for (size_t i = 0; i < right.columns().size(); ++i) {
    if (right.columns()[i].time == TimeAttribute::kEvent) times.push_back(static_cast<int>(i));
    aggregated = aggregated || IsAggregatedTime(*right.node, i);
  }
  if (times.empty() && aggregated)
    return NotSupported("FOR SYSTEM_TIME AS OF an aggregate of versions", table);
  if (times.size() != 1) {
    return Status::InvalidSql(times.empty() ? "a temporal join needs an event time of its right "
                                              "side, from which on a version is valid"
                                            : "the right side of a temporal join has several "
                                              "event times, so that it is open which one counts")
        .WithId("E2010")
        .WithHint(times.empty() ? "declare WATERMARK FOR a column of that table"
                                : "select one of them in a view")
        .WithSpan(table);
  }
  const Type& from = left.columns()[static_cast<size_t>(left_time)].type;
  const Type& to = right.columns()[static_cast<size_t>(times[0])].type;
  if (from.kind() == to.kind()) return logical::JoinVersions{left_time, times[0]};
  return Status::InvalidSql(
             fmt::format("the times of a temporal join are of one type, but these are {} and {}",
                         from.ToStringIgnoringNullability(), to.ToStringIgnoringNullability()))
      .WithId("E2010")
      .WithHint("declare both columns as TIMESTAMP(3), or both as TIMESTAMP_LTZ(3)")
      .WithSpan(text);
}

Status CheckTable(const logical::Node& node, const QueryScope& scope, SourceSpan span) {
  const logical::Scan* scan = TableScan(node);
  if (scan == nullptr) {
    return Status::InvalidSql("FOR SYSTEM_TIME AS OF takes a table, no view or query")
        .WithId("E2015")
        .WithSpan(span);
  }
  const graph::ConnectorDescriptor* connector = scope.text.catalog->connectors().FindConnector(
      graph::OptionValue(scan->spec.options, "connector"));
  const bool endless = connector != nullptr && connector->unbounded != nullptr &&
                       connector->unbounded(scan->spec.options);
  if (endless) {
    return NotSupported(
        fmt::format("FOR SYSTEM_TIME AS OF a table that never ends (\"{}\")", scan->table), span);
  }
  if (!scan->spec.changelog.append_only()) {
    return NotSupported(
        fmt::format("FOR SYSTEM_TIME AS OF a table with updates (\"{}\")", scan->table), span);
  }
  return {};
}

}  // namespace

Result<Relation> QueryBinder::BindAsOf(const ast::Join& join, const Relation& left,
                                       const QueryScope& scope, JoinDraft& draft) {
  ast::TableRef plain = *join.right;
  auto& table = std::get<ast::NamedTable>(plain.node);
  const SourceSpan span = scope.At(table.name.span);
  if (join.kind != ast::JoinKind::kInner && join.kind != ast::JoinKind::kLeft) {
    return NotSupported("FOR SYSTEM_TIME AS OF in another join than INNER and LEFT", span);
  }
  const ast::Expr& text = *std::get<ast::NamedTable>(join.right->node).system_time;
  const int time = TRY(TimeColumn(text, left, scope));
  table.system_time = nullptr;
  Relation right = TRY(BindTableRef(plain, scope));
  if (left.columns()[static_cast<size_t>(time)].time == TimeAttribute::kEvent) {
    draft.versions = TRY(VersionTimes(left, time, right, scope.At(text.span), span));
    return right;
  }
  draft.lookup = true;
  RETURN_IF_ERROR(CheckTable(*right.node, scope, span));
  return right;
}

}  // namespace weir::bind
