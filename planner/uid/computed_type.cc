#include "planner/uid/computed_type.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "planner/uid/integers.h"
#include "runtime/expr/binding.h"
#include "runtime/expr/foreign.h"
#include "runtime/expr/function.h"
#include "runtime/fault_point.h"

namespace weir::uid {
namespace {

using expr::Expr;
using expr::ExprKind;
using expr::ExprPtr;

bool IsKind(const Expr& expression, TypeKind kind) {
  return expression.type.kind() == kind;
}

// Whether values of the type are numbers, or have numbers inside.
// NOLINTNEXTLINE(misc-no-recursion): as deep as the type
bool HasNumbers(const Type& type) {
  if (type.is_numeric()) return true;
  return type.is_nested() && std::ranges::any_of(type.fields(), [](const TypeField& field) {
           return HasNumbers(field.type);
         });
}

// Whether the numbers of both types are the same; other types, and what may be NULL, do not count.
// NOLINTNEXTLINE(misc-no-recursion): as deep as the type
bool SameNumbers(const Type& a, const Type& b) {
  if (a.is_numeric() || b.is_numeric()) return a.EqualsIgnoringNullability(b);
  if (!a.is_nested() || !b.is_nested()) return true;
  return std::ranges::equal(a.fields(), b.fields(), [](const TypeField& x, const TypeField& y) {
    return SameNumbers(x.type, y.type);
  });
}

// A number is an INT if it has no fraction and fits, and a DECIMAL of as many digits as are shown.
ExprPtr IntegerAsWritten(int64_t value) {
  const bool fits =
      value >= std::numeric_limits<int32_t>::min() && value <= std::numeric_limits<int32_t>::max();
  return IntegerLiteral(fits ? Type::Int() : Type::BigInt(), value);
}

ExprPtr DecimalAsWritten(const Expr& literal) {
  const int scale = literal.type.scale();
  if (scale == 0) return expr::MakeLiteral(literal.literal);  // its text has the type
  const std::string text = literal.literal.ToString();
  const auto digits = std::ranges::count_if(text, [](char c) { return c >= '0' && c <= '9'; });
  const int precision = std::min(static_cast<int>(digits), Type::kMaxDecimalPrecision);
  // Only its type is asked for.
  const Type type = Type::Decimal(precision, scale).WithNullable(false);
  return expr::MakeLiteral(type.physical() == PhysicalType::kInt64 ? Value(type, int64_t{1})
                                                                   : Value(type, Int128{1}));
}

// What was compared or added with a FLOAT has become a DOUBLE in the text, whether it was written
// as 3, 0.5 or 5e-1. It counts as a number without an exponent.
ExprPtr NumberAsWritten(double value) {
  constexpr double kLimit = 9.2e18;
  if (std::trunc(value) == value && std::fabs(value) < kLimit)
    return IntegerAsWritten(static_cast<int64_t>(value));
  return expr::MakeLiteral(Value(Type::Decimal(2, 1).WithNullable(false), int64_t{1}));
}

ExprPtr AsWritten(const ExprPtr& operand, bool beside_float) {
  if (operand->kind != ExprKind::kLiteral || operand->literal.is_null()) return operand;
  if (const std::optional<int64_t> value = IntegerOf(*operand)) return IntegerAsWritten(*value);
  if (IsKind(*operand, TypeKind::kDecimal)) return DecimalAsWritten(*operand);
  if (beside_float && IsKind(*operand, TypeKind::kDouble))
    return NumberAsWritten(operand->literal.get<double>());
  return operand;
}

// The operands as the binder would have them from their texts.
std::vector<ExprPtr> OperandsAsWritten(const std::vector<ExprPtr>& operands) {
  const auto any = [&](TypeKind kind) {
    return std::ranges::any_of(operands, [&](const ExprPtr& operand) {
      return operand->kind != ExprKind::kLiteral && IsKind(*operand, kind);
    });
  };
  const bool beside_float = any(TypeKind::kFloat) && !any(TypeKind::kDouble);
  std::vector<ExprPtr> written;
  for (const ExprPtr& operand : operands) written.push_back(AsWritten(operand, beside_float));
  return written;
}

bool IsForm(const Expr& expression) {
  return expression.kind == ExprKind::kCase || expression.kind == ExprKind::kCoalesce;
}

// Whether the text of the call with these operands gives its type.
bool GivesType(const Expr& call, const std::vector<ExprPtr>& operands) {
  const std::string_view name = call.kind == ExprKind::kCase       ? "CASE"
                                : call.kind == ExprKind::kCoalesce ? "COALESCE"
                                                                   : call.function->name;
  const Result<ExprPtr> bound = expr::BindCall(name, OperandsAsWritten(operands), call.span);
  return bound.ok() && SameNumbers((*bound)->type, call.type);
}

// The operands that are narrower integers as casts to `type`, which change no value; literals only
// if asked for, and if they fit.
std::vector<ExprPtr> CastTo(const Type& type, const Expr& call, bool literals) {
  std::vector<ExprPtr> operands = call.args;
  for (ExprPtr& operand : operands) {
    if (!operand->type.is_integer()) continue;
    const std::optional<int64_t> literal = IntegerOf(*operand);
    const bool narrower = PhysicalWidth(operand->type) < PhysicalWidth(type);
    const bool fits = literal && IntegerOf(*IntegerLiteral(type, *literal)) == literal;
    if (literal ? literals && fits : narrower) operand = ShownAs(std::move(operand), type);
  }
  return operands;
}

// "(x => 'DOUBLE')", which is no SQL.
ExprPtr Computed(ExprPtr call) {
  static const expr::ScalarFunction kComputed = [] {
    expr::ScalarFunction function;
    function.name = "=>";
    return function;
  }();
  const Type type = call->type;
  auto said = std::make_shared<Expr>();
  said->kind = ExprKind::kCall;
  said->type = type;
  said->function = &kComputed;
  said->args = {std::move(call),
                expr::MakeLiteral(Value(Type::String(), type.ToStringIgnoringNullability()))};
  return said;
}

}  // namespace

Type TypeAsWritten(const Expr& operand) {
  const std::optional<int64_t> value = IntegerOf(operand);
  return value ? IntegerAsWritten(*value)->type : operand.type;
}

ExprPtr ShownAs(ExprPtr operand, const Type& type) {
  auto cast = std::make_shared<Expr>();
  cast->kind = ExprKind::kCast;
  cast->type = type;
  cast->args = {std::move(operand)};
  return cast;
}

ExprPtr WithComputedType(ExprPtr call) {
  const bool form = IsForm(*call);
  if ((!form && call->kind != ExprKind::kCall) || !HasNumbers(call->type)) return call;
  if (!form && expr::AsForeign(call->function) != nullptr) return call;  // it has one type
  if (DefectPlanted("meaning-of-computed-types") || DefectPlanted("meaning-of-widths")) return call;
  if (GivesType(*call, call->args)) return call;
  for (const bool literals : {false, true}) {
    if (!call->type.is_integer()) break;
    std::vector<ExprPtr> operands = CastTo(call->type, *call, literals);
    if (!GivesType(*call, operands)) continue;
    auto copy = std::make_shared<Expr>(*call);
    copy->args = std::move(operands);
    return copy;
  }
  return Computed(std::move(call));
}

}  // namespace weir::uid
