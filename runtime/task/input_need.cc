#include "runtime/task/input_need.h"

namespace weir::task {

InputNeed::InputNeed(const graph::JobGraph& graph)
    : graph_(graph), has_enough_(graph.nodes.size(), 0), told_(graph.nodes.size(), 0) {}

std::vector<size_t> InputNeed::Enough(size_t node) {
  has_enough_[node] = 1;
  const size_t count = graph_.nodes.size();
  std::vector<uint8_t> has_readers(count, 0);
  std::vector<uint8_t> needed(count, 0);
  // Readers come behind what they read, so that theirs is known when a node's turn comes.
  for (size_t i = count; i-- > 0;) {
    if (has_readers[i] == 0) needed[i] = 1;  // a sink, or the result of a SELECT
    const bool reads = needed[i] != 0 && has_enough_[i] == 0;
    for (const graph::Edge& edge : graph_.nodes[i].inputs) {
      const auto from = static_cast<size_t>(edge.from);
      has_readers[from] = 1;
      if (reads) needed[from] = 1;
    }
  }
  std::vector<size_t> ended;
  for (size_t i = 0; i < count; ++i) {
    if (!graph_.nodes[i].inputs.empty() || needed[i] != 0 || told_[i] != 0) continue;
    told_[i] = 1;
    ended.push_back(i);
  }
  return ended;
}

}  // namespace weir::task
