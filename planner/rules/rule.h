// A rewrite of logical plans that keeps what they mean, and the uids that their nodes carry.
#pragma once

#include <string_view>

#include "planner/logical/plan.h"
#include "runtime/base/result.h"

namespace weir::rules {

struct Rule {
  std::string_view name;  // "push-filters", as optimizer.disabled-rules names it
  std::string_view doc;   // one line: what it turns into what
  Result<logical::Plan> (*apply)(const logical::Plan& plan);
};

// The rules, one a file. What each does is said there.
Result<logical::Plan> GroupWindows(const logical::Plan& plan);
// After GroupWindows: windows are traced through aggregates.
Result<logical::Plan> JoinConditions(const logical::Plan& plan);
// E1002 for ranks that no condition bounds, E2015 for conditions that no rank fulfils.
Result<logical::Plan> FindRanks(const logical::Plan& plan);
Result<logical::Plan> LeaveOutUnreadRanks(const logical::Plan& plan);
Result<logical::Plan> FoldConstants(const logical::Plan& plan);
Result<logical::Plan> MergeProjects(const logical::Plan& plan);
Result<logical::Plan> PushFilters(const logical::Plan& plan);
Result<logical::Plan> MergeFilters(const logical::Plan& plan);
Result<logical::Plan> PruneColumns(const logical::Plan& plan);
Result<logical::Plan> DropIdentityProjects(const logical::Plan& plan);

}  // namespace weir::rules
