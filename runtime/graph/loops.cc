#include "runtime/graph/loops.h"

namespace weir::graph {
namespace {

// The nodes behind `head` up to the one whose rows come back to it. Apart from feedback, producers
// come before consumers, so that one pass in each direction finds all.
void MarkLoop(const JobGraph& graph, int head, int back, std::vector<int>& loops) {
  const auto at = [](int index) { return static_cast<size_t>(index); };
  std::vector<bool> behind(graph.nodes.size(), false);
  behind[at(head)] = true;
  for (int i = head + 1; i <= back; ++i) {
    for (const Edge& edge : graph.nodes[at(i)].inputs) {
      if (edge.from < i && behind[at(edge.from)]) behind[at(i)] = true;
    }
  }
  std::vector<bool> before(graph.nodes.size(), false);
  before[at(back)] = true;
  for (int i = back; i >= head; --i) {
    if (!before[at(i)]) continue;
    if (behind[at(i)]) loops[at(i)] = head;
    for (const Edge& edge : graph.nodes[at(i)].inputs) {
      if (edge.from < i) before[at(edge.from)] = true;
    }
  }
}

}  // namespace

bool IsFeedback(const Node& node, const Edge& edge) {
  return edge.from >= node.index;
}

std::vector<int> LoopsOf(const JobGraph& graph) {
  std::vector<int> loops(graph.nodes.size(), -1);
  for (const Node& node : graph.nodes) {
    for (const Edge& edge : node.inputs) {
      if (IsFeedback(node, edge)) MarkLoop(graph, node.index, edge.from, loops);
    }
  }
  return loops;
}

}  // namespace weir::graph
