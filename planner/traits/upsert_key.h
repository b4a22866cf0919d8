// Which columns identify a row of a node's output.
#pragma once

#include <vector>

#include "planner/logical/plan.h"

namespace weir::traits {

// `input_key` is the upsert key of the node's first input, `input_moves` whether its inputs have
// changes other than inserts. Empty: none is known.
// Known: groups of an Aggregate, groups and windows of a WindowAggregate, partitions of ranks, keys
// of a Deduplicate; a projection keeps a key when it keeps all its columns; a UNION ALL has none.
// Joins: see join_traits.h.
std::vector<int> UpsertKeyOf(const logical::Node& node, const std::vector<int>& input_key,
                             bool input_moves);

// The key behind an exchange that spreads rows by `spread`. Where a row of one key may move from
// one value of these to another, they become part of the key: the old row and the new one pass
// through two subtasks, and come out in any order (Flink: FlinkRelMdUpsertKeys). Without a key
// there is none behind the exchange.
std::vector<int> KeyBehindExchange(std::vector<int> key, const std::vector<int>& spread,
                                   bool moves);

}  // namespace weir::traits
