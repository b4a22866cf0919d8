#include "runtime/graph/job_graph.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace weir::graph {

Schema InputSchema(const JobGraph& graph, const Node& node) {
  if (node.inputs.empty()) return {};
  return graph.nodes.at(static_cast<size_t>(node.inputs[0].from)).output;
}

std::vector<int> ChainsOf(const JobGraph& graph, uint32_t job_parallelism) {
  const auto parallelism = [&](const Node& node) {
    return node.parallelism == 0 ? job_parallelism : node.parallelism;
  };
  std::vector<int> chains;
  int next = 0;
  for (const Node& node : graph.nodes) {
    bool joins = false;
    if (node.inputs.size() == 1) {
      const Node& producer = graph.nodes.at(static_cast<size_t>(node.inputs[0].from));
      const bool direct =
          node.inputs[0].exchange == ExchangeKind::kForward || parallelism(node) == 1;
      joins = direct && parallelism(producer) == parallelism(node);
    }
    chains.push_back(joins ? chains.at(static_cast<size_t>(node.inputs[0].from)) : next++);
  }
  return chains;
}

std::string ToString(const JobGraph& graph) {
  std::string text;
  for (const Node& node : graph.nodes) {
    std::vector<std::string> inputs;
    for (const Edge& edge : node.inputs) {
      inputs.push_back(fmt::format("{} #{}", ToString(edge, graph), edge.from));
    }
    text += fmt::format("#{} {} {}", node.index, node.uid,
                        ToString(node.spec, InputSchema(graph, node)));
    if (!inputs.empty()) text += fmt::format(" <- {}", fmt::join(inputs, ", "));
    text += "\n";
  }
  return text;
}

}  // namespace weir::graph
