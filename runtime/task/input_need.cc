#include "runtime/task/input_need.h"

namespace weir::task {

InputNeed::InputNeed(const graph::JobGraph& graph)
    : graph_(graph),
      has_enough_(graph.nodes.size(), 0),
      needed_(graph.nodes.size(), 1),
      told_(graph.nodes.size(), 0) {}

// Marks the nodes that a sink or the result of a SELECT reads, directly or not. The edge back to a
// recursion does not count, or a loop that nobody reads would need itself.
void InputNeed::FindNeeded() {
  const size_t count = graph_.nodes.size();
  std::vector<uint8_t> has_readers(count, 0);
  for (const graph::Node& node : graph_.nodes) {
    for (const graph::Edge& edge : node.inputs) has_readers[static_cast<size_t>(edge.from)] = 1;
  }
  needed_.assign(count, 0);
  std::vector<size_t> found;
  const auto need = [&](size_t node) {
    if (needed_[node] != 0) return;
    needed_[node] = 1;
    if (has_enough_[node] == 0) found.push_back(node);
  };
  for (size_t i = 0; i < count; ++i) {
    if (has_readers[i] == 0) need(i);
  }
  while (!found.empty()) {
    const size_t node = found.back();
    found.pop_back();
    for (const graph::Edge& edge : graph_.nodes[node].inputs) need(static_cast<size_t>(edge.from));
  }
}

std::vector<size_t> InputNeed::Enough(size_t node) {
  has_enough_[node] = 1;
  FindNeeded();
  std::vector<size_t> ended;
  for (size_t i = 0; i < graph_.nodes.size(); ++i) {
    if (!graph_.nodes[i].inputs.empty() || needed_[i] != 0 || told_[i] != 0) continue;
    told_[i] = 1;
    ended.push_back(i);
  }
  return ended;
}

}  // namespace weir::task
