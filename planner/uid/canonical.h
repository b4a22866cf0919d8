// Expressions in one spelling: what computes the same whatever the values are has the same text,
// as far as that can be seen without knowing them.
#pragma once

#include <string>
#include <vector>

#include "runtime/expr/expr.h"

namespace weir::uid {

// What is spelled: `expression` with its constants computed and without implicit casts. May be put
// into another one in place of a column (expr::Substitute).
expr::ExprPtr Canonical(const expr::ExprPtr& expression);

// The text of what Canonical gave, columns by `names`: simplified (simplify.h), the literal of a
// comparison on its right ("2 < qty" is "(qty > 2)"), the operands of +, *, =, <>, AND, OR,
// GREATEST and LEAST in the order of their texts, sums and products of integers as one list with
// one constant, AND without what is TRUE. Ends with `zone` where the value depends on the session's
// time zone.
// Persisted as a part of meanings (planner/uid/meaning.h).
std::string CanonicalText(const expr::ExprPtr& canonical, const std::vector<std::string>& names,
                          const std::string& zone);

// One of the conditions that must all hold.
struct Conjunct {
  std::string text;    // as CanonicalText, without the parentheses around it
  bool always_agrees;  // asked twice of a row it says the same; RAND() < 0.5 may not
};
// Those of a predicate, in its order; none that is always TRUE.
std::vector<Conjunct> CanonicalConjuncts(const expr::ExprPtr& canonical,
                                         const std::vector<std::string>& names,
                                         const std::string& zone);

// Both in the words of versions 2 and 3, which did not simplify; of any expression.
std::string ThirdText(const expr::ExprPtr& expression, const std::vector<std::string>& names,
                      const std::string& zone);
std::vector<std::string> ThirdConjuncts(const expr::ExprPtr& predicate,
                                        const std::vector<std::string>& names,
                                        const std::string& zone);

}  // namespace weir::uid
