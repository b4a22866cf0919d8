// Equal sub-plans become one, always: it is part of what a uid means, not an optimisation.
#pragma once

#include <string>
#include <unordered_map>
#include <vector>

#include "planner/logical/plan.h"

namespace weir::uid {

// One place in the text that a node comes from.
struct Claim {
  logical::Origin origin;
  std::string alias;  // of the table in FROM, for scans and watermarks
};

struct MergedPlan {
  logical::Plan plan;
  // Of every node; the first in the text first. More than one where sub-plans were merged.
  std::unordered_map<const logical::Node*, std::vector<Claim>> claims;
};

// Nodes over the same inputs that compute the same, deterministically, become one node. Sinks and
// results are never merged.
MergedPlan MergeEqual(const logical::Plan& plan);

// The scan that a Watermark, or a Scan itself, belongs to: through projections and filters; null
// when there is none.
const logical::Scan* ScanUnder(const logical::Node& node);

}  // namespace weir::uid
