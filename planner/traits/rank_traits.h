// What ranks and deduplication give, and what they need of their inputs.
#pragma once

#include <functional>
#include <vector>

#include "planner/logical/plan.h"

namespace weir::traits {

// Whether the changes of a Rank are those of its places (a row takes the place of another: -U, +U),
// rather than of its rows (one goes: -D, another comes: +I). Flink's rule: by places where the rank
// is put out, where there is one place only, and where the first rank is not 1.
// Decides between RankDifference's two orders of changes (runtime/operators/rank/rank_changes.h).
bool ChangesByPlace(const logical::Rank& rank);

// ORDER BY and LIMIT over input that never ends are a Top-N of one partition. REQUIRES: a limit.
// Ranks offset + 1 to offset + limit of one partition, by ROW_NUMBER.
logical::Rank RankOfSort(const logical::Sort& sort, bool input_retracts);

// Kinds of change in the output; with -U where `update_before`.
ChangelogMode GivenByRank(const logical::Rank& rank, bool update_before);
// Of a rank of which no rule has made anything yet: within windows it will be final.
ChangelogMode GivenByOver(const logical::Node& node, const logical::Over& over,
                          const ChangelogMode& input);
// The first row of a key is never taken back; the last one is updated.
ChangelogMode GivenByDeduplicate(const logical::Deduplicate& deduplicate, bool update_before);

// The upsert key of the output, given that of the input; empty when none is known. `input_moves`:
// as in upsert_key.h.
std::vector<int> UpsertKeyOfRank(const logical::Node& node, const logical::Rank& rank,
                                 const std::vector<int>& input_key, bool input_moves);
std::vector<int> UpsertKeyOfWindowRank(const logical::Node& node, const logical::WindowRank& rank,
                                       const std::vector<int>& input_key);

// How the values of a column change while the row of a key is updated.
enum class Trend : uint8_t { kUnknown, kRising, kFalling };

// The trend of column `column` in the output of `node`: COUNT and MAX rise and MIN falls over
// input without retractions, seen through projections. `inserts_only` says whether a node's output
// has inserts only.
Trend TrendOf(const logical::Node& node, int column,
              const std::function<bool(const logical::Node&)>& inserts_only);

}  // namespace weir::traits
