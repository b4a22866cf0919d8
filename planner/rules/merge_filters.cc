// merge-filters: a filter over a filter becomes one, which evaluates the inner condition first.
//
//   SELECT * FROM (SELECT * FROM bid WHERE price > 0) WHERE bidder = 7
//   Filter(bidder = 7) over Filter(price > 0)  =>  Filter(price > 0 AND bidder = 7)
#include "planner/logical/rewrite.h"
#include "planner/rules/predicates.h"
#include "planner/rules/rule.h"

namespace weir::rules {

using logical::Node;
using logical::NodePtr;

Result<logical::Plan> MergeFilters(const logical::Plan& plan) {
  const auto consumers = logical::CountConsumers(plan);
  return logical::Rewrite(plan, [&](const Node& original, NodePtr node) -> Result<NodePtr> {
    const auto* outer = std::get_if<logical::Filter>(&node->operation);
    if (outer == nullptr || consumers.at(original.inputs[0].get()) > 1) return node;
    const NodePtr& input = node->inputs[0];
    const auto* inner = std::get_if<logical::Filter>(&input->operation);
    if (inner == nullptr) return node;
    std::vector<expr::ExprPtr> conditions = SplitConjunction(inner->predicate);
    for (expr::ExprPtr& condition : SplitConjunction(outer->predicate)) {
      conditions.push_back(std::move(condition));
    }
    return MakeFilter(input->inputs[0], conditions, node->origin);
  });
}

}  // namespace weir::rules
