// fold-constants: expressions without columns are computed once, while planning; a filter that is
// always TRUE goes.
//
//   SELECT price * (1 + 1) FROM bid WHERE 1 = 1
//   Project(price * (1 + 1)) over Filter(1 = 1)  =>  Project(price * 2)
#include "planner/logical/expression_kind.h"
#include "planner/logical/rewrite.h"
#include "planner/rules/rule.h"
#include "runtime/expr/binding.h"

namespace weir::rules {
namespace {

using logical::NodePtr;

Result<NodePtr> Fold(const logical::Node&, NodePtr node) {
  logical::Operation operation = node->operation;
  if (auto* filter = std::get_if<logical::Filter>(&operation)) {
    filter->predicate = TRY(expr::FoldConstants(filter->predicate));
    if (logical::TruthOf(*filter->predicate) == true) return node->inputs[0];
  } else if (auto* project = std::get_if<logical::Project>(&operation)) {
    for (expr::ExprPtr& expression : project->expressions) {
      expression = TRY(expr::FoldConstants(expression));
    }
  } else if (auto* values = std::get_if<logical::Values>(&operation)) {
    for (auto& row : values->rows) {
      for (expr::ExprPtr& cell : row) cell = TRY(expr::FoldConstants(cell));
    }
  } else if (auto* watermark = std::get_if<logical::Watermark>(&operation)) {
    watermark->spec.watermark = TRY(expr::FoldConstants(watermark->spec.watermark));
  } else {
    return node;
  }
  return logical::MakeNode(std::move(operation), node->inputs, node->columns, node->origin);
}

}  // namespace

Result<logical::Plan> FoldConstants(const logical::Plan& plan) {
  return logical::Rewrite(plan, Fold);
}

}  // namespace weir::rules
