#include "planner/logical/expression_kind.h"

#include "runtime/expr/function.h"

namespace weir::logical {

bool IsCallOf(const expr::Expr& expression, std::string_view name) {
  return expression.kind == expr::ExprKind::kCall && expression.function->name == name;
}

std::optional<bool> TruthOf(const expr::Expr& expression) {
  const bool literal = expression.kind == expr::ExprKind::kLiteral &&
                       expression.type.kind() == TypeKind::kBoolean &&
                       !expression.literal.is_null();
  if (!literal) return std::nullopt;
  return expression.literal.get<uint8_t>() != 0;
}

std::vector<expr::ExprPtr> SplitConjunction(const expr::ExprPtr& predicate) {
  if (predicate->kind != expr::ExprKind::kAnd) return {predicate};
  std::vector<expr::ExprPtr> conditions;
  for (const expr::ExprPtr& argument : predicate->args) {
    for (expr::ExprPtr& condition : SplitConjunction(argument))
      conditions.push_back(std::move(condition));
  }
  return conditions;
}

Side SideOf(const expr::Expr& expression, size_t width) {
  std::vector<int> columns;
  expr::CollectColumns(expression, columns);
  bool left = false;
  bool right = false;
  for (const int column : columns) (static_cast<size_t>(column) < width ? left : right) = true;
  return left && right ? Side::kBoth : left ? Side::kLeft : right ? Side::kRight : Side::kNone;
}

}  // namespace weir::logical
