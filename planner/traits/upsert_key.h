// Which columns identify a row of a node's output.
#pragma once

#include <vector>

#include "planner/logical/plan.h"

namespace weir::traits {

// `input_key` is the upsert key of the node's first input. Empty: none is known.
std::vector<int> UpsertKeyOf(const logical::Node& node, const std::vector<int>& input_key);

}  // namespace weir::traits
