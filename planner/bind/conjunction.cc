#include "planner/bind/conjunction.h"

#include <utility>

#include "runtime/expr/binding.h"

namespace weir::bind {

expr::ExprPtr AllOf(std::vector<expr::ExprPtr> conditions, SourceSpan span) {
  if (conditions.empty()) return nullptr;
  if (conditions.size() == 1) return conditions[0];
  return expr::BindCall("AND", std::move(conditions), span).value();
}

ast::ExprPtr AllOf(const std::vector<ast::ExprPtr>& conditions) {
  ast::ExprPtr all;
  for (const ast::ExprPtr& condition : conditions) {
    if (!all) {
      all = condition;
      continue;
    }
    const ast::Span span = Cover(all->span, condition->span);
    all = ast::Expr{ast::Binary{ast::BinaryOperator::kAnd, all, condition, span}, span};
  }
  return all;
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
