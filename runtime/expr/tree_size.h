// A bound on how large an expression grows when others are substituted for its columns.
#pragma once

#include <cstddef>
#include <vector>

#include "runtime/expr/expr.h"

namespace weir::expr {

// Whether Substitute would produce a tree of more than `nodes` nodes. Each of 40 nested projections
// that uses a column twice doubles the tree: a million million nodes.
bool GrowsBeyond(size_t nodes, const Expr& expression, const std::vector<ExprPtr>& replacements);

}  // namespace weir::expr
