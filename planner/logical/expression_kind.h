// What an expression is, as rules and meanings ask.
#pragma once

#include <optional>
#include <string_view>

#include "runtime/expr/expr.h"

namespace weir::logical {

// A call of the function of that registry name.
bool IsCallOf(const expr::Expr& expression, std::string_view name);

// The value of a BOOLEAN that is written down; nothing for NULL and for what is no literal.
std::optional<bool> TruthOf(const expr::Expr& expression);

}  // namespace weir::logical
