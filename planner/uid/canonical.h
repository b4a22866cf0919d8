// Expressions in one spelling: what computes the same whatever the values are has the same text,
// as far as that can be seen without knowing them.
#pragma once

#include <string>
#include <vector>

#include "runtime/expr/expr.h"

namespace weir::uid {

// The text of an expression, columns by `names`: without implicit casts, constants computed, the
// literal of a comparison on its right ("2 < qty" is "(qty > 2)"), the operands of +, *, =, <>, AND
// and OR in the order of their texts, AND without what is TRUE. Ends with `zone` where the value
// depends on the session's time zone.
// Persisted as a part of meanings (planner/uid/meaning.h).
std::string CanonicalText(const expr::ExprPtr& expression, const std::vector<std::string>& names,
                          const std::string& zone);

// The conditions of a predicate that must all hold, each as CanonicalText without the parentheses
// around it, sorted and without repetition; none that is always TRUE.
std::vector<std::string> CanonicalConjuncts(const expr::ExprPtr& predicate,
                                            const std::vector<std::string>& names,
                                            const std::string& zone);

}  // namespace weir::uid
