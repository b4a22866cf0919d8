// Reads and makes literals of TINYINT, SMALLINT, INT and BIGINT as one kind, for the rules that
// write equal expressions alike.
#pragma once

#include <cstdint>
#include <optional>

#include "runtime/expr/expr.h"

namespace weir::uid {

// The size of an integer type in bytes.
int PhysicalWidth(const Type& type);

// The value of an integer literal; nothing for NULL and anything else.
std::optional<int64_t> IntegerOf(const expr::Expr& expression);

// A literal of an integer type; a value that does not fit wraps around, as sums do.
expr::ExprPtr IntegerLiteral(const Type& type, int64_t value);

}  // namespace weir::uid
