// Hashes of expressions, so that tables of them find equal trees without comparing each with each.
#pragma once

#include <cstdint>

#include "runtime/expr/expr.h"

namespace weir::expr {

// Trees that are Equal (expr.h) have equal hashes. For hash tables in memory only: another process
// hashes otherwise. Takes time for every node of the tree.
uint64_t HashOf(const Expr& expression);

}  // namespace weir::expr
