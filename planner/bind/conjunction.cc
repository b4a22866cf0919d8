#include "planner/bind/conjunction.h"

#include <utility>

#include "runtime/expr/binding.h"

namespace weir::bind {

expr::ExprPtr AllOf(std::vector<expr::ExprPtr> conditions, SourceSpan span) {
  if (conditions.empty()) return nullptr;
  if (conditions.size() == 1) return conditions[0];
  return expr::BindCall("AND", std::move(conditions), span).value();
}

std::vector<const ast::Expr*> ConditionsOf(const ast::Expr& condition) {
  const auto* both = condition.As<ast::Binary>();
  if (both == nullptr || both->op != ast::BinaryOperator::kAnd) return {&condition};
  std::vector<const ast::Expr*> conditions = ConditionsOf(*both->left);
  const std::vector<const ast::Expr*> right = ConditionsOf(*both->right);
  conditions.insert(conditions.end(), right.begin(), right.end());
  return conditions;
}

}  // namespace weir::bind
