#include "runtime/graph/job_graph.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace weir::graph {

Schema InputSchema(const JobGraph& graph, const Node& node) {
  if (node.inputs.empty()) return {};
  return graph.nodes.at(static_cast<size_t>(node.inputs[0].from)).output;
}

std::vector<int> ChainsOf(const JobGraph& graph) {
  std::vector<int> chains;
  int next = 0;
  for (const Node& node : graph.nodes) {
    const bool joins = node.inputs.size() == 1 &&
                       node.inputs[0].exchange == ExchangeKind::kForward &&
                       graph.nodes.at(static_cast<size_t>(node.inputs[0].from)).parallelism ==
                           node.parallelism;
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
    text += fmt::format("#{} {} {}", node.index, node.uid, ToString(node.spec, InputSchema(graph, node)));
    if (!inputs.empty()) text += fmt::format(" <- {}", fmt::join(inputs, ", "));
    text += "\n";
  }
  return text;
}

}  // namespace weir::graph
