#include "runtime/expr/expr.h"

#include <fmt/format.h>

#include <algorithm>
#include <bit>

#include "runtime/base/interruption.h"
#include "runtime/expr/function.h"

namespace weir::expr {

ExprPtr MakeColumnRef(int column, const Type& type, SourceSpan span) {
  auto expression = std::make_shared<Expr>();
  expression->kind = ExprKind::kColumn;
  expression->type = type;
  expression->span = span;
  expression->column = column;
  return expression;
}

ExprPtr MakeLiteral(Value value, SourceSpan span) {
  auto expression = std::make_shared<Expr>();
  expression->kind = ExprKind::kLiteral;
  expression->type = value.type().WithNullable(value.is_null());
  expression->span = span;
  expression->literal = std::move(value);
  return expression;
}

namespace {

// Whether the two are the same value bit by bit: 0.0 equals -0.0, but is another literal.
bool SameLiteral(const Value& a, const Value& b) {
  if (!(a.type() == b.type()) || a.storage().index() != b.storage().index()) return false;
  return std::visit(
      [&]<typename T>(const T& value) {
        const T& other = b.get<T>();
        if constexpr (std::is_same_v<T, std::vector<Value>>) {
          return std::ranges::equal(value, other, SameLiteral);
        } else if constexpr (std::is_same_v<T, double>) {
          return std::bit_cast<uint64_t>(value) == std::bit_cast<uint64_t>(other);
        } else if constexpr (std::is_same_v<T, float>) {
          return std::bit_cast<uint32_t>(value) == std::bit_cast<uint32_t>(other);
        } else {
          return value == other;
        }
      },
      a.storage());
}

}  // namespace

bool Equal(const Expr& a, const Expr& b) {
  if (&a == &b) return true;
  if (a.kind != b.kind || !(a.type == b.type) || a.column != b.column || a.function != b.function ||
      a.overload != b.overload || a.try_cast != b.try_cast || a.args.size() != b.args.size() ||
      !SameLiteral(a.literal, b.literal)) {
    return false;
  }
  for (size_t i = 0; i < a.args.size(); ++i) {
    if (!Equal(*a.args[i], *b.args[i])) return false;
  }
  return true;
}

bool IsDeterministic(const Expr& expression) {
  if (expression.function != nullptr && expression.function->determinism != Determinism::kPure) {
    return false;
  }
  for (const ExprPtr& arg : expression.args) {
    if (!IsDeterministic(*arg)) return false;
  }
  return true;
}

void CollectColumns(const Expr& expression, std::vector<int>& columns) {
  if (expression.kind == ExprKind::kColumn) columns.push_back(expression.column);
  for (const ExprPtr& arg : expression.args) CollectColumns(*arg, columns);
}

ExprPtr Substitute(const ExprPtr& expression, const std::vector<ExprPtr>& replacements) {
  if (expression->kind == ExprKind::kColumn) {
    const auto column = static_cast<size_t>(expression->column);
    WEIR_CHECK_LT(column, replacements.size());
    const ExprPtr& replacement = replacements[column];
    if (replacement->kind != ExprKind::kColumn || !replacement->span.empty()) return replacement;
    // The column is now another one, but its place in the SQL text stays: errors of an implicit
    // cast around it, which has no text of its own, point to that place.
    return MakeColumnRef(replacement->column, replacement->type, expression->span);
  }
  if (expression->args.empty()) return expression;
  CheckInterrupted();
  auto copy = std::make_shared<Expr>(*expression);
  for (ExprPtr& arg : copy->args) arg = Substitute(arg, replacements);
  return copy;
}

namespace {

using Names = std::vector<std::string>;

std::string Join(const Expr& expression, const Names& names, size_t first,
                 std::string_view between) {
  std::string text;
  for (size_t i = first; i < expression.args.size(); ++i) {
    if (i > first) text += between;
    text += ToString(*expression.args[i], names);
  }
  return text;
}

std::string CaseToString(const Expr& expression, const Names& names) {
  std::string text = "CASE";
  const size_t count = expression.args.size();
  for (size_t i = 0; i + 1 < count; i += 2) {
    text += fmt::format(" WHEN {} THEN {}", ToString(*expression.args[i], names),
                        ToString(*expression.args[i + 1], names));
  }
  if (count % 2 == 1) text += fmt::format(" ELSE {}", ToString(*expression.args.back(), names));
  return text + " END";
}

bool IsOperator(std::string_view name) {
  return name.find_first_of("+-*/%=<>|") != std::string_view::npos || name == "LIKE" ||
         name == "SIMILAR TO" || name.ends_with("DISTINCT FROM");
}

std::string CallToString(const Expr& expression, const Names& names) {
  const std::string_view name = expression.function->name;
  const size_t count = expression.args.size();
  if (name.starts_with("IS ") && count == 1) {
    return fmt::format("({} {})", ToString(*expression.args[0], names), name);
  }
  if (name == "NOT" && count == 1)
    return fmt::format("NOT {}", ToString(*expression.args[0], names));
  if (name == "NEGATE") return fmt::format("-{}", ToString(*expression.args[0], names));
  if (name == "FIELD") {
    const Expr& row = *expression.args[0];
    const auto field = static_cast<size_t>(expression.args[1]->literal.get<int32_t>());
    return fmt::format("{}.{}", ToString(row, names), row.type.fields()[field].name);
  }
  if (name == "ITEM") {
    return fmt::format("{}[{}]", ToString(*expression.args[0], names),
                       ToString(*expression.args[1], names));
  }
  if (IsOperator(name) && count == 2) {
    return fmt::format("({} {} {})", ToString(*expression.args[0], names), name,
                       ToString(*expression.args[1], names));
  }
  return fmt::format("{}({})", name, Join(expression, names, 0, ", "));
}

}  // namespace

std::string ToString(const Expr& expression, const Names& names) {
  switch (expression.kind) {
    case ExprKind::kColumn: {
      const auto column = static_cast<size_t>(expression.column);
      return column < names.size() ? names[column] : fmt::format("${}", expression.column);
    }
    case ExprKind::kLiteral:
      // An integer is written without CAST: its width follows from where it stands.
      if (expression.type.is_integer() && !expression.literal.is_null())
        return expression.literal.ToString();
      return expression.literal.ToSql();
    case ExprKind::kCall:
      return CallToString(expression, names);
    case ExprKind::kCast:
      return fmt::format("{}({} AS {})", expression.try_cast ? "TRY_CAST" : "CAST",
                         ToString(*expression.args[0], names),
                         expression.type.ToStringIgnoringNullability());
    case ExprKind::kAnd:
      return fmt::format("({})", Join(expression, names, 0, " AND "));
    case ExprKind::kOr:
      return fmt::format("({})", Join(expression, names, 0, " OR "));
    case ExprKind::kCase:
      return CaseToString(expression, names);
    case ExprKind::kCoalesce:
      return fmt::format("COALESCE({})", Join(expression, names, 0, ", "));
    case ExprKind::kIn:
      return fmt::format("({} IN ({}))", ToString(*expression.args[0], names),
                         Join(expression, names, 1, ", "));
  }
  WEIR_UNREACHABLE();
}

}  // namespace weir::expr
