#include "planner/lower/prune_fields.h"

#include <algorithm>
#include <set>

#include "runtime/expr/function.h"

namespace weir::lower {
namespace {

using graph::JobGraph;

// Which fields of a column are read.
struct Uses {
  bool whole = false;
  std::set<int> fields;
};

// The field that a call of FIELD with a literal position takes; -1 for other expressions.
int FieldOf(const expr::Expr& expression) {
  if (expression.kind != expr::ExprKind::kCall || expression.function->name != "FIELD") return -1;
  const expr::Expr& index = *expression.args[1];
  if (index.kind != expr::ExprKind::kLiteral || index.literal.is_null()) return -1;
  return static_cast<int>(index.literal.get<int32_t>());
}

void AddUses(const expr::Expr& expression, int column, Uses& uses) {
  if (expression.kind == expr::ExprKind::kColumn) {
    uses.whole |= expression.column == column;
    return;
  }
  const int field = FieldOf(expression);
  if (field >= 0 && expression.args[0]->kind == expr::ExprKind::kColumn) {
    if (expression.args[0]->column == column) uses.fields.insert(field);
    return;
  }
  for (const expr::ExprPtr& argument : expression.args) AddUses(*argument, column, uses);
}

void AddUsesBehind(const JobGraph& graph, int producer, int column, Uses& uses);

// What one consumer reads of its input's columns, including what operators behind it read through
// it.
struct ConsumerUses {
  const JobGraph& graph;
  const graph::Node& consumer;
  int column;
  Uses& uses;

  void PassOn(int output) const { AddUsesBehind(graph, consumer.index, output, uses); }

  void operator()(const graph::CalcSpec& calc) const {
    if (calc.filter != nullptr) AddUses(*calc.filter, column, uses);
    for (size_t i = 0; i < calc.projections.size(); ++i) {
      const expr::Expr& projection = *calc.projections[i];
      if (projection.kind != expr::ExprKind::kColumn) {
        AddUses(projection, column, uses);
      } else if (projection.column == column) {
        PassOn(static_cast<int>(i));
      }
    }
  }
  void operator()(const graph::WatermarkSpec& watermark) const {
    AddUses(*watermark.watermark, column, uses);
    PassOn(column);
  }
  void operator()(const graph::WindowAssignSpec&) const { PassOn(column); }
  template <typename Other>
  void operator()(const Other&) const {
    uses.whole = true;
  }
};

void AddUsesBehind(const JobGraph& graph, int producer, int column, Uses& uses) {
  for (const graph::Node& node : graph.nodes) {
    for (const graph::Edge& edge : node.inputs) {
      if (uses.whole) return;
      if (edge.from == producer) std::visit(ConsumerUses{graph, node, column, uses}, node.spec);
    }
  }
}

}  // namespace

void PruneFields(JobGraph& graph) {
  for (graph::Node& node : graph.nodes) {
    auto* scan = std::get_if<graph::ScanSpec>(&node.spec);
    if (scan == nullptr) continue;
    scan->fields.assign(scan->columns.size(), {});
    for (size_t i = 0; i < scan->columns.size(); ++i) {
      const Type& type = scan->table_schema.fields[static_cast<size_t>(scan->columns[i])].type;
      if (type.kind() != TypeKind::kRow) continue;
      Uses uses;
      if (scan->filter != nullptr) AddUses(*scan->filter, static_cast<int>(i), uses);
      AddUsesBehind(graph, node.index, static_cast<int>(i), uses);
      if (!uses.whole) scan->fields[i].assign(uses.fields.begin(), uses.fields.end());
    }
  }
}

}  // namespace weir::lower
