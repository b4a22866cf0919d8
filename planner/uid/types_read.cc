#include "planner/uid/types_read.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <string_view>

#include "runtime/expr/function.h"
#include "runtime/fault_point.h"

namespace weir::uid {
namespace {

using expr::Expr;
using expr::ExprKind;
using expr::ExprPtr;

template <typename F>
// NOLINTNEXTLINE(misc-no-recursion): as deep as the type
bool AnyWithin(const Type& type, F&& holds) {
  return holds(type) ||
         (type.is_nested() && std::ranges::any_of(type.fields(), [&](const TypeField& field) {
            return AnyWithin(field.type, holds);
          }));
}

bool HasFields(const Type& type) {
  return AnyWithin(type, [](const Type& one) { return one.kind() == TypeKind::kRow; });
}

bool IsFloating(const Type& type) {
  return type.kind() == TypeKind::kFloat || type.kind() == TypeKind::kDouble;
}

// Whether equal values of two such types, one of them wider, have different texts.
bool ShowsInText(const Type& type) {
  return AnyWithin(type, [](const Type& one) {
    return one.is_timestamp() || one.kind() == TypeKind::kTime || IsFloating(one) ||
           one.kind() == TypeKind::kRow;
  });
}

bool IsText(const Type& type) {
  return type.is_character() || type.is_binary();
}

// The type without what does not show in any value.
// NOLINTNEXTLINE(misc-no-recursion): as deep as the type
std::string Shown(const Type& type) {
  if (type.is_integer()) return "BIGINT";
  if (type.is_character()) return "STRING";
  if (type.is_binary()) return "BYTES";
  if (type.kind() == TypeKind::kDecimal) return fmt::format("DECIMAL of scale {}", type.scale());
  if (!type.is_nested()) return type.ToStringIgnoringNullability();
  std::vector<std::string> within;
  for (const TypeField& field : type.fields()) {
    const bool named = type.kind() == TypeKind::kRow;
    within.push_back(named ? fmt::format("`{}` {}", field.name, Shown(field.type))
                           : Shown(field.type));
  }
  const std::string whole = type.ToStringIgnoringNullability();
  return fmt::format("{}<{}>", whole.substr(0, whole.find('<')), fmt::join(within, ", "));
}

bool HasColumns(const Expr& expression) {
  return expression.kind == ExprKind::kColumn ||
         std::ranges::any_of(expression.args, [](const ExprPtr& arg) { return HasColumns(*arg); });
}

template <size_t kCount>
bool IsOneOf(std::string_view name, const std::array<std::string_view, kCount>& names) {
  return std::ranges::find(names, name) != names.end();
}

// Whether the binder has made a text of the operand, by a cast that is stripped.
bool TakesAsText(const Expr& call, size_t operand) {
  if (call.overload >= call.function->overloads.size()) return false;
  const auto& params = call.function->overloads[call.overload].params;
  if (params.empty()) return false;
  const expr::ArgumentClass wanted = params[std::min(operand, params.size() - 1)];
  return wanted == expr::ArgumentClass::kString && !IsText(call.args[operand]->type);
}

enum class Reads : uint8_t { kNothing, kShown, kExactly };

Reads ReadsOfCast(const Type& from, const Type& to) {
  const bool text = IsText(to) && ShowsInText(from);
  const bool digits = IsFloating(from) && !IsFloating(to);
  return text || digits || HasFields(from) ? Reads::kShown : Reads::kNothing;
}

Reads ReadsOfCall(const Expr& call, size_t operand) {
  static constexpr std::array<std::string_view, 2> kByName = {"TYPEOF", "HASH_CODE"};
  static constexpr std::array<std::string_view, 4> kWriters = {"JSON_STRING", "JSON_OBJECT",
                                                               "JSON_ARRAY", "PRINTF"};
  // They take fields by their names, or hand rows on as they are.
  static constexpr std::array<std::string_view, 13> kWhole = {
      "FIELD", "ITEM",    "CARDINALITY", "ROW",      "ARRAY",      "MAP",         "IS NULL",
      "IF",    "ELEMENT", "IS NOT NULL", "MAP_KEYS", "MAP_VALUES", "ARRAY_CONCAT"};
  const std::string_view name = call.function->name;
  const Type& type = call.args[operand]->type;
  if (IsOneOf(name, kByName)) return Reads::kExactly;
  if (IsOneOf(name, kWriters) || TakesAsText(call, operand))
    return ShowsInText(type) ? Reads::kShown : Reads::kNothing;
  return HasFields(type) && !IsOneOf(name, kWhole) ? Reads::kShown : Reads::kNothing;
}

Reads ReadsOf(const Expr& expression, size_t operand) {
  const Type& type = expression.args[operand]->type;
  switch (expression.kind) {
    case ExprKind::kCast:
      return ReadsOfCast(type, expression.type);
    case ExprKind::kCall:
      return ReadsOfCall(expression, operand);
    case ExprKind::kIn:
      return HasFields(type) ? Reads::kShown : Reads::kNothing;
    default:
      return Reads::kNothing;
  }
}

// How many digits a quotient has follows from the precision of the divisor.
bool IsDecimalQuotient(const Expr& expression) {
  return expression.kind == ExprKind::kCall && expression.function->name == "/" &&
         expression.type.kind() == TypeKind::kDecimal && HasColumns(*expression.args.back());
}

}  // namespace

// NOLINTNEXTLINE(misc-no-recursion): as deep as the type
bool MovesFields(const Type& from, const Type& to) {
  if (!from.is_nested() || from.kind() != to.kind()) return false;
  const bool row = from.kind() == TypeKind::kRow;
  return !std::ranges::equal(from.fields(), to.fields(),
                             [&](const TypeField& a, const TypeField& b) {
                               return (!row || a.name == b.name) && !MovesFields(a.type, b.type);
                             });
}

// NOLINTNEXTLINE(misc-no-recursion): as deep as the expression
void CollectTypesRead(const Expr& expression, const std::vector<std::string>& names,
                      std::set<std::string>& said) {
  if (DefectPlanted("meaning-of-types-read")) return;
  for (size_t i = 0; i < expression.args.size(); ++i) {
    const Expr& operand = *expression.args[i];
    CollectTypesRead(operand, names, said);
    const Reads reads = ReadsOf(expression, i);
    if (reads == Reads::kNothing || !HasColumns(operand)) continue;
    const std::string type =
        reads == Reads::kShown ? Shown(operand.type) : operand.type.ToStringIgnoringNullability();
    said.insert(operand.kind == ExprKind::kColumn
                    ? fmt::format(" with {} {}", expr::ToString(operand, names), type)
                    : fmt::format(" with {}", type));
  }
  if (IsDecimalQuotient(expression))
    said.insert(fmt::format(" with / of scale {}", expression.type.scale()));
}

}  // namespace weir::uid
