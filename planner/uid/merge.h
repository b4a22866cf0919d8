// Merges equal sub-plans before uids are assigned. This is part of what a uid means, and not an
// optimisation.
#pragma once

#include <string>
#include <unordered_map>
#include <vector>

#include "planner/logical/plan.h"

namespace weir::uid {

// One place in the text that a node comes from. Every claim may give the node a name; names that
// are not used become alternatives (Identity::also), so that undoing the merge finds the state
// again.
struct Claim {
  logical::Origin origin;
  std::string alias;  // of the table in FROM, for scans and watermarks
};

struct MergedPlan {
  logical::Plan plan;
  // The claims of every node in the order of the text; several if sub-plans were merged.
  std::unordered_map<const logical::Node*, std::vector<Claim>> claims;
};

// What may be shared (Flink's options with these names).
struct Reuse {
  bool sub_plans = true;  // table.optimizer.reuse-sub-plan-enabled
  bool sources = true;    // table.optimizer.reuse-source-enabled; nothing without sub_plans
};

// Merges sub-plans that mean the same (equality.h) into the first one. A node that must not be
// shared is duplicated for each reader, even if the binder shared it; a source below shared nodes
// is shared in any case.
MergedPlan MergeEqual(const logical::Plan& plan, const Reuse& reuse = {});

// The scan below a Watermark, or a Scan itself, through projections and filters; null if there is
// none.
const logical::Scan* ScanUnder(const logical::Node& node);

}  // namespace weir::uid
