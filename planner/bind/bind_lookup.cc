// FOR SYSTEM_TIME AS OF: which tables can be looked up, and when.
#include <fmt/format.h>

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

Status CheckTime(const ast::Expr& text, const Relation& left, const QueryScope& scope) {
  ExpressionBinder binder(left, {nullptr, "FOR SYSTEM_TIME AS OF", scope.place});
  const expr::ExprPtr time = TRY(binder.Bind(text));
  TimeAttribute attribute = TimeAttribute::kNone;
  if (time->kind == expr::ExprKind::kColumn) {
    attribute = left.columns()[static_cast<size_t>(time->column)].time;
  }
  if (attribute == TimeAttribute::kProcessing) return {};
  if (attribute == TimeAttribute::kEvent) {
    return NotSupported("FOR SYSTEM_TIME AS OF an event time (a temporal join)",
                        scope.At(text.span));
  }
  return Status::InvalidSql("FOR SYSTEM_TIME AS OF needs a processing time of the left side")
      .WithId("E2010")
      .WithHint("add PROCTIME() AS p_time to the left table and name it here")
      .WithSpan(scope.At(text.span));
}

Status CheckTable(const logical::Node& node, const QueryScope& scope, SourceSpan span) {
  const logical::Scan* scan = TableScan(node);
  if (scan == nullptr) {
    return Status::InvalidSql("FOR SYSTEM_TIME AS OF takes a table, no view or query")
        .WithId("E2015")
        .WithSpan(span);
  }
  const graph::ConnectorDescriptor* connector = scope.catalog->connectors().FindConnector(
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

Result<Relation> QueryBinder::BindLookup(const ast::Join& join, const Relation& left,
                                         const QueryScope& scope) {
  ast::TableRef plain = *join.right;
  auto& table = std::get<ast::NamedTable>(plain.node);
  const SourceSpan span = scope.At(table.name.span);
  if (join.kind != ast::JoinKind::kInner && join.kind != ast::JoinKind::kLeft) {
    return NotSupported("FOR SYSTEM_TIME AS OF in another join than INNER and LEFT", span);
  }
  RETURN_IF_ERROR(CheckTime(*table.system_time, left, scope));
  table.system_time = nullptr;
  Relation right = TRY(BindTableRef(plain, scope));
  RETURN_IF_ERROR(CheckTable(*right.node, scope, span));
  return right;
}

}  // namespace weir::bind
