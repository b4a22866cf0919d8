// A rewrite of logical plans that preserves their meaning and the uids of their nodes.
#pragma once

#include <string_view>

#include "planner/logical/plan.h"
#include "runtime/base/result.h"

namespace weir::rules {

// A pure function of the plan: nodes are never changed, and those that it does not rewrite are
// shared with the result. The columns of every root keep their names, types and order, and nodes
// keep their origins with identities, so that an optimiser never moves state. Fails only as the
// rule's own comment says, or with kInternal.
struct Rule {
  std::string_view name;  // "push-filters", as optimizer.disabled-rules names it
  std::string_view doc;   // one line: what it turns into what
  Result<logical::Plan> (*apply)(const logical::Plan& plan);
};

// The rules, with a file for each. In a table of changes, an old row carries the metadata of the
// event that ended it. If such metadata is read, and only then, the table is normalised by its
// primary key; E2009 if there is none. Must run first: no other rule knows Normalize::for_metadata.
Result<logical::Plan> ResolveMetadata(const logical::Plan& plan);
// TYPEOF of what Flink declares NOT NULL though its type in the plan is nullable (SUM behind GROUP
// BY; planner/logical/declared_columns.h) becomes the name that Flink gives. Before other rules
// move expressions.
Result<logical::Plan> NameTypes(const logical::Plan& plan);
// Turns aggregates over windows into WindowAggregates (Flink: "Window Aggregation"). E1002 and
// E2010 for windows that cannot be aggregated.
Result<logical::Plan> GroupWindows(const logical::Plan& plan);
// Finds keys, intervals and windows of joins in ON and in the filters above. Must run after
// GroupWindows, as windows are traced through aggregates.
Result<logical::Plan> JoinConditions(const logical::Plan& plan);
// Turns filters over ranks into Rank, Deduplicate or WindowRank (Flink: "Top-N", "Window Top-N",
// "Deduplication"). E1002 for ranks that no condition bounds, E2015 for conditions that no rank
// fulfils.
Result<logical::Plan> FindRanks(const logical::Plan& plan);
// Where a temporal join reads the last row of a key by time, it reads every row instead, as each is
// a version. After FindRanks.
Result<logical::Plan> KeepVersions(const logical::Plan& plan);
// Behind a lookup whose table is read again, the rows that it gave to rows with updates are kept:
// the lookup gives upserts by the left side's key, and Normalize what was given before. E1002 where
// there is no such key, or a row may find several. After all that finds ranks and keys.
Result<logical::Plan> KeepFoundRows(const logical::Plan& plan);
// Part of FindRanks: leaves out rank numbers that nobody reads.
Result<logical::Plan> LeaveOutUnreadRanks(const logical::Plan& plan);
// Replaces sub-trees without columns by literals and removes filters that are always TRUE. An error
// if a constant fails to evaluate, unless a guard stands before it (runtime/expr/binding.h).
Result<logical::Plan> FoldConstants(const logical::Plan& plan);
// Merges a projection with the one below it, unless somebody else reads the lower one, it is not
// deterministic, or the result would grow.
Result<logical::Plan> MergeProjects(const logical::Plan& plan);
// Pushes filters through projections, unions and window table functions into scans, but never below
// a Watermark.
Result<logical::Plan> PushFilters(const logical::Plan& plan);
// Merges consecutive filters. The lower condition is evaluated first, so that the upper one never
// sees rows that it rejected.
Result<logical::Plan> MergeFilters(const logical::Plan& plan);
// Removes columns that nobody reads. Aggregates keep all their calls, which are part of their
// state.
Result<logical::Plan> PruneColumns(const logical::Plan& plan);
// Removes projections that return their input's columns unchanged, under the same names.
Result<logical::Plan> DropIdentityProjects(const logical::Plan& plan);

}  // namespace weir::rules
