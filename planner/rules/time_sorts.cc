#include "planner/rules/time_sorts.h"

#include <unordered_map>
#include <unordered_set>
#include <utility>

#include "planner/logical/rewrite.h"
#include "planner/traits/traits.h"

namespace weir::rules {
namespace {

using logical::Node;
using logical::NodePtr;
using logical::TimeAttribute;

const logical::Sort* SortOf(const Node& node) {
  return std::get_if<logical::Sort>(&node.operation);
}

// Whether the node is an ORDER BY without LIMIT and OFFSET.
bool IsOrder(const Node& node) {
  const logical::Sort* sort = SortOf(node);
  return sort != nullptr && !sort->keys.empty() && sort->limit < 0 && sort->offset == 0;
}

// Whether the node's rows come in the order of its input's.
bool KeepsOrder(const Node& node) {
  const logical::Sort* sort = SortOf(node);
  return std::holds_alternative<logical::Filter>(node.operation) ||
         std::holds_alternative<logical::Project>(node.operation) ||
         std::holds_alternative<logical::Sink>(node.operation) ||
         std::holds_alternative<logical::Collect>(node.operation) ||
         (sort != nullptr && sort->keys.empty());
}

TimeAttribute TimeOf(const Node& node) {
  const graph::SortKey& first = SortOf(node)->keys[0];
  if (first.descending) return TimeAttribute::kNone;
  return node.inputs[0]->columns.at(static_cast<size_t>(first.column)).time;
}

class TimeSorts {
 public:
  TimeSorts(const logical::Plan& plan, const graph::ConnectorCatalog& connectors) {
    for (const NodePtr& node : logical::ProducersFirst(plan)) {
      if (IsEndless(*node, connectors)) endless_.insert(node.get());
    }
  }

  Result<logical::Plan> Run(const logical::Plan& plan) {
    logical::Plan result =
        TRY(logical::Rewrite(plan, [&](const Node& original, NodePtr node) -> Result<NodePtr> {
          return IsOrder(original) && IsEndless(original) ? node->inputs[0] : std::move(node);
        }));
    for (size_t i = 0; i < plan.roots.size(); ++i) {
      if (SeesOrder(*plan.roots[i])) result.roots[i] = Ordered(*plan.roots[i], result.roots[i]);
    }
    return result;
  }

 private:
  bool IsEndless(const Node& node) const { return endless_.contains(&node); }
  bool IsEndless(const Node& node, const graph::ConnectorCatalog& connectors) const {
    if (const auto* scan = std::get_if<logical::Scan>(&node.operation))
      return !traits::EndsByItself(*scan, connectors);
    // A table that is looked up does not hold up the end.
    const auto* join = std::get_if<logical::Join>(&node.operation);
    const size_t inputs = join != nullptr && join->lookup ? 1 : node.inputs.size();
    for (size_t i = 0; i < inputs; ++i) {
      if (IsEndless(*node.inputs[i])) return true;
    }
    return false;
  }

  // Whether the rows of `node` come in an order over endless input that somebody asked for.
  bool SeesOrder(const Node& node) const {
    const Node* at = &node;
    while (KeepsOrder(*at)) at = at->inputs[0].get();
    return IsOrder(*at) && !SortOf(*at)->nested && IsEndless(*at);
  }

  // `node` without orders, with the one that it sees put in again. Nodes that two roots share stay
  // shared.
  NodePtr Ordered(const Node& original, const NodePtr& node) {
    NodePtr& known = ordered_[&original];
    if (known != nullptr) return known;
    if (IsOrder(original)) {
      logical::Sort sort = *SortOf(original);
      sort.time = TimeOf(original);
      known = logical::MakeNode(std::move(sort), {node}, original.columns, original.origin);
    } else {
      known = logical::WithInputs(node, {Ordered(*original.inputs[0], node->inputs[0])});
    }
    return known;
  }

  std::unordered_set<const Node*> endless_;
  std::unordered_map<const Node*, NodePtr> ordered_;
};

}  // namespace

Result<logical::Plan> FindTimeSorts(const logical::Plan& plan,
                                    const graph::ConnectorCatalog& connectors) {
  return TimeSorts(plan, connectors).Run(plan);
}

}  // namespace weir::rules
