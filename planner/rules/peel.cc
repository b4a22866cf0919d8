#include "planner/rules/peel.h"

#include "planner/logical/rewrite.h"
#include "planner/rules/predicates.h"

namespace weir::rules {

std::optional<Peeled> Peel(const logical::NodePtr& top,
                           const std::function<bool(const logical::Node&)>& is_base) {
  Peeled peeled{top, {}, {}};
  for (size_t i = 0; i < top->columns.size(); ++i) {
    peeled.columns.push_back(logical::ColumnRef(*top, static_cast<int>(i)));
  }
  while (!is_base(*peeled.base)) {
    const logical::Node& node = *peeled.base;
    if (const auto* filter = std::get_if<logical::Filter>(&node.operation)) {
      std::vector<expr::ExprPtr> conditions = SplitConjunction(filter->predicate);
      conditions.insert(conditions.end(), peeled.conditions.begin(), peeled.conditions.end());
      peeled.conditions = std::move(conditions);
    } else if (const auto* project = std::get_if<logical::Project>(&node.operation)) {
      for (expr::ExprPtr& column : peeled.columns) {
        column = expr::Substitute(column, project->expressions);
      }
      for (expr::ExprPtr& condition : peeled.conditions) {
        condition = expr::Substitute(condition, project->expressions);
      }
    } else {
      return std::nullopt;
    }
    peeled.base = logical::NodePtr(node.inputs[0]);
  }
  return peeled;
}

}  // namespace weir::rules
