// Predicates as lists of conditions that must all hold, for rules that move them one by one.
#pragma once

#include <vector>

#include "planner/logical/plan.h"

namespace weir::rules {

// The conditions that `predicate` joins by AND, from left to right.
// Never empty: a predicate without AND is a list of one.
std::vector<expr::ExprPtr> SplitConjunction(const expr::ExprPtr& predicate);
// Their conjunction, null when there are none. Equal conditions are written once.
expr::ExprPtr MakeConjunction(const std::vector<expr::ExprPtr>& conditions);
// `input` where all of `conditions` hold; `input` itself when there are none.
// The conditions are joined in their order, which is that of evaluation.
logical::NodePtr MakeFilter(const logical::NodePtr& input,
                            const std::vector<expr::ExprPtr>& conditions,
                            const logical::Origin& origin);
// False for what may fail on some rows (a division, a cast): it must not run before a condition
// that stood in front of it.
bool CannotFail(const expr::Expr& expression);

}  // namespace weir::rules
