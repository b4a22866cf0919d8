// Conditions that no row fulfils, as Calcite's RexSimplify finds them.
#pragma once

#include "runtime/expr/expr.h"

namespace weir::rules {

// Whether the BOOLEAN expression is known to be FALSE or NULL for every row: a constant, or
// conditions on one expression that exclude each other (v > 3 AND v < 1). False where it is not
// known.
bool IsNeverTrue(const expr::ExprPtr& predicate);

}  // namespace weir::rules
