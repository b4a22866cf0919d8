// Constant folding.
#include "runtime/expr/binding.h"
#include "runtime/expr/declared_type.h"
#include "runtime/expr/evaluator.h"
#include "runtime/expr/foreign.h"
#include "runtime/expr/function.h"

namespace weir::expr {
namespace {

// Whether the value depends on the session's zone, which is not known while constants are folded.
bool ReadsZone(const Expr& expression) {
  if (expression.kind == ExprKind::kCall) return DependsOnZone(expression);
  return expression.kind == ExprKind::kCast &&
         (expression.type.kind() == TypeKind::kTimestampLtz) !=
             (expression.args[0]->type.kind() == TypeKind::kTimestampLtz);
}

bool IsFoldable(const Expr& expression) {
  if (expression.type.is_nested() || expression.kind == ExprKind::kColumn) return false;
  // Planning runs no code of users.
  if (AsForeign(expression.function) != nullptr) return false;
  for (const ExprPtr& arg : expression.args) {
    if (arg->kind != ExprKind::kLiteral) return false;
  }
  return !expression.args.empty() && !ReadsZone(expression);
}

Result<ExprPtr> FoldGuarded(const std::shared_ptr<Expr>& copy);

// The constant is part of the statement, so that the statement is wrong, not its data.
Status AsWrongStatement(const Status& failure, SourceSpan span) {
  if (failure.code() != StatusCode::kDataError) return failure;
  return Status::InvalidSql(failure.message())
      .WithId(failure.id())
      .WithHint(failure.hint())
      .WithSpan(failure.span().value_or(span));
}

// An argument that is not evaluated for every row: left alone where it fails.
ExprPtr FoldIfPossible(const ExprPtr& expression) {
  Result<ExprPtr> folded = FoldConstants(expression);
  return folded.ok() ? *folded : expression;
}

Result<ExprPtr> FoldNode(const std::shared_ptr<Expr>& copy) {
  if (!IsFoldable(*copy)) return FoldGuarded(copy);
  const EvaluationContext context;
  Result<Value> evaluated = EvaluateConstant(copy, context);
  if (!evaluated.ok()) return AsWrongStatement(evaluated.status(), copy->span);
  Value value = std::move(*evaluated);
  const bool null = value.is_null();
  auto literal = std::make_shared<Expr>(*MakeLiteral(std::move(value), copy->span));
  // Folding keeps the declared type: plans must not depend on which values happen to be constant.
  literal->type = copy->type.WithNullable(null || DeclaredType(copy, {}).nullable());
  return ExprPtr(literal);
}

bool IsLiteral(const Expr& expression, bool value) {
  return expression.kind == ExprKind::kLiteral && !expression.literal.is_null() &&
         (expression.literal.get<uint8_t>() != 0) == value;
}

// AND and OR lose neutral arguments, and everything else when one argument decides.
Result<ExprPtr> FoldGuarded(const std::shared_ptr<Expr>& copy) {
  if (copy->kind != ExprKind::kAnd && copy->kind != ExprKind::kOr) return ExprPtr(copy);
  const bool neutral = copy->kind == ExprKind::kAnd;
  std::vector<ExprPtr> kept;
  for (const ExprPtr& arg : copy->args) {
    if (IsLiteral(*arg, !neutral)) return arg;
    if (!IsLiteral(*arg, neutral)) kept.push_back(arg);
  }
  if (kept.empty()) return copy->args[0];
  if (kept.size() == 1) return kept[0];
  copy->args = std::move(kept);
  return ExprPtr(copy);
}

// A literal that replaces a form, with the form's declared type, since folding must not change the
// type of an expression. Left alone where the two are stored differently.
ExprPtr AsDeclared(ExprPtr literal, const Type& declared) {
  if (literal->kind != ExprKind::kLiteral || literal->type == declared) return literal;
  if (literal->type.physical() != declared.physical()) return literal;
  auto copy = std::make_shared<Expr>(*literal);
  copy->type = declared;
  return copy;
}

// Branches that a constant guard excludes are never folded, so that they cannot fail.
Result<ExprPtr> FoldCase(const ExprPtr& expression) {
  auto copy = std::make_shared<Expr>(*expression);
  copy->args.clear();
  const size_t count = expression->args.size();
  for (size_t i = 0; i < count; ++i) {
    const bool is_condition = i % 2 == 0 && i + 1 < count;
    ExprPtr arg =
        i == 0 ? TRY(FoldConstants(expression->args[i])) : FoldIfPossible(expression->args[i]);
    if (is_condition && arg->kind == ExprKind::kLiteral && !IsLiteral(*arg, true)) {
      ++i;
      continue;
    }
    if (is_condition && IsLiteral(*arg, true)) {
      ExprPtr result = TRY(FoldConstants(expression->args[i + 1]));
      if (copy->args.empty()) return AsDeclared(std::move(result), expression->type);
      copy->args.push_back(std::move(result));
      return ExprPtr(copy);
    }
    copy->args.push_back(std::move(arg));
  }
  if (copy->args.empty()) return MakeLiteral(Value::Null(expression->type), expression->span);
  if (copy->args.size() == 1) return AsDeclared(copy->args[0], expression->type);
  return ExprPtr(copy);
}

}  // namespace

Result<ExprPtr> FoldConstants(const ExprPtr& expression) {
  if (expression->args.empty()) return expression;
  if (expression->kind == ExprKind::kCase) return FoldCase(expression);
  auto copy = std::make_shared<Expr>(*expression);
  const bool logical = copy->kind == ExprKind::kAnd || copy->kind == ExprKind::kOr;
  for (ExprPtr& arg : copy->args) {
    const bool guarded =
        (logical || copy->kind == ExprKind::kCoalesce) && &arg != copy->args.data();
    arg = guarded ? FoldIfPossible(arg) : TRY(FoldConstants(arg));
    // What follows a deciding argument is never evaluated.
    if (logical && IsLiteral(*arg, copy->kind == ExprKind::kOr)) return arg;
    if (copy->kind == ExprKind::kCoalesce && arg->kind == ExprKind::kLiteral &&
        !arg->literal.is_null()) {
      if (&arg == &copy->args[0]) return arg;
      copy->args.resize(static_cast<size_t>(&arg - copy->args.data()) + 1);
      break;
    }
  }
  return FoldNode(copy);
}

}  // namespace weir::expr
