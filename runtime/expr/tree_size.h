// How large expressions grow when others take the places of their columns.
#pragma once

#include <cstddef>
#include <vector>

#include "runtime/expr/expr.h"

namespace weir::expr {

// Whether Substitute would give a tree of more than `nodes` nodes. A column that each of 40
// projections doubles has a million million.
bool GrowsBeyond(size_t nodes, const Expr& expression, const std::vector<ExprPtr>& replacements);

}  // namespace weir::expr
