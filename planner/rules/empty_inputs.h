// Global aggregates over inputs that are known to be empty, or that have ended.
#pragma once

#include "planner/logical/plan.h"
#include "runtime/base/result.h"

namespace weir::rules {

// Replaces global aggregates over inputs that are seen to be empty by the row that they have then:
// COUNT is 0. Others wait for a row, as in Flink, which knows no end of its input. Before uids are
// given: such an aggregate has no state.
Result<logical::Plan> CountEmptyInputs(const logical::Plan& plan);

// Gives every global aggregate its row where it had no rows in the end. For plans whose roots get
// final tables (final_rows.h).
Result<logical::Plan> CountNothingInTheEnd(const logical::Plan& plan);

}  // namespace weir::rules
