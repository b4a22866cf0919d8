// Simplifies expressions that compute the same for all values into one form, by the meaning of
// operators. The order of operands is left to canonical.h.
#pragma once

#include "planner/uid/canonical.h"
#include "runtime/expr/expr.h"

namespace weir::uid {

// Removes what the binder inserted: implicit casts, and the numeric types that literals were
// compared as. A cast stays if it makes a sum wider because of a literal, as v + CAST(4 AS BIGINT)
// does not overflow where v + 4 does. Explicit casts that the operator would have made as well are
// removed. After Words::kSixth a cast that takes the fields of a ROW by their places, under other
// names, stays (MovesFields), and literals of times have no more digits than they need; after
// Words::kSeventh a FLOAT stays one that integers are rounded to when they are compared with it.
// REQUIRES: constants are folded. The result is only good for texts and cannot be evaluated.
expr::ExprPtr Stripped(const expr::ExprPtr& expression, Words words);

struct Simplification {
  bool asked = false;  // only whether the condition is TRUE matters, so that IS TRUE can be dropped
  // Whether a CASE or COALESCE inside another one stays there if what it gives is rounded to a type
  // of its own. Versions 4 to 7 of meanings made one of both.
  bool typed = true;
};

// Brings what Stripped returned into one form: negated conditions (NOT is moved inwards, except
// over comparisons of floats, where NaN is on neither side), comparisons with TRUE and FALSE, sums
// with 0 and products with 1 of the same type (for floats only products, as -0.0 + 0 is 0.0), CASE,
// COALESCE, IN with one value, fields of times, and concatenated texts. Three-valued logic is
// preserved: what is NULL stays NULL.
expr::ExprPtr Simplified(const expr::ExprPtr& stripped, Simplification how);

}  // namespace weir::uid
