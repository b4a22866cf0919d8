#include "planner/logical/rewrite.h"
#include "planner/lower/lowering.h"

namespace weir::lower {
namespace {

using logical::Node;
using logical::NodePtr;

// `first` is judged before `second`.
expr::ExprPtr And(const expr::ExprPtr& first, const expr::ExprPtr& second) {
  if (!second) return first;
  expr::Expr both;
  both.kind = expr::ExprKind::kAnd;
  both.type = Type::Boolean().WithNullable(first->type.nullable() || second->type.nullable());
  both.span = Cover(first->span, second->span);
  both.args = {first, second};
  return std::make_shared<const expr::Expr>(std::move(both));
}

}  // namespace

Result<int> Lowering::LowerCalc(const NodePtr& node) {
  graph::CalcSpec calc;
  NodePtr below = node;
  if (const auto* project = std::get_if<logical::Project>(&node->operation)) {
    calc.projections = project->expressions;
    below = node->inputs[0];
  } else {
    for (size_t i = 0; i < node->columns.size(); ++i) {
      calc.projections.push_back(logical::ColumnRef(*node->inputs[0], static_cast<int>(i)));
    }
  }
  // Filters that nobody else reads through are part of this operator.
  while (const auto* filter = std::get_if<logical::Filter>(&below->operation)) {
    if (below != node && consumers_.at(below.get()) > 1) break;
    calc.filter = And(filter->predicate, calc.filter);
    below = NodePtr(below->inputs[0]);
  }
  return AddBehind(*node, std::move(calc), TRY(Lower(below)), "calc");
}

}  // namespace weir::lower
