#include "planner/lower/conjunction.h"

namespace weir::lower {

expr::ExprPtr And(const expr::ExprPtr& first, const expr::ExprPtr& second) {
  if (!first) return second;
  if (!second) return first;
  expr::Expr both;
  both.kind = expr::ExprKind::kAnd;
  both.type = Type::Boolean().WithNullable(first->type.nullable() || second->type.nullable());
  both.span = Cover(first->span, second->span);
  both.args = {first, second};
  return std::make_shared<const expr::Expr>(std::move(both));
}

}  // namespace weir::lower
