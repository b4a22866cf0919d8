// Conditions that would grow too large if a rule moved them.
#pragma once

#include "planner/logical/plan.h"
#include "runtime/expr/tree_size.h"

namespace weir::rules {

// Whether a condition must stay above a projection. A condition on a column that each of 40
// projections doubles would otherwise grow without end.
inline bool IsTooLargeBelow(const expr::Expr& condition, const logical::Project& project) {
  constexpr size_t kLargestCondition = 2'000;
  return expr::GrowsBeyond(kLargestCondition, condition, project.expressions);
}

}  // namespace weir::rules
