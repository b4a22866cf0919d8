// One spelling for expressions that compute the same for all values, as far as that can be seen
// from the expressions themselves.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "runtime/expr/expr.h"

namespace weir::uid {

// The words of which versions of meanings: kSixth those of 4 to 6, which said no types of operands
// (types_read.h), and took TO_TIMESTAMP_LTZ of a number and any sum with an instant for one that
// depends on the time zone; kSeventh those of 7, which did not say in which type an expression is
// computed (computed_type.h).
enum class Words : uint8_t { kSixth, kSeventh, kCurrent };

// The form that is spelled: `expression` with its constants computed and without implicit casts. It
// may be substituted for a column of another one (expr::Substitute).
expr::ExprPtr Canonical(const expr::ExprPtr& expression, Words words);

// What the value of an expression depends on besides its columns.
struct Setting {
  Words words = Words::kCurrent;
  std::string zone;  // of the session
};

// The text of a Canonical expression, columns by `names`. It is simplified (simplify.h); a
// comparison has its literal on the right ("2 < qty" is "(qty > 2)"); the operands of +, *,
// comparisons, AND, OR, IN, and of GREATEST and LEAST unless they are floats, are in the order of
// their texts; sums and products of integers are one list with one constant; AND has no TRUE
// operands. Very long operands and chains stay as they are written. Says the types that it is
// computed in where its operands do not. Ends with the types that the value depends on, and with
// the zone if it may depend on that. Persisted as a part of meanings (planner/uid/meaning.h).
std::string CanonicalText(const expr::ExprPtr& canonical, const std::vector<std::string>& names,
                          const Setting& setting);

// One of the conditions of a predicate that must all hold.
struct Conjunct {
  std::string text;    // as CanonicalText, without the parentheses around it
  bool always_agrees;  // gives the same result for the same row each time; RAND() < 0.5 may not
};
// The conditions of a predicate in its order, without those that are always TRUE.
std::vector<Conjunct> CanonicalConjuncts(const expr::ExprPtr& canonical,
                                         const std::vector<std::string>& names,
                                         const Setting& setting);

// The same in the wording of versions 2 and 3, which did not simplify; for any expression.
std::string ThirdText(const expr::ExprPtr& expression, const std::vector<std::string>& names,
                      const std::string& zone);
std::vector<std::string> ThirdConjuncts(const expr::ExprPtr& predicate,
                                        const std::vector<std::string>& names,
                                        const std::string& zone);

}  // namespace weir::uid
