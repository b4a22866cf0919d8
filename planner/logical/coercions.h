// Expressions as the user wrote them: without the casts that binding put in.
#pragma once

#include <string>
#include <vector>

#include "runtime/expr/expr.h"

namespace weir::logical {

// The tree without implicit casts. Where a column's type was widened these change though nothing
// was written otherwise, so what names state or says what a clause means must leave them out. The
// result is for its text only: its types do not fit each other. A cast is implicit when it stands
// for the same SQL text as its argument (expr::Coerce); casts without any text count as written.
// Literals lose what follows from their text and neighbours: CHAR(1) and FLOAT are STRING and
// DOUBLE. Shares what it does not change.
expr::ExprPtr WithoutCoercions(const expr::Expr& expression);

// expr::ToString of that.
std::string TextWithoutCoercions(const expr::Expr& expression,
                                 const std::vector<std::string>& names);

}  // namespace weir::logical
