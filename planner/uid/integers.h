// Integers of any width that are written down in a statement.
#pragma once

#include <cstdint>
#include <optional>

#include "runtime/expr/expr.h"

namespace weir::uid {

// Bytes of an integer type.
int PhysicalWidth(const Type& type);

// The value of an integer literal; nothing of NULL and of what is none.
std::optional<int64_t> IntegerOf(const expr::Expr& expression);

// A literal of an integer type; a value that has no room wraps around, as sums do.
expr::ExprPtr IntegerLiteral(const Type& type, int64_t value);

}  // namespace weir::uid
