// Predicates and conditional expressions: IS, BETWEEN, LIKE, IN, CASE.
#include <fmt/format.h>

#include "planner/bind/conjunction.h"
#include "planner/bind/expression_binder.h"
#include "runtime/expr/binding.h"
#include "runtime/expr/function.h"
#include "runtime/expr/type_rules.h"

namespace weir::bind {

using expr::ExprPtr;

namespace {

std::string_view IsName(ast::IsWhat what) {
  switch (what) {
    case ast::IsWhat::kNull:
      return "IS NULL";
    case ast::IsWhat::kTrue:
      return "IS TRUE";
    case ast::IsWhat::kFalse:
      return "IS FALSE";
    case ast::IsWhat::kUnknown:
      return "IS UNKNOWN";
    case ast::IsWhat::kJson:
      return "IS JSON";
    case ast::IsWhat::kJsonValue:
      return "IS JSON VALUE";
    case ast::IsWhat::kJsonObject:
      return "IS JSON OBJECT";
    case ast::IsWhat::kJsonArray:
      return "IS JSON ARRAY";
    case ast::IsWhat::kJsonScalar:
      return "IS JSON SCALAR";
  }
  return "";
}

std::string_view LikeName(ast::LikeKind kind) {
  switch (kind) {
    case ast::LikeKind::kLike:
      return "LIKE";
    case ast::LikeKind::kILike:
      return "ILIKE";
    case ast::LikeKind::kSimilarTo:
      return "SIMILAR TO";
    case ast::LikeKind::kRLike:
      return "RLIKE";
  }
  return "";
}

bool IsLiteral(const ExprPtr& expression) {
  return expression->kind == expr::ExprKind::kLiteral;
}

}  // namespace

Result<ExprPtr> ExpressionBinder::CallIfKnown(std::string_view name, Args args, const ast::Expr& at,
                                              std::string_view construct) {
  if (expr::FindFunction(name) == nullptr) return NotSupported(construct, at.span);
  return Call(name, std::move(args), at.span);
}

Result<ExprPtr> ExpressionBinder::Visit(const ast::Is& is, const ast::Expr& at) {
  ExprPtr operand = TRY(BindNode(*is.operand));
  const std::string_view name = IsName(is.what);
  const bool json = is.what >= ast::IsWhat::kJson;
  if (json && expr::FindFunction(name) == nullptr) return NotSupported(name, at.span);
  // An UNKNOWN truth value is a NULL of BOOLEAN.
  if (is.what == ast::IsWhat::kUnknown) {
    operand = TRY(expr::Coerce(std::move(operand), Type::Boolean(), false));
    return Call("IS NULL", {std::move(operand)}, at.span, is.negated);
  }
  if (is.what == ast::IsWhat::kNull && is.negated)
    return Call("IS NOT NULL", {std::move(operand)}, at.span);
  return Call(name, {std::move(operand)}, at.span, is.negated);
}

Result<ExprPtr> ExpressionBinder::Visit(const ast::IsDistinct& is, const ast::Expr& at) {
  ExprPtr left = TRY(BindNode(*is.left));
  ExprPtr right = TRY(BindNode(*is.right));
  return Call(is.negated ? "IS NOT DISTINCT FROM" : "IS DISTINCT FROM",
              {std::move(left), std::move(right)}, at.span);
}

Result<ExprPtr> ExpressionBinder::Visit(const ast::Between& between, const ast::Expr& at) {
  Args args;
  args.push_back(TRY(BindNode(*between.operand)));
  args.push_back(TRY(BindNode(*between.low)));
  args.push_back(TRY(BindNode(*between.high)));
  return Call(between.symmetric ? "BETWEEN SYMMETRIC" : "BETWEEN", std::move(args), at.span,
              between.negated);
}

Result<ExprPtr> ExpressionBinder::Visit(const ast::Like& like, const ast::Expr& at) {
  const std::string_view name = LikeName(like.kind);
  if (expr::FindFunction(name) == nullptr) return NotSupported(name, at.span);
  Args args;
  args.push_back(TRY(BindNode(*like.operand)));
  args.push_back(TRY(BindNode(*like.pattern)));
  if (like.escape) args.push_back(TRY(BindNode(*like.escape)));
  return Call(name, std::move(args), at.span, like.negated);
}

namespace {

bool AreRows(const ExprPtr& a, const ExprPtr& b) {
  return expr::IsRowOfFields(*a) && expr::IsRowOfFields(*b) && a->args.size() == b->args.size();
}

// Whether "=" accepts both but may compare them otherwise than IN does: a text operand with a time.
bool IsOtherForEqual(const ExprPtr& operand, const ExprPtr& item) {
  if (!AreRows(operand, item)) {
    return operand->type.is_character() && expr::IsTemporal(item->type);
  }
  bool other = false;
  for (size_t i = 0; i < operand->args.size(); ++i) {
    other |= IsOtherForEqual(operand->args[i], item->args[i]);
  }
  return other;
}

// One comparison of IN, which casts where "=" takes no such types, also between the fields of rows.
Result<ExprPtr> IsItem(const ExprPtr& operand, const ExprPtr& item, SourceSpan span) {
  Result<ExprPtr> equal = expr::BindCall("=", {operand, item}, span);
  if (equal.ok() && !IsOtherForEqual(operand, item)) return equal;
  if (!AreRows(operand, item)) {
    Result<ExprPtr> in = expr::BindCall("IN", {operand, item}, span);
    return in.ok() ? in : equal;
  }
  std::vector<ExprPtr> fields;
  for (size_t i = 0; i < operand->args.size(); ++i) {
    Result<ExprPtr> field = IsItem(operand->args[i], item->args[i], span);
    if (!field.ok()) return equal;
    fields.push_back(*std::move(field));
  }
  return AllOf(std::move(fields), span);
}

}  // namespace

// Constants make an IN, which probes a set; anything else is a chain of comparisons.
Result<ExprPtr> ExpressionBinder::BindInList(const ast::In& in, const ast::Expr& at) {
  const ExprPtr operand = TRY(BindNode(*in.operand));
  Args constants{operand};
  Args tests;
  for (const ast::ExprPtr& item : in.items) {
    ExprPtr bound = TRY(BindNode(*item));
    if (!expr::IsRowOfFields(*bound)) bound = TRY(expr::FoldConstants(bound));
    if (IsLiteral(bound)) {
      constants.push_back(std::move(bound));
    } else {
      tests.push_back(TRY(IsItem(operand, bound, At(item->span))));
    }
  }
  if (constants.size() > 1) tests.push_back(TRY(Call("IN", std::move(constants), at.span)));
  ExprPtr any = tests[0];
  if (tests.size() > 1) any = TRY(Call("OR", std::move(tests), at.span));
  if (!in.negated) return any;
  return Call("NOT", {std::move(any)}, at.span);
}

Result<ExprPtr> ExpressionBinder::Visit(const ast::Case& switched, const ast::Expr& at) {
  ExprPtr operand;
  if (switched.operand) operand = TRY(BindNode(*switched.operand));
  Args args;
  for (const ast::When& when : switched.whens) {
    ExprPtr condition = TRY(operand ? BindNode(*when.condition) : BindForTruth(*when.condition));
    if (operand) condition = TRY(Call("=", {operand, std::move(condition)}, when.condition->span));
    for (const ast::ExprPtr& text : when.alternatives) {
      ExprPtr value = TRY(BindNode(*text));
      ExprPtr other = TRY(Call("=", {operand, std::move(value)}, text->span));
      condition = TRY(Call("OR", {std::move(condition), std::move(other)}, when.condition->span));
    }
    args.push_back(std::move(condition));
    args.push_back(TRY(BindNode(*when.result)));
  }
  if (switched.otherwise) args.push_back(TRY(BindNode(*switched.otherwise)));
  return Call("CASE", std::move(args), at.span);
}

}  // namespace weir::bind
