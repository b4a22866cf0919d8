// Predicates as lists of conditions that must all hold, for rules that move single conditions.
#pragma once

#include <string_view>
#include <vector>

#include "planner/logical/expression_kind.h"
#include "planner/logical/plan.h"

namespace weir::rules {

// Whether the expression is this column and nothing else.
bool IsColumn(const expr::Expr& expression, int column);
// The comparison with its operands exchanged: "<" for ">", "=" for itself.
std::string_view Mirrored(std::string_view comparison);
using logical::SplitConjunction;
// The conjunction of conditions, null if there are none. A condition that occurs again is left out
// if it is deterministic.
expr::ExprPtr MakeConjunction(const std::vector<expr::ExprPtr>& conditions);
// A Filter over `input` for which all of `conditions` hold, evaluated in their order; `input`
// itself if there are none.
logical::NodePtr MakeFilter(const logical::NodePtr& input,
                            const std::vector<expr::ExprPtr>& conditions,
                            const logical::Origin& origin);
// False for an expression that may fail on some rows (a division, a cast). It must not be evaluated
// before a condition that preceded it.
bool CannotFail(const expr::Expr& expression);

}  // namespace weir::rules
