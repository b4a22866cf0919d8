// Finds sub-plans that compute the same. Names of columns and clauses do not count, nor does how
// conditions and expressions are divided among filters and projections, nor columns below an
// aggregation that it does not read. (Flink compares the digests of physical plans, which its rules
// have made alike: FLIP-15, SubplanReuser.)
#pragma once

#include <unordered_map>

#include "planner/logical/plan.h"

namespace weir::uid {

// A number for every node of the plan. Nodes with the same number give the same rows in the same
// columns, whatever these are called; filters and projections also have the same column names,
// which become names of state above them. An expression that may change between evaluations
// (RAND()) equals only itself, and so does everything above it; sinks and results equal nothing.
// Numbers have no meaning outside of one call.
std::unordered_map<const logical::Node*, int> EqualityClasses(const logical::Plan& plan);

}  // namespace weir::uid
