#include "planner/logical/coercions.h"

#include <memory>

namespace weir::logical {
namespace {

bool IsCoercion(const expr::Expr& expression) {
  if (expression.kind != expr::ExprKind::kCast || expression.try_cast) return false;
  return !expression.span.empty() && expression.span == expression.args.front()->span;
}

// 4 and 4.0 of any precision are the same number, and so are 4.50 and 4.5.
void StripZeros(expr::Expr& literal) {
  const bool nullable = literal.type.nullable();
  const bool is_short = literal.type.physical() == PhysicalType::kInt64;
  Int128 digits = is_short ? literal.literal.get<int64_t>() : literal.literal.get<Int128>();
  int scale = literal.type.scale();
  for (; scale > 0 && digits % 10 == 0; --scale) digits /= 10;
  const auto whole = static_cast<int64_t>(digits);
  if (scale == 0 && whole == digits) {
    literal.type = Type::BigInt().WithNullable(nullable);
    literal.literal = Value(literal.type, whole);
  } else {
    literal.type = Type::Decimal(Type::kMaxDecimalPrecision, scale).WithNullable(nullable);
    literal.literal = Value(literal.type, digits);
  }
}

// 'x' without its length, 4 without the kind of number that it was compared with.
void GeneralizeLiteral(expr::Expr& literal) {
  if (literal.literal.is_null()) return;
  const bool nullable = literal.type.nullable();
  if (literal.type.kind() == TypeKind::kChar) {
    literal.type = Type::String().WithNullable(nullable);
    literal.literal = Value(literal.type, literal.literal.get<std::string>());
  } else if (literal.type.kind() == TypeKind::kDecimal) {
    StripZeros(literal);
  } else if (literal.type.kind() == TypeKind::kFloat) {
    literal.type = Type::Double().WithNullable(nullable);
    literal.literal = Value(literal.type, static_cast<double>(literal.literal.get<float>()));
  }
}

}  // namespace

expr::ExprPtr WithoutCoercions(const expr::Expr& expression) {
  if (IsCoercion(expression)) return WithoutCoercions(*expression.args.front());
  auto copy = std::make_shared<expr::Expr>(expression);
  if (copy->kind == expr::ExprKind::kLiteral) GeneralizeLiteral(*copy);
  for (expr::ExprPtr& argument : copy->args) argument = WithoutCoercions(*argument);
  return copy;
}

std::string TextWithoutCoercions(const expr::Expr& expression,
                                 const std::vector<std::string>& names) {
  return expr::ToString(*WithoutCoercions(expression), names);
}

}  // namespace weir::logical
