#include "planner/lower/note_inputs.h"

#include <fmt/format.h>

#include <set>

namespace weir::lower {
namespace {

bool Keeps(const graph::JobGraph& graph, const graph::Node& node) {
  if (std::holds_alternative<graph::ScanSpec>(node.spec)) return true;
  return !graph::StateOf(node.spec, graph::InputSchema(graph, node)).tables.empty();
}

}  // namespace

void NoteInputs(graph::JobGraph& graph) {
  std::vector<std::set<std::string>> nearest(graph.nodes.size());  // seen from above each node
  for (size_t i = 0; i < graph.nodes.size(); ++i) {
    graph::Node& node = graph.nodes[i];
    std::set<std::string> below;
    for (const graph::Edge& edge : node.inputs) {
      const std::set<std::string>& some = nearest[static_cast<size_t>(edge.from)];
      below.insert(some.begin(), some.end());
    }
    if (!node.fingerprint.empty()) {
      for (const std::string& uid : below) node.fingerprint += fmt::format("of\t\t{}\n", uid);
    }
    nearest[i] = Keeps(graph, node) ? std::set<std::string>{node.uid} : std::move(below);
  }
}

}  // namespace weir::lower
