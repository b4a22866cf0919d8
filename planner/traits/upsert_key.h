// Which columns identify a row of a node's output.
#pragma once

#include <vector>

#include "planner/logical/plan.h"

namespace weir::traits {

// The upsert key of the node's output; empty if none is known. `input_key` is that of its first
// input, and `input_moves` says whether its inputs have changes other than inserts. A node that
// upsert_key.cc does not name keeps its input's key: a new one that repeats or merges rows must be
// added there. Ranks: rank_traits.h. Joins: join_traits.h.
std::vector<int> UpsertKeyOf(const logical::Node& node, const std::vector<int>& input_key,
                             bool input_moves);

// The key behind an exchange that distributes rows by `spread`. If a row of one key may move from
// one value of `spread` to another, those columns become part of the key, because the old and the
// new row pass through two subtasks and arrive in any order (Flink: FlinkRelMdUpsertKeys). Without
// a key there is none behind the exchange.
std::vector<int> KeyBehindExchange(std::vector<int> key, const std::vector<int>& spread,
                                   bool moves);

}  // namespace weir::traits
