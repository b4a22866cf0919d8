// Ranks and deduplication in words, for EXPLAIN.
#pragma once

#include <string>

#include "planner/logical/plan.h"

namespace weir::logical {

// "a, b DESC, c NULLS LAST": sort keys by the names of the columns of `input`. The order of NULLs
// is said where it is not Flink's (NULL is the smallest).
std::string SortKeysText(const std::vector<graph::SortKey>& keys, const Node& input);

// One node without its inputs. REQUIRES: the node's operation is the first argument.
// Texts are for people and for plan tests; uids do not depend on them.
std::string RankText(const Over& over, const Node& node);
std::string RankText(const Rank& rank, const Node& node);
std::string RankText(const Deduplicate& deduplicate, const Node& node);
std::string RankText(const WindowRank& rank, const Node& node);

}  // namespace weir::logical
