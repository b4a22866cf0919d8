// Joins two conditions of operators by AND; the binder's is bind/conjunction.h.
#pragma once

#include "runtime/expr/expr.h"

namespace weir::lower {

// `first` is evaluated before `second`. Either may be null, for none.
expr::ExprPtr And(const expr::ExprPtr& first, const expr::ExprPtr& second);

}  // namespace weir::lower
