// One spelling for expressions that compute the same for all values, as far as that can be seen
// from the expressions themselves.
#pragma once

#include <string>
#include <vector>

#include "runtime/expr/expr.h"

namespace weir::uid {

// The form that is spelled: `expression` with its constants computed and without implicit casts. It
// may be substituted for a column of another one (expr::Substitute).
expr::ExprPtr Canonical(const expr::ExprPtr& expression);

// The text of a Canonical expression, columns by `names`. It is simplified (simplify.h); a
// comparison has its literal on the right ("2 < qty" is "(qty > 2)"); the operands of +, *,
// comparisons, AND, OR, IN, and of GREATEST and LEAST unless they are floats, are in the order of
// their texts; sums and products of integers are one list with one constant; AND has no TRUE
// operands. Very long operands and chains stay as they are written. Ends with `zone` if the value
// may depend on the session's time zone. Persisted as a part of meanings (planner/uid/meaning.h).
std::string CanonicalText(const expr::ExprPtr& canonical, const std::vector<std::string>& names,
                          const std::string& zone);

// One of the conditions of a predicate that must all hold.
struct Conjunct {
  std::string text;    // as CanonicalText, without the parentheses around it
  bool always_agrees;  // gives the same result for the same row each time; RAND() < 0.5 may not
};
// The conditions of a predicate in its order, without those that are always TRUE.
std::vector<Conjunct> CanonicalConjuncts(const expr::ExprPtr& canonical,
                                         const std::vector<std::string>& names,
                                         const std::string& zone);

// The same in the wording of versions 2 and 3, which did not simplify; for any expression.
std::string ThirdText(const expr::ExprPtr& expression, const std::vector<std::string>& names,
                      const std::string& zone);
std::vector<std::string> ThirdConjuncts(const expr::ExprPtr& predicate,
                                        const std::vector<std::string>& names,
                                        const std::string& zone);

}  // namespace weir::uid
