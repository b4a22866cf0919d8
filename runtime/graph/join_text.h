// Joins as text for EXPLAIN.
#pragma once

#include <string>
#include <vector>

#include "runtime/graph/operator_spec.h"

namespace weir::graph {

// The parts between the parentheses: "inner", "keys: a.auction = b.id", "where: …", and how each
// side is kept. Columns that both inputs have are prefixed with "left." or "right."; parts may be
// empty.
std::vector<std::string> JoinParts(const JoinSpec& spec);
std::vector<std::string> JoinParts(const IntervalJoinSpec& spec);
std::vector<std::string> JoinParts(const WindowJoinSpec& spec);
std::vector<std::string> JoinParts(const TemporalJoinSpec& spec);
std::vector<std::string> JoinParts(const LookupSpec& spec);

}  // namespace weir::graph
