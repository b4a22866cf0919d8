#include <numeric>

#include "planner/lower/lowering.h"

namespace weir::lower {

using logical::NodePtr;

// A UNION (max_depth 0) takes each row once: rows are spread by all their columns, so that equal
// ones meet.
Result<int> Lowering::LowerRecursion(const NodePtr& pointer, const logical::Recursion& recursion) {
  const logical::Node& node = *pointer;
  const int start = TRY(Lower(node.inputs[0]));
  graph::Edge edge{start, graph::ExchangeKind::kRebalance, {}};
  if (recursion.max_depth == 0) {
    edge.exchange = graph::ExchangeKind::kHash;
    edge.keys.resize(node.columns.size());
    std::iota(edge.keys.begin(), edge.keys.end(), 0);
  }
  const int index =
      Add({&node, graph::RecursionSpec{recursion.name, recursion.max_depth}, {edge}, 0, ""});
  recursive_rows_[recursion.id] = index;
  open_recursions_.push_back({pointer, index});
  return index;
}

Result<int> Lowering::LowerRecursiveScan(const logical::RecursiveScan& scan) const {
  const auto found = recursive_rows_.find(scan.recursion);
  if (found != recursive_rows_.end()) return found->second;
  return Status::Internal("the rows of a recursion are read outside of it: " + scan.name);
}

// Lowers the second inputs of the recursions met so far, and of those that these steps contain,
// which come to the end of open_recursions_ meanwhile. That ends, since a plan has finitely many.
Status Lowering::LowerSteps() {
  while (!open_recursions_.empty()) {
    const OpenRecursion open = std::move(open_recursions_.back());
    open_recursions_.pop_back();
    const int step = TRY(Lower(open.node->inputs[1]));
    graph::Node& recursion = graph_.nodes[static_cast<size_t>(open.index)];
    graph::Edge edge = recursion.inputs.front();
    edge.from = step;
    recursion.inputs.push_back(std::move(edge));
  }
  return {};
}

}  // namespace weir::lower
