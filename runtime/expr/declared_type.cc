#include "runtime/expr/declared_type.h"

#include <algorithm>
#include <memory>
#include <string_view>

#include "runtime/expr/foreign.h"
#include "runtime/expr/function.h"

namespace weir::expr {
namespace {

// Functions that Flink says may be NULL, whatever their arguments are.
constexpr std::string_view kSaidNullable[] = {"CHR",       "DATE_FORMAT", "FROM_UNIXTIME",
                                              "LEFT",      "REVERSE",     "RIGHT",
                                              "SUBSTRING", "TYPEOF",      "URL_ENCODE"};

bool AnyNullable(const Expr& expression) {
  return std::ranges::any_of(expression.args,
                             [](const ExprPtr& arg) { return arg->type.nullable(); });
}

// Whether Flink declares a call as nullable. The types of its arguments are the declared ones.
bool CallIsNullable(const Expr& call) {
  const ScalarFunction& function = *call.function;
  if (std::ranges::find(kSaidNullable, function.name) != std::end(kSaidNullable)) return true;
  // CONCAT_WS is NULL only where its separator is, but Flink asks all arguments.
  if (function.name == "CONCAT_WS") return AnyNullable(call);
  if (const ForeignFunction* foreign = AsForeign(&function); foreign != nullptr)
    return ForeignCallType(*foreign, call.args).nullable();
  const Result<Type> type = function.overloads[call.overload].result(call.args);
  const bool nullable = !type.ok() || type->nullable();
  return nullable || (function.nulls == NullRule::kPropagate && AnyNullable(call));
}

bool CaseIsNullable(const Expr& form) {
  const size_t count = form.args.size();
  if (count % 2 == 0) return true;
  for (size_t i = 0; i < count; ++i) {
    const bool is_condition = i % 2 == 0 && i + 1 < count;
    if (!is_condition && form.args[i]->type.nullable()) return true;
  }
  return false;
}

// Whether Flink declares `declared`, whose arguments have declared types, as nullable.
bool IsNullable(const Expr& declared) {
  switch (declared.kind) {
    case ExprKind::kCast:
      // Flink takes a number that its DECIMAL does not hold, which is NULL, for NOT NULL.
      return declared.try_cast || AnyNullable(declared);
    case ExprKind::kCase:
      return CaseIsNullable(declared);
    case ExprKind::kCoalesce:
      return std::ranges::all_of(declared.args,
                                 [](const ExprPtr& arg) { return arg->type.nullable(); });
    case ExprKind::kCall:
      return CallIsNullable(declared);
    default:
      return AnyNullable(declared);
  }
}

ExprPtr Declared(const ExprPtr& expression, std::span<const Type> columns) {
  if (expression->kind == ExprKind::kLiteral) return expression;
  auto copy = std::make_shared<Expr>(*expression);
  if (copy->kind == ExprKind::kColumn) {
    if (!columns.empty()) copy->type = columns[static_cast<size_t>(copy->column)];
    return copy;
  }
  for (ExprPtr& argument : copy->args) argument = Declared(argument, columns);
  copy->type = copy->type.WithNullable(IsNullable(*copy));
  return copy;
}

}  // namespace

Type DeclaredType(const ExprPtr& expression, std::span<const Type> columns) {
  return Declared(expression, columns)->type;
}

std::string DeclaredTypeName(const ExprPtr& expression, std::span<const Type> columns) {
  const Type type = DeclaredType(expression, columns);
  const std::string end = type.nullable() ? "" : " NOT NULL";
  if (type.kind() == TypeKind::kIntervalDayTime) return "INTERVAL SECOND(3)" + end;
  if (type.kind() == TypeKind::kIntervalYearMonth) return "INTERVAL MONTH" + end;
  return type.ToString();
}

}  // namespace weir::expr
