// Conditions that must all hold.
#pragma once

#include <vector>

#include "runtime/expr/expr.h"

namespace weir::bind {

// Their conjunction, in their order; null if there are none. REQUIRES: all are BOOLEAN.
expr::ExprPtr AllOf(std::vector<expr::ExprPtr> conditions, SourceSpan span);

}  // namespace weir::bind
