// Which sub-plans compute the same, by what they mean: names of columns and clauses do not count,
// nor does how conditions and expressions are spread over filters and projections, nor columns
// below an aggregation that it does not read. (Flink compares the digests of physical plans, which
// its rules have made alike before: FLIP-15, SubplanReuser.)
#pragma once

#include <unordered_map>

#include "planner/logical/plan.h"

namespace weir::uid {

// A number for every node of the plan; two nodes of one number give the same rows in the same
// columns, whatever these are called; filters and projections under the same names, too, since
// those become names of state above them. What may differ from one evaluation to the next (RAND())
// is equal to itself only, and so is everything above it; sinks and results are equal to nothing.
// Numbers depend on the order of the plan and mean nothing outside of one call.
std::unordered_map<const logical::Node*, int> EqualityClasses(const logical::Plan& plan);

}  // namespace weir::uid
