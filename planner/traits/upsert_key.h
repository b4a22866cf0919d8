// Which columns identify a row of a node's output.
#pragma once

#include <vector>

#include "planner/logical/plan.h"

namespace weir::traits {

// `input_key` is the upsert key of the node's first input. Empty: none is known.
// Known: groups of an Aggregate, groups and windows of a WindowAggregate, partitions of ranks, keys
// of a Deduplicate; a projection keeps a key when it keeps all its columns; a UNION ALL has none.
// Joins: see join_traits.h.
std::vector<int> UpsertKeyOf(const logical::Node& node, const std::vector<int>& input_key);

}  // namespace weir::traits
