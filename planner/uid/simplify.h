// Expressions that compute the same whatever the values are, made one: by what the operators are,
// not by how their operands are called (that order is canonical.h's).
#pragma once

#include "runtime/expr/expr.h"

namespace weir::uid {

// Without what the binder put in: implicit casts, and what kind of number a literal was compared
// as. A cast stays where a literal is the reason for a wider sum: v + CAST(4 AS BIGINT) does not
// overflow where v + 4 does. Explicit casts that the operator would have made as well go, too.
// REQUIRES: constants are folded; the result is for texts, and not to be evaluated.
expr::ExprPtr Stripped(const expr::ExprPtr& expression);

// Of what Stripped gave, one form of: negated conditions (NOT goes inwards, save over comparisons
// of floats, where NaN is on neither side), truth values compared with TRUE and FALSE, sums with 0
// and products with 1 of the same type (of floats products alone: -0.0 + 0 is 0.0), CASE, COALESCE,
// IN of one value, fields of times, texts that are joined. `asked`: of a condition that only asks
// what is TRUE, so that "IS TRUE" says nothing.
// Three-valued logic holds: what is NULL stays NULL. Linear in the expression but for NOT, whose
// operand is walked once more.
expr::ExprPtr Simplified(const expr::ExprPtr& stripped, bool asked);

}  // namespace weir::uid
