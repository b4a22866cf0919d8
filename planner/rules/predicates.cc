#include "planner/rules/predicates.h"

#include <algorithm>

#include "runtime/expr/function.h"

namespace weir::rules {

bool IsColumn(const expr::Expr& expression, int column) {
  return expression.kind == expr::ExprKind::kColumn && expression.column == column;
}

std::string_view Mirrored(std::string_view comparison) {
  if (comparison == "<") return ">";
  if (comparison == "<=") return ">=";
  if (comparison == ">") return "<";
  if (comparison == ">=") return "<=";
  return comparison;
}

expr::ExprPtr MakeConjunction(const std::vector<expr::ExprPtr>& conditions) {
  std::vector<expr::ExprPtr> different;
  for (const expr::ExprPtr& condition : conditions) {
    const bool known =
        expr::IsDeterministic(*condition) &&
        std::any_of(different.begin(), different.end(),
                    [&](const expr::ExprPtr& other) { return expr::Equal(*other, *condition); });
    if (!known) different.push_back(condition);
  }
  if (different.empty()) return nullptr;
  if (different.size() == 1) return different[0];
  expr::Expr conjunction;
  conjunction.kind = expr::ExprKind::kAnd;
  bool nullable = false;
  for (const expr::ExprPtr& condition : different) {
    nullable = nullable || condition->type.nullable();
    conjunction.span = Cover(conjunction.span, condition->span);
  }
  conjunction.type = Type::Boolean().WithNullable(nullable);
  conjunction.args = std::move(different);
  return std::make_shared<const expr::Expr>(std::move(conjunction));
}

logical::NodePtr MakeFilter(const logical::NodePtr& input,
                            const std::vector<expr::ExprPtr>& conditions,
                            const logical::Origin& origin) {
  if (conditions.empty()) return input;
  return logical::MakeNode(logical::Filter{MakeConjunction(conditions)}, {input}, input->columns,
                           origin);
}

bool CannotFail(const expr::Expr& expression) {
  if (expression.kind == expr::ExprKind::kCast && !expression.try_cast) return false;
  if (expression.kind == expr::ExprKind::kCall &&
      (expression.function == nullptr || expr::CanFail(expression))) {
    return false;
  }
  return std::all_of(expression.args.begin(), expression.args.end(),
                     [](const expr::ExprPtr& argument) { return CannotFail(*argument); });
}

}  // namespace weir::rules
