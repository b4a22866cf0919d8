#include "state/reading/key_lookup.h"

#include <algorithm>
#include <set>

#include "runtime/expr/function.h"
#include "runtime/types/key_encoding.h"

namespace weir::state {
namespace {

bool IsInteger(const Type& type) {
  switch (type.kind()) {
    case TypeKind::kTinyInt:
    case TypeKind::kSmallInt:
    case TypeKind::kInt:
    case TypeKind::kBigInt:
      return true;
    default:
      return false;
  }
}

// A key column as it is compared: itself, or an integer widened to the literal's type, which has
// the same canonical bytes.
const expr::Expr& Uncast(const expr::Expr& expression) {
  const bool widened = expression.kind == expr::ExprKind::kCast && IsInteger(expression.type) &&
                       IsInteger(expression.args[0]->type);
  return widened ? *expression.args[0] : expression;
}

class Lookup {
 public:
  Lookup(std::span<const int> scanned, const std::vector<StateColumn>& columns,
         const StateSchema& schema)
      : scanned_(scanned), columns_(columns), asked_(schema.key.size()) {}

  void Take(const expr::Expr& condition) {
    if (condition.kind == expr::ExprKind::kAnd) {
      for (const expr::ExprPtr& one : condition.args) Take(*one);
    } else if (condition.kind == expr::ExprKind::kIn) {
      TakeValues(*condition.args[0], std::span(condition.args).subspan(1));
    } else if (condition.kind == expr::ExprKind::kCall && condition.function->name == "=") {
      const bool turned = condition.args[0]->kind == expr::ExprKind::kLiteral;
      TakeValues(*condition.args[turned ? 1 : 0],
                 std::span(condition.args).subspan(turned ? 0 : 1, 1));
    }
  }

  std::optional<std::vector<std::string>> Keys() const {
    if (asked_.empty()) return std::nullopt;
    std::set<std::string> keys{""};
    for (const std::optional<std::set<std::string>>& one : asked_) {
      if (!one || keys.size() * one->size() > kMostKeys) return std::nullopt;
      std::set<std::string> longer;
      for (const std::string& key : keys)
        for (const std::string& value : *one) longer.insert(key + value);
      keys = std::move(longer);
    }
    return std::vector<std::string>(keys.begin(), keys.end());
  }

 private:
  // If two conditions restrict the same column, only values that both allow are looked up.
  void TakeValues(const expr::Expr& compared, std::span<const expr::ExprPtr> literals) {
    const expr::Expr& side = Uncast(compared);
    if (side.kind != expr::ExprKind::kColumn) return;
    const StateColumn& column =
        columns_[static_cast<size_t>(scanned_[static_cast<size_t>(side.column)])];
    if (column.kind != StateColumnKind::kKey) return;
    std::set<std::string> values;
    for (const expr::ExprPtr& literal : literals) {
      const bool fits =
          literal->kind == expr::ExprKind::kLiteral &&
          (literal->literal.is_null() || literal->type.WithNullable(true) == column.type ||
           (IsInteger(literal->type) && IsInteger(column.type)) ||
           (literal->type.physical() == PhysicalType::kString &&
            column.type.kind() == TypeKind::kVarChar));
      if (!fits) return;
      if (literal->literal.is_null()) continue;  // equals nothing
      std::string bytes;
      AppendKeyValue(*MakeConstantColumn(literal->literal, 1), 0, bytes);
      values.insert(std::move(bytes));
    }
    std::optional<std::set<std::string>>& asked = asked_[column.index];
    if (asked) std::erase_if(*asked, [&](const auto& value) { return !values.contains(value); });
    if (!asked) asked = std::move(values);
  }

  const std::span<const int> scanned_;
  const std::vector<StateColumn>& columns_;
  std::vector<std::optional<std::set<std::string>>> asked_;  // by key column
};

}  // namespace

std::optional<std::vector<std::string>> KeysAskedFor(const expr::ExprPtr& condition,
                                                     std::span<const int> scanned,
                                                     const std::vector<StateColumn>& columns,
                                                     const StateSchema& schema) {
  if (condition == nullptr) return std::nullopt;
  Lookup lookup(scanned, columns, schema);
  lookup.Take(*condition);
  return lookup.Keys();
}

}  // namespace weir::state
