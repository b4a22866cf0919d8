// Conditions that would grow too large where a rule moves them.
#pragma once

#include "planner/logical/plan.h"
#include "runtime/expr/tree_size.h"

namespace weir::rules {

// Whether a condition over a projection stays above it: one on a column that each of 40 projections
// doubles would not end growing.
inline bool IsTooLargeBelow(const expr::Expr& condition, const logical::Project& project) {
  constexpr size_t kLargestCondition = 2'000;
  return expr::GrowsBeyond(kLargestCondition, condition, project.expressions);
}

}  // namespace weir::rules
