// Where the value of an expression depends on more of its operands' types than that they hold the
// values: CAST(ts AS STRING) writes as many digits as the type of ts has.
#pragma once

#include <set>
#include <string>
#include <vector>

#include "runtime/expr/expr.h"

namespace weir::uid {

// Whether a cast gives fields of rows other names, so that it takes them by their places.
bool MovesFields(const Type& from, const Type& to);

// Adds " with ts TIMESTAMP(3)" for every operand that has columns inside and whose type the value
// depends on: the digits of times and floats that become text, the fields of a ROW that is taken as
// a whole, any type that is asked for by name; and the scale of decimal quotients. What may be
// widened without a change of the value (lengths of texts, widths of integers) is left out; an
// overflow does not count. REQUIRES: Stripped (simplify.h). Persisted as a part of meanings
// (planner/uid/meaning.h).
void CollectTypesRead(const expr::Expr& expression, const std::vector<std::string>& names,
                      std::set<std::string>& said);

}  // namespace weir::uid
