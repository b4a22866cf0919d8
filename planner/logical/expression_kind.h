// Questions about expressions that the binder, rules and meanings ask.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "runtime/expr/expr.h"

namespace weir::logical {

// Whether the expression calls the function with that name in the registry.
bool IsCallOf(const expr::Expr& expression, std::string_view name);

// The value of a BOOLEAN literal; nothing for NULL and for anything else.
std::optional<bool> TruthOf(const expr::Expr& expression);

// The conditions that `predicate` combines by AND, from left to right; a predicate without AND is a
// list of one.
std::vector<expr::ExprPtr> SplitConjunction(const expr::ExprPtr& predicate);

// Which input of a join an expression over left and right columns reads. `width`: how many columns
// the left one has.
enum class Side : uint8_t { kNone, kLeft, kRight, kBoth };
Side SideOf(const expr::Expr& expression, size_t width);

}  // namespace weir::logical
