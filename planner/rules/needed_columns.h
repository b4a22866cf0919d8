// Computes which columns of a plan's nodes are read.
#pragma once

#include <cstdint>
#include <unordered_map>
#include <vector>

#include "planner/logical/plan.h"

namespace weir::rules {

// One flag for each column of a node's output.
using Needed = std::vector<uint8_t>;
using NeededColumns = std::unordered_map<const logical::Node*, Needed>;

// For every node the columns that its consumers need for the columns that are read of them. Results
// of aggregates always count as read, and so do all columns of the roots.
NeededColumns ReadColumns(const logical::Plan& plan);

// The parts of ReadColumns. Adds to the flags of the node's inputs what the node reads of them,
// given the flags of its own columns. REQUIRES: `needed` has the node and its inputs.
void AddNeeds(const logical::Node& node, NeededColumns& needed);
// What the node reads of its first input. REQUIRES: it has one, and is not a join.
Needed NeededOfInput(const logical::Node& node, const Needed& output);
// What a join reads of its left, then of its right columns. REQUIRES: `node` contains `join`.
Needed NeededByJoin(const logical::Node& node, const logical::Join& join, const Needed& output);

}  // namespace weir::rules
