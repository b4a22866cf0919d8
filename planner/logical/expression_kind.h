// Questions about expressions that rules and meanings ask.
#pragma once

#include <optional>
#include <string_view>

#include "runtime/expr/expr.h"

namespace weir::logical {

// Whether the expression calls the function with that name in the registry.
bool IsCallOf(const expr::Expr& expression, std::string_view name);

// The value of a BOOLEAN literal; nothing for NULL and for anything else.
std::optional<bool> TruthOf(const expr::Expr& expression);

}  // namespace weir::logical
