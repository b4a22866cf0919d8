// What ranks and deduplication emit, and what they need from their inputs.
#pragma once

#include <functional>
#include <vector>

#include "planner/logical/plan.h"

namespace weir::traits {

// Whether the changes of a Rank describe its places (a row takes the place of another: -U, +U)
// rather than its rows (one leaves: -D, another enters: +I). By Flink's rule those of ROW_NUMBER
// describe places if the rank is part of the output and not always the same, if the first rank is
// not 1, or if only the first row is kept and its input has no retractions. Those of RANK and
// DENSE_RANK never do. This selects one of the two orders of changes in RankDifference
// (runtime/operators/rank/rank_changes.h).
bool ChangesByPlace(const logical::Rank& rank);

// ORDER BY and LIMIT over unbounded input as a Top-N: ranks offset + 1 to offset + limit of a
// single partition, by ROW_NUMBER. REQUIRES: a limit.
logical::Rank RankOfSort(const logical::Sort& sort, bool input_retracts);

// Whether it tells of the rows in several places without saying which place, so that a row which
// moves forward comes into its new place before it leaves the old one.
bool RowsCross(const logical::Rank& rank);

// Whether the rows that come first are its result for good: LIMIT without an order over inserts.
bool TakesNothingBack(const logical::Sort& sort, bool input_retracts);
// As GivenByRank, for a Sort over unbounded input.
ChangelogMode GivenBySort(const logical::Sort& sort, bool input_retracts, bool update_before);

// The kinds of change in the output; includes -U if `update_before`.
ChangelogMode GivenByRank(const logical::Rank& rank, bool update_before);
// For a rank that no rule has converted yet: within windows it will be final.
ChangelogMode GivenByOver(const logical::Node& node, const logical::Over& over,
                          const ChangelogMode& input);
// The first row of a key is never retracted; the last one is updated.
ChangelogMode GivenByDeduplicate(const logical::Deduplicate& deduplicate, bool update_before);

// The upsert key of the output, given that of the input; empty if none is known. If one row a
// partition remains, it is the partition (and the window). If ROW_NUMBER is part of the output, it
// is these and the number. Otherwise it is the input's, behind the exchange to the partition.
// `input_moves`: as in upsert_key.h.
std::vector<int> UpsertKeyOfRank(const logical::Node& node, const logical::Rank& rank,
                                 const std::vector<int>& input_key, bool input_moves);
std::vector<int> UpsertKeyOfWindowRank(const logical::Node& node, const logical::WindowRank& rank,
                                       const std::vector<int>& input_key);

// How the values of a column change while the row of a key is updated.
enum class Trend : uint8_t { kUnknown, kRising, kFalling };

// The trend of column `column` in the output of `node`: over input without retractions COUNT and
// MAX rise and MIN falls, also through projections. `inserts_only` says whether a node's output has
// inserts only.
Trend TrendOf(const logical::Node& node, int column,
              const std::function<bool(const logical::Node&)>& inserts_only);

}  // namespace weir::traits
