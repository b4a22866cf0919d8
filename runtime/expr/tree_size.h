// A bound on how large an expression grows when others are substituted for its columns.
#pragma once

#include <cstddef>
#include <vector>

#include "runtime/expr/expr.h"

namespace weir::expr {

// Whether Substitute would produce a tree of more than `nodes` nodes. A nested projection that uses
// a column twice doubles the tree, so that 40 of them would make 10^12 nodes. Takes time for
// `nodes` nodes at most.
bool GrowsBeyond(size_t nodes, const Expr& expression, const std::vector<ExprPtr>& replacements);

}  // namespace weir::expr
