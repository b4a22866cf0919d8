// The types that Flink declares for the columns of a query, which DESCRIBE shows and CREATE TABLE
// … AS gives the table.
#pragma once

#include <vector>

#include "planner/logical/plan.h"

namespace weir::logical {

// The node's columns with the nullability that Flink derives (runtime/expr/declared_type.h). SUM
// and the like of a NOT NULL column are NOT NULL behind GROUP BY, as a group that is there has
// rows; the plan keeps them nullable, since accumulators that start with a restore may have seen
// none. REQUIRES: a bound plan, to which no rule was applied.
std::vector<Column> DeclaredColumns(const Node& node);

}  // namespace weir::logical
