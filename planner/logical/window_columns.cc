#include "planner/logical/window_columns.h"

namespace weir::logical {

bool MayBeMissing(const Join& join, bool left) {
  return left ? graph::KeepsRight(join.type) : graph::KeepsLeft(join.type);
}

std::optional<WindowColumn> TraceWindowColumn(const Node& node, int column) {
  if (std::holds_alternative<Filter>(node.operation))
    return TraceWindowColumn(*node.inputs[0], column);
  if (const auto* project = std::get_if<Project>(&node.operation)) {
    const expr::Expr& expression = *project->expressions[static_cast<size_t>(column)];
    if (expression.kind != expr::ExprKind::kColumn) return std::nullopt;
    return TraceWindowColumn(*node.inputs[0], expression.column);
  }
  if (std::holds_alternative<WindowRank>(node.operation)) {
    const bool of_input = column < static_cast<int>(node.inputs[0]->columns.size());
    return of_input ? TraceWindowColumn(*node.inputs[0], column) : std::nullopt;
  }
  if (const auto* join = std::get_if<Join>(&node.operation)) {
    if (!join->window) return std::nullopt;
    const int width = static_cast<int>(node.inputs[0]->columns.size());
    if (MayBeMissing(*join, column < width)) return std::nullopt;
    return column < width ? TraceWindowColumn(*node.inputs[0], column)
                          : TraceWindowColumn(*node.inputs[1], column - width);
  }
  const bool makes = std::holds_alternative<WindowTable>(node.operation) ||
                     std::holds_alternative<WindowAggregate>(node.operation);
  const int behind = column - static_cast<int>(node.columns.size()) + 3;
  if (!makes || behind < 0) return std::nullopt;
  return WindowColumn{&node, static_cast<WindowPart>(behind)};
}

const window::WindowSpec& WindowOf(const Node& node) {
  const auto* table = std::get_if<WindowTable>(&node.operation);
  return table != nullptr ? table->window : std::get<WindowAggregate>(node.operation).window;
}

bool OverInstants(const Node& table) {
  return table.columns.back().type.kind() == TypeKind::kTimestampLtz;
}

const Node* FindGroupedWindow(const Node& node, const std::vector<int>& columns) {
  const Node* with_start = nullptr;
  const Node* with_end = nullptr;
  for (const int column : columns) {
    const std::optional<WindowColumn> traced = TraceWindowColumn(node, column);
    if (!traced) continue;
    if (traced->part == WindowPart::kStart) with_start = traced->table;
    if (traced->part == WindowPart::kEnd) with_end = traced->table;
  }
  return with_start == with_end ? with_start : nullptr;
}

Status RefuseTtlOfWindow(SourceSpan hint) {
  return Status::InvalidSql("the hint STATE_TTL does not apply to windows")
      .WithId("E2015")
      .WithHint("the state of a window is dropped when the window has fired")
      .WithSpan(hint);
}

Type WindowTimeType(const Type& rowtime) {
  if (rowtime.precision() >= 3) return rowtime.WithNullable(false);
  const bool local = rowtime.kind() == TypeKind::kTimestampLtz;
  return (local ? Type::TimestampLtz(3) : Type::Timestamp(3)).WithNullable(false);
}

}  // namespace weir::logical
