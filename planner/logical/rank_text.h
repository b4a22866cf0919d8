// The text of ranks and deduplication in EXPLAIN.
#pragma once

#include <string>

#include "planner/logical/plan.h"

namespace weir::logical {

// Sort keys by the names of the columns of `input`: "a, b DESC, c NULLS LAST". The order of NULLs
// is included if it is not Flink's (NULL is the smallest).
std::string SortKeysText(const std::vector<graph::SortKey>& keys, const Node& input);

// The text of one node without its inputs, for people and for plan tests; uids do not depend on it.
// REQUIRES: the first argument is the node's operation.
std::string RankText(const Over& over, const Node& node);
std::string RankText(const OverAggregate& over, const Node& node);
std::string RankText(const Rank& rank, const Node& node);
std::string RankText(const Deduplicate& deduplicate, const Node& node);
std::string RankText(const WindowRank& rank, const Node& node);

}  // namespace weir::logical
