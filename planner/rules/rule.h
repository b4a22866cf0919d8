// A rewrite of logical plans that keeps what they mean, and the uids that their nodes carry.
#pragma once

#include <string_view>

#include "planner/logical/plan.h"
#include "runtime/base/result.h"

namespace weir::rules {

// Pure: a function of the plan, whose nodes it leaves as they are; nodes that it does not touch are
// shared with the result. The columns of every root stay, by name, type and order, and so do
// origins with their identities, so that an optimiser never moves state. Fails only with what the
// rule's own comment names, or kInternal.
struct Rule {
  std::string_view name;  // "push-filters", as optimizer.disabled-rules names it
  std::string_view doc;   // one line: what it turns into what
  Result<logical::Plan> (*apply)(const logical::Plan& plan);
};

// The rules, one a file. What each does is said there.
// Of a table of changes, an old row carries what the event that ended it says of itself: it is
// normalised by its primary key where such metadata is read, and only there. E2009 where there is
// no primary key then. First of all: no other rule sees Normalize::for_metadata.
Result<logical::Plan> ResolveMetadata(const logical::Plan& plan);
// Aggregates over windows become WindowAggregates (Flink: "Window Aggregation"). E1002 and E2010
// for windows that no aggregate can be made of.
Result<logical::Plan> GroupWindows(const logical::Plan& plan);
// After GroupWindows: windows are traced through aggregates.
// Keys, intervals and windows of joins, from ON and the filters above.
Result<logical::Plan> JoinConditions(const logical::Plan& plan);
// E1002 for ranks that no condition bounds, E2015 for conditions that no rank fulfils.
// Filters over ranks become Rank, Deduplicate or WindowRank (Flink: "Top-N", "Window Top-N",
// "Deduplication").
Result<logical::Plan> FindRanks(const logical::Plan& plan);
// Part of FindRanks: a rank number that nobody reads is not put out.
Result<logical::Plan> LeaveOutUnreadRanks(const logical::Plan& plan);
// Sub-trees without columns become literals; a filter that is always TRUE goes. E3003 where a
// constant fails to evaluate, unless a guard stands before it (runtime/expr/binding.h).
Result<logical::Plan> FoldConstants(const logical::Plan& plan);
// Not where the lower one is read by somebody else, is not deterministic, or the result would grow.
Result<logical::Plan> MergeProjects(const logical::Plan& plan);
// Through projections, unions and window table functions into scans, never below a Watermark.
Result<logical::Plan> PushFilters(const logical::Plan& plan);
// The lower condition is judged first, so that the upper one never sees rows which it kept away.
Result<logical::Plan> MergeFilters(const logical::Plan& plan);
// Aggregates keep calls that nobody reads: they are in their state.
Result<logical::Plan> PruneColumns(const logical::Plan& plan);
// Only projections that rename nothing.
Result<logical::Plan> DropIdentityProjects(const logical::Plan& plan);

}  // namespace weir::rules
