// Equal sub-plans become one before uids are given: it is part of what a uid means, not an
// optimisation.
#pragma once

#include <string>
#include <unordered_map>
#include <vector>

#include "planner/logical/plan.h"

namespace weir::uid {

// One place in the text that a node comes from.
// Every claim of a node may give it a name; what is not used becomes an alternative name
// (Identity::also), so that undoing the merge finds the state again.
struct Claim {
  logical::Origin origin;
  std::string alias;  // of the table in FROM, for scans and watermarks
};

struct MergedPlan {
  logical::Plan plan;
  // Of every node; the first in the text first. More than one where sub-plans were merged.
  std::unordered_map<const logical::Node*, std::vector<Claim>> claims;
};

// What may be shared (Flink's options of these names).
struct Reuse {
  bool sub_plans = true;  // table.optimizer.reuse-sub-plan-enabled
  bool sources = true;    // table.optimizer.reuse-source-enabled; nothing without sub_plans
};

// Sub-plans that mean the same (equality.h) become one node, the first one. What may not be shared
// becomes a node of its own wherever it is read, also where the binder shared it; a source is
// shared all the same below what is shared.
MergedPlan MergeEqual(const logical::Plan& plan, const Reuse& reuse = {});

// The scan that a Watermark, or a Scan itself, belongs to: through projections and filters; null
// when there is none.
const logical::Scan* ScanUnder(const logical::Node& node);

}  // namespace weir::uid
