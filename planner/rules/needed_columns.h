// Which columns of a plan's nodes anybody reads.
#pragma once

#include <cstdint>
#include <unordered_map>
#include <vector>

#include "planner/logical/plan.h"

namespace weir::rules {

// One flag a column of a node's output.
using Needed = std::vector<uint8_t>;
using NeededColumns = std::unordered_map<const logical::Node*, Needed>;

// The columns of every node that its consumers read to give what they themselves are read for. What
// aggregates compute counts as read; all columns of the roots do.
NeededColumns ReadColumns(const logical::Plan& plan);

// The parts of ReadColumns.
// Adds to the flags of the node's inputs what it reads of them when the columns flagged in its own
// are read. REQUIRES: `needed` has the node and its inputs.
void AddNeeds(const logical::Node& node, NeededColumns& needed);
// What the node reads of its first input. REQUIRES: it has one, and is no join.
Needed NeededOfInput(const logical::Node& node, const Needed& output);
// What a join reads of its left, then of its right columns. REQUIRES: `node` holds `join`.
Needed NeededByJoin(const logical::Node& node, const logical::Join& join, const Needed& output);

}  // namespace weir::rules
