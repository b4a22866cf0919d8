#include "planner/logical/coercions.h"

#include <memory>

namespace weir::logical {
namespace {

bool IsCoercion(const expr::Expr& expression) {
  if (expression.kind != expr::ExprKind::kCast || expression.try_cast) return false;
  return !expression.span.empty() && expression.span == expression.args.front()->span;
}

}  // namespace

expr::ExprPtr WithoutCoercions(const expr::Expr& expression) {
  if (IsCoercion(expression)) return WithoutCoercions(*expression.args.front());
  auto copy = std::make_shared<expr::Expr>(expression);
  for (expr::ExprPtr& argument : copy->args) argument = WithoutCoercions(*argument);
  return copy;
}

std::string TextWithoutCoercions(const expr::Expr& expression,
                                 const std::vector<std::string>& names) {
  return expr::ToString(*WithoutCoercions(expression), names);
}

}  // namespace weir::logical
