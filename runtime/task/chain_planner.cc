#include "runtime/task/chain_planner.h"

#include <fmt/format.h>

#include "runtime/graph/loops.h"

namespace weir::task {
namespace {

using graph::Edge;
using graph::ExchangeKind;
using graph::Node;

// The chain and member that a node became.
struct Location {
  int chain = -1;
  int member = -1;
};

uint32_t ParallelismOf(const Node& node, const std::vector<uint32_t>& known,
                       uint32_t job_parallelism) {
  if (node.parallelism != 0) return node.parallelism;
  if (node.inputs.size() == 1) {
    const Edge& edge = node.inputs.front();
    if (edge.exchange == ExchangeKind::kSingleton) return 1;
    if (edge.exchange == ExchangeKind::kForward) return known[static_cast<size_t>(edge.from)];
  }
  return job_parallelism;
}

bool Fuses(const Node& node, uint32_t own, uint32_t producer) {
  if (node.inputs.size() != 1 || own != producer) return false;
  // Between single subtasks, every kind of exchange passes rows straight on.
  return node.inputs.front().exchange == ExchangeKind::kForward || own == 1;
}

Status CheckParallelism(uint32_t parallelism, uint32_t max_parallelism) {
  if (parallelism >= 1 && parallelism <= max_parallelism) return {};
  return Status::InvalidArgument(
             fmt::format("parallelism must be between 1 and pipeline.max-parallelism: "
                         "{}, {}",
                         parallelism, max_parallelism))
      .WithId("E6001");
}

class Planner {
 public:
  Planner(const graph::JobGraph& graph, ChainPlan& plan) : graph_(graph), plan_(plan) {
    places_.resize(graph.nodes.size());
  }

  void Place(size_t index) {
    const Node& node = graph_.nodes[index];
    const uint32_t parallelism = plan_.parallelisms[index];
    if (!node.inputs.empty()) {
      const auto from = static_cast<size_t>(node.inputs.front().from);
      if (Fuses(node, parallelism, plan_.parallelisms[from])) return Append(index, places_[from]);
    }
    places_[index] = {.chain = static_cast<int>(plan_.chains.size()), .member = 0};
    Chain chain;
    chain.parallelism = parallelism;
    chain.members.push_back({.node = static_cast<int>(index), .parent = -1});
    plan_.chains.push_back(std::move(chain));
    for (size_t port = 0; port < node.inputs.size(); ++port) {
      if (!graph::IsFeedback(node, node.inputs[port])) Connect(index, port);
    }
  }
  // Connects the edges that lead back to earlier nodes, once all nodes have their places.
  void Close(size_t index) {
    const Node& node = graph_.nodes[index];
    for (size_t port = 0; port < node.inputs.size(); ++port) {
      if (graph::IsFeedback(node, node.inputs[port])) Connect(index, port);
    }
  }

 private:
  void Append(size_t index, const Location& parent) {
    Chain& chain = plan_.chains[static_cast<size_t>(parent.chain)];
    places_[index] = {.chain = parent.chain, .member = static_cast<int>(chain.members.size())};
    chain.members.push_back({.node = static_cast<int>(index), .parent = parent.member});
  }

  void Connect(size_t index, size_t port) {
    const Edge& edge = graph_.nodes[index].inputs[port];
    const Location& producer = places_[static_cast<size_t>(edge.from)];
    plan_.chains[static_cast<size_t>(producer.chain)].outputs.push_back(
        {.member = producer.member,
         .to_chain = places_[index].chain,
         .port = static_cast<int>(port),
         .exchange = edge.exchange,
         .keys = edge.keys});
  }

  const graph::JobGraph& graph_;
  ChainPlan& plan_;
  std::vector<Location> places_;
};

}  // namespace

Result<ChainPlan> PlanChains(const graph::JobGraph& graph, uint32_t job_parallelism,
                             uint32_t max_parallelism) {
  RETURN_IF_ERROR(CheckParallelism(job_parallelism, max_parallelism));
  ChainPlan plan;
  for (const Node& node : graph.nodes) {
    for (const Edge& edge : node.inputs) {
      const bool known =
          edge.from >= 0 && (static_cast<size_t>(edge.from) < plan.parallelisms.size() ||
                             std::holds_alternative<graph::RecursionSpec>(node.spec));
      if (!known || static_cast<size_t>(edge.from) >= graph.nodes.size()) {
        return Status::Internal("a job graph lists a consumer before its producer: " + node.uid);
      }
    }
    plan.parallelisms.push_back(ParallelismOf(node, plan.parallelisms, job_parallelism));
    RETURN_IF_ERROR(CheckParallelism(plan.parallelisms.back(), max_parallelism));
  }
  Planner planner(graph, plan);
  for (size_t i = 0; i < graph.nodes.size(); ++i) planner.Place(i);
  for (size_t i = 0; i < graph.nodes.size(); ++i) planner.Close(i);
  return plan;
}

}  // namespace weir::task
