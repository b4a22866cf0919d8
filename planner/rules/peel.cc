#include "planner/rules/peel.h"

#include "planner/logical/rewrite.h"
#include "planner/rules/predicates.h"
#include "runtime/expr/tree_size.h"

namespace weir::rules {
namespace {

// Limit of one expression over the base, in nodes. Projections that double an expression again and
// again would let it grow without end; such a pattern is not recognised.
constexpr size_t kLargestPeeled = 20'000;

// False where one of them would grow too large.
bool SubstituteAll(std::vector<expr::ExprPtr>& expressions, const logical::Project& project) {
  for (expr::ExprPtr& expression : expressions) {
    if (expr::GrowsBeyond(kLargestPeeled, *expression, project.expressions)) return false;
    expression = expr::Substitute(expression, project.expressions);
  }
  return true;
}

// Whether only filters and projections lie between the two. Asked before anything is substituted,
// as expressions grow with every projection that they are taken through.
bool Reaches(const logical::Node& top, const std::function<bool(const logical::Node&)>& is_base) {
  const logical::Node* node = &top;
  while (!is_base(*node)) {
    if (!std::holds_alternative<logical::Filter>(node->operation) &&
        !std::holds_alternative<logical::Project>(node->operation)) {
      return false;
    }
    node = node->inputs[0].get();
  }
  return true;
}

}  // namespace

std::optional<Peeled> Peel(const logical::NodePtr& top,
                           const std::function<bool(const logical::Node&)>& is_base) {
  if (!Reaches(*top, is_base)) return std::nullopt;
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
      const bool small =
          SubstituteAll(peeled.columns, *project) && SubstituteAll(peeled.conditions, *project);
      if (!small) return std::nullopt;
    } else {
      return std::nullopt;
    }
    peeled.base = logical::NodePtr(node.inputs[0]);
  }
  return peeled;
}

}  // namespace weir::rules
