// Which nodes of a job graph are on a way from the output of a recursion back to its second input.
#pragma once

#include <vector>

#include "runtime/graph/job_graph.h"

namespace weir::graph {

// The input of a recursion at which its rows come back.
inline constexpr int kFeedbackPort = 1;
// Whether this is the edge on which the rows that a recursion made of its own come back to it: the
// only kind of edge that leads to an earlier node.
bool IsFeedback(const Node& node, const Edge& edge);

// For each node the index of the recursion whose loop it is in (that of the recursion itself
// included), or -1. REQUIRES: no recursion lies in the loop of another one.
std::vector<int> LoopsOf(const JobGraph& graph);

}  // namespace weir::graph
