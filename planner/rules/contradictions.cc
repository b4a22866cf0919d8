#include "planner/rules/contradictions.h"

#include <algorithm>
#include <array>
#include <memory>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include "planner/logical/expression_kind.h"
#include "planner/rules/predicates.h"
#include "runtime/expr/binding.h"
#include "runtime/expr/function.h"

namespace weir::rules {
namespace {

using expr::Expr;
using expr::ExprKind;
using expr::ExprPtr;
using logical::IsCallOf;

// A function, and the one that is TRUE where it is FALSE.
struct OppositeNames {
  std::string_view name;
  std::string_view opposite;
};
constexpr std::array<OppositeNames, 8> kOpposites = {{{"=", "<>"},
                                                      {"<>", "="},
                                                      {"<", ">="},
                                                      {">=", "<"},
                                                      {">", "<="},
                                                      {"<=", ">"},
                                                      {"IS NULL", "IS NOT NULL"},
                                                      {"IS NOT NULL", "IS NULL"}}};

std::string_view OppositeOf(const Expr& expression) {
  if (expression.kind != ExprKind::kCall) return "";
  for (const OppositeNames& names : kOpposites) {
    if (expression.function->name == names.name) return names.opposite;
  }
  return "";
}

bool IsComparison(const Expr& expression) {
  return expression.args.size() == 2 && !OppositeOf(expression).empty();
}

// The truth of a comparison of constants, if it has one.
std::optional<bool> Compare(std::string_view comparison, const ExprPtr& a, const ExprPtr& b) {
  Result<ExprPtr> bound = expr::BindCall(comparison, {a, b}, {});
  if (!bound.ok()) return std::nullopt;
  const Result<ExprPtr> folded = expr::FoldConstants(*bound);
  return folded.ok() ? logical::TruthOf(**folded) : std::nullopt;
}

// --- conditions on one expression --------------------------------------------------------------

// A comparison of `subject` with a constant, written from the subject's side.
struct Bound {
  ExprPtr subject;
  std::string_view comparison;
  ExprPtr constant;
};

std::optional<Bound> BoundOf(const Expr& condition) {
  if (!IsComparison(condition)) return std::nullopt;
  const ExprPtr& left = condition.args[0];
  const ExprPtr& right = condition.args[1];
  if (right->kind == ExprKind::kLiteral) return Bound{left, condition.function->name, right};
  if (left->kind != ExprKind::kLiteral) return std::nullopt;
  return Bound{right, Mirrored(condition.function->name), left};
}

bool IsUpper(const Bound& bound) {
  return bound.comparison == "<" || bound.comparison == "<=";
}
bool IsLower(const Bound& bound) {
  return bound.comparison == ">" || bound.comparison == ">=";
}

bool NothingBetween(const Bound& lower, const Bound& upper) {
  const bool inclusive = lower.comparison == ">=" && upper.comparison == "<=";
  return Compare(inclusive ? ">" : ">=", lower.constant, upper.constant) == true;
}

// All values that an expression has where a condition holds.
struct Points {
  ExprPtr subject;
  std::vector<ExprPtr> constants;
};

std::optional<Points> PointsOf(const Expr& condition) {
  Points points;
  if (condition.kind == ExprKind::kIn) {
    points = {condition.args[0], {condition.args.begin() + 1, condition.args.end()}};
  } else if (const std::optional<Bound> bound = BoundOf(condition)) {
    if (bound->comparison == "=") points = {bound->subject, {bound->constant}};
  }
  if (!points.subject) return std::nullopt;
  const Type& type = points.subject->type;
  // 0.0 equals -0.0, from which something else may be computed.
  const bool exact = type.kind() != TypeKind::kFloat && type.kind() != TypeKind::kDouble;
  const bool same = std::ranges::all_of(points.constants, [&](const ExprPtr& constant) {
    return constant->kind == ExprKind::kLiteral &&
           (constant->type.EqualsIgnoringNullability(type) ||
            (constant->type.is_character() && type.is_character()));
  });
  return exact && same ? std::optional(points) : std::nullopt;
}

ExprPtr Replaced(const ExprPtr& expression, const Expr& subject, const ExprPtr& constant) {
  if (expr::Equal(*expression, subject)) return constant;
  if (expression->args.empty()) return expression;
  auto copy = std::make_shared<Expr>(*expression);
  for (ExprPtr& argument : copy->args) argument = Replaced(argument, subject, constant);
  return copy;
}

bool Holds(const ExprPtr& condition, const Expr& subject, const ExprPtr& constant) {
  const Result<ExprPtr> folded = expr::FoldConstants(Replaced(condition, subject, constant));
  if (!folded.ok() || (*folded)->kind != ExprKind::kLiteral) return true;
  return logical::TruthOf(**folded) == true;
}

bool HoldsNowhere(const Points& points, const ExprPtr& condition) {
  return std::ranges::none_of(points.constants, [&](const ExprPtr& constant) {
    return Holds(condition, *points.subject, constant);
  });
}

// --- pairs of conditions -----------------------------------------------------------------------

bool SameArguments(const Expr& a, const Expr& b) {
  return std::ranges::equal(a.args, b.args, [](const ExprPtr& left, const ExprPtr& right) {
    return expr::Equal(*left, *right);
  });
}

bool IsNegationOf(const Expr& a, const Expr& b) {
  if (IsCallOf(a, "NOT")) return expr::Equal(*a.args[0], b);
  return b.kind == ExprKind::kCall && OppositeOf(a) == b.function->name && SameArguments(a, b);
}

// A comparison with NULL is never TRUE.
bool IsNullOfCompared(const Expr& is_null, const Expr& other) {
  if (!IsCallOf(is_null, "IS NULL")) return false;
  if (!IsComparison(other) && other.kind != ExprKind::kIn) return false;
  return std::ranges::any_of(other.args, [&](const ExprPtr& argument) {
    return expr::Equal(*argument, *is_null.args[0]);
  });
}

// Whether no row fulfils both, with `a` as the list of values or the lower bound and `b` as the
// other one. The caller also asks the other way round. REQUIRES: both are deterministic.
bool ExcludesInOrder(const ExprPtr& a, const ExprPtr& b) {
  if (IsNegationOf(*a, *b) || IsNullOfCompared(*a, *b)) return true;
  if (const std::optional<Points> points = PointsOf(*a)) return HoldsNowhere(*points, b);
  const std::optional<Bound> lower = BoundOf(*a);
  const std::optional<Bound> upper = BoundOf(*b);
  return lower && upper && IsLower(*lower) && IsUpper(*upper) &&
         expr::Equal(*lower->subject, *upper->subject) && NothingBetween(*lower, *upper);
}

bool Exclude(const ExprPtr& a, const ExprPtr& b) {
  return ExcludesInOrder(a, b) || ExcludesInOrder(b, a);
}

// --- single conditions -------------------------------------------------------------------------

bool IsNever(const ExprPtr& condition);

bool IsNull(const ExprPtr& expression) {
  return expression->kind == ExprKind::kLiteral && expression->literal.is_null();
}

bool ComparesWithNull(const Expr& condition) {
  return IsComparison(condition) && std::ranges::any_of(condition.args, IsNull);
}

// Whether NOT of it is never TRUE: v NOT IN (1, NULL).
bool IsNeverFalse(const ExprPtr& condition) {
  switch (condition->kind) {
    case ExprKind::kIn:
      return std::ranges::any_of(condition->args, IsNull);
    case ExprKind::kOr:
      return std::ranges::any_of(condition->args, IsNeverFalse);
    default:
      return ComparesWithNull(*condition);
  }
}

// v < v, v > v, v <> v.
bool ComparesWithItself(const Expr& condition) {
  if (!IsComparison(condition) || !expr::IsDeterministic(condition)) return false;
  const std::string_view name = condition.function->name;
  return (name == "<" || name == ">" || name == "<>") &&
         expr::Equal(*condition.args[0], *condition.args[1]);
}

// More conditions than anybody writes by hand are not compared with each other.
constexpr size_t kMostConditions = 64;

bool NeverTogether(const std::vector<ExprPtr>& conditions) {
  if (std::ranges::any_of(conditions, IsNever)) return true;
  if (conditions.size() > kMostConditions) return false;
  for (size_t i = 0; i < conditions.size(); ++i) {
    if (!expr::IsDeterministic(*conditions[i])) continue;
    for (size_t j = i + 1; j < conditions.size(); ++j) {
      if (expr::IsDeterministic(*conditions[j]) && Exclude(conditions[i], conditions[j]))
        return true;
    }
  }
  return false;
}

bool IsNever(const ExprPtr& condition) {
  switch (condition->kind) {
    case ExprKind::kLiteral:
      return logical::TruthOf(*condition) != true;
    case ExprKind::kAnd:
      return NeverTogether(SplitConjunction(condition));
    case ExprKind::kOr:
      return std::ranges::all_of(condition->args, IsNever);
    default:
      if (IsCallOf(*condition, "NOT")) return IsNeverFalse(condition->args[0]);
      return ComparesWithItself(*condition) || ComparesWithNull(*condition);
  }
}

}  // namespace

bool IsNeverTrue(const ExprPtr& predicate) {
  const Result<ExprPtr> folded = expr::FoldConstants(predicate);
  // A constant that fails to evaluate is no contradiction; FoldConstants reports it.
  return folded.ok() && IsNever(*folded);
}

}  // namespace weir::rules
