// merge-projects: a projection over a projection becomes one; what both compute is computed once a
// batch by the evaluator. Kept apart: what is not deterministic, what somebody else reads as well,
// and what would grow too large.
//
//   SELECT d + 1 FROM (SELECT price * 2 AS d FROM bid)
//   Project(d + 1) over Project(price * 2 AS d)  =>  Project(price * 2 + 1)
#include "planner/logical/rewrite.h"
#include "planner/rules/rule.h"
#include "runtime/expr/tree_size.h"

namespace weir::rules {
namespace {

using logical::Node;
using logical::NodePtr;

constexpr size_t kLargestProjection = 2'000;  // nodes of all expressions together

void AddSize(const expr::Expr& expression, size_t& size) {
  if (++size > kLargestProjection) return;
  for (const expr::ExprPtr& argument : expression.args) AddSize(*argument, size);
}

bool CanBeMerged(const logical::Project& inner) {
  for (const expr::ExprPtr& expression : inner.expressions) {
    if (!expr::IsDeterministic(*expression)) return false;
  }
  return true;
}

NodePtr Merge(const NodePtr& node) {
  const auto* outer = std::get_if<logical::Project>(&node->operation);
  if (outer == nullptr) return node;
  const NodePtr& input = node->inputs[0];
  const auto* inner = std::get_if<logical::Project>(&input->operation);
  if (inner == nullptr || !CanBeMerged(*inner)) return node;
  logical::Project merged;
  size_t size = 0;
  for (const expr::ExprPtr& expression : outer->expressions) {
    if (expr::GrowsBeyond(kLargestProjection, *expression, inner->expressions)) return node;
    merged.expressions.push_back(expr::Substitute(expression, inner->expressions));
    AddSize(*merged.expressions.back(), size);
  }
  if (size > kLargestProjection) return node;
  return logical::MakeNode(std::move(merged), input->inputs, node->columns, node->origin);
}

}  // namespace

Result<logical::Plan> MergeProjects(const logical::Plan& plan) {
  const auto consumers = logical::CountConsumers(plan);
  return logical::Rewrite(plan, [&](const Node& original, NodePtr node) -> Result<NodePtr> {
    if (original.inputs.empty() || consumers.at(original.inputs[0].get()) > 1) return node;
    return Merge(node);
  });
}

}  // namespace weir::rules
