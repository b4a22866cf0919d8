// Decides which operators run in one thread: turns a job graph into chains connected by exchanges.
#pragma once

#include <cstdint>
#include <vector>

#include "runtime/base/result.h"
#include "runtime/graph/job_graph.h"

namespace weir::task {

// An operator in a chain. A chain is a tree whose first member has no parent; every other one is
// called directly with its parent's output.
struct ChainMember {
  int node = -1;    // in the job graph
  int parent = -1;  // position in Chain::members
};

// An edge of the graph that leads to another chain. A member whose output has two consumers has
// two.
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

// Plans the chains. A node without a parallelism of its own takes its producer's over a forward
// edge, 1 behind a singleton exchange, else the job's. An edge stays within a chain when its
// consumer has no other input and either it is a forward edge between equal parallelisms or both
// ends run in one subtask. kInvalidArgument E6001, with both numbers, when a parallelism is 0 or
// above `max_parallelism`.
Result<ChainPlan> PlanChains(const graph::JobGraph& graph, uint32_t job_parallelism,
                             uint32_t max_parallelism);

}  // namespace weir::task
