// Expressions as the user wrote them, without the casts that binding inserted.
#pragma once

#include <string>
#include <vector>

#include "runtime/expr/expr.h"

namespace weir::logical {

// The tree without implicit casts. Such casts change when a column's type is widened although
// nothing was written differently, so they must not be part of what names state or of a clause's
// meaning. The result is only good for its text, as its types do not fit. A cast is implicit if it
// has the same span as its argument (expr::Coerce); casts without a span count as written. Literals
// lose what follows from their text and neighbours: CHAR(1) becomes STRING and FLOAT becomes
// DOUBLE. Shares unchanged parts.
expr::ExprPtr WithoutCoercions(const expr::Expr& expression);

// expr::ToString of the tree without implicit casts.
std::string TextWithoutCoercions(const expr::Expr& expression,
                                 const std::vector<std::string>& names);

}  // namespace weir::logical
