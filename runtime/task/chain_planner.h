// Which operators run in one thread: turns a job graph into chains joined by exchanges.
#pragma once

#include <cstdint>
#include <vector>

#include "runtime/base/result.h"
#include "runtime/graph/job_graph.h"

namespace weir::task {

// An operator in a chain. A chain is a tree: its first member has no parent, every other one
// consumes its parent's output by direct calls.
struct ChainMember {
  int node = -1;    // in the job graph
  int parent = -1;  // position in Chain::members
};

// The output of a member that crosses to another chain.
// One edge of the graph: a member whose output has two consumers has two.
struct ChainEdge {
  int member = -1;  // producer's position in its chain
  int to_chain = -1;
  int port = 0;  // input of the consuming chain's first member
  graph::ExchangeKind exchange = graph::ExchangeKind::kForward;
  std::vector<int> keys;
};

struct Chain {
  std::vector<ChainMember> members;  // parents first
  std::vector<ChainEdge> outputs;
  uint32_t parallelism = 1;
};

// Every node of the graph is a member of exactly one chain.
struct ChainPlan {
  std::vector<Chain> chains;           // producers first
  std::vector<uint32_t> parallelisms;  // of each node of the graph
};

// Nodes without a parallelism of their own take their producer's over a forward edge, 1 behind a
// singleton exchange, else the job's. An edge is fused when its consumer has no other input and it
// is a forward edge between equal parallelisms, or both run in one subtask. kInvalidArgument when a
// parallelism is 0 or above `max_parallelism`.
// Pure. E6001 names both numbers.
Result<ChainPlan> PlanChains(const graph::JobGraph& graph, uint32_t job_parallelism,
                             uint32_t max_parallelism);

}  // namespace weir::task
