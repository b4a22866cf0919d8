#include "shell/flink/batch_only.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "planner/bind/bind.h"
#include "planner/logical/rewrite.h"
#include "planner/rules/rule_list.h"
#include "planner/traits/traits.h"
#include "runtime/graph/over_spec.h"

namespace weir::shell::flink {
namespace {

using logical::Node;
using logical::OverAggregate;

bool IsTime(const Node& node, const graph::SortKey& key) {
  return node.inputs[0]->columns[static_cast<size_t>(key.column)].time !=
         logical::TimeAttribute::kNone;
}

// The frame that Flink gives to a call of `over`: ranks and LAG have none of their own.
graph::OverFrame FrameOf(const OverAggregate& over, const graph::OverCall& call) {
  if (call.function == graph::OverFunction::kAggregate)
    return over.FrameOf(static_cast<size_t>(&call - over.calls.data()));
  graph::OverFrame frame;
  frame.rows = call.function == graph::OverFunction::kRowNumber;
  return frame;
}

std::string_view BatchFunction(graph::OverFunction function) {
  switch (function) {
    case graph::OverFunction::kLead:
      return "LEAD";
    case graph::OverFunction::kPercentRank:
      return "PERCENT_RANK";
    case graph::OverFunction::kCumeDist:
      return "CUME_DIST";
    case graph::OverFunction::kNtile:
      return "NTILE";
    default:
      return "";
  }
}

bool SameWindow(const OverAggregate& a, const graph::OverCall& of_a, const OverAggregate& b,
                const graph::OverCall& of_b) {
  return a.partition == b.partition && a.order == b.order && FrameOf(a, of_a) == FrameOf(b, of_b);
}

// Whether another call of the same SELECT, whose nodes are on top of each other, has another
// window.
bool HasOtherWindow(const Node& node, const OverAggregate& over, const graph::OverCall& call) {
  for (const Node* other = &node;; other = other->inputs[0].get()) {
    const auto* below = std::get_if<OverAggregate>(&other->operation);
    if (below == nullptr) return false;
    const auto differs = [&](const graph::OverCall& one) {
      return !SameWindow(over, call, *below, one);
    };
    if (std::ranges::any_of(below->calls, differs)) return true;
  }
}

// What of one call, in words; "" for what streaming mode has, too.
std::string InOver(const Node& node, const OverAggregate& over, const graph::OverCall& call) {
  if (const std::string_view name = BatchFunction(call.function); !name.empty())
    return std::string(name);
  if (over.order.size() != 1) return "OVER in the order of no column, or of several";
  if (over.order[0].descending) return "OVER in a descending order";
  const graph::OverFrame frame = FrameOf(over, call);
  if (frame.following != 0) return "OVER with a frame that does not end at the current row";
  if (!frame.rows && frame.preceding == 0) return "OVER with a frame of the current row alone";
  const bool by_time = IsTime(node, over.order[0]);
  if (!by_time && call.function == graph::OverFunction::kLag)
    return "LAG in the order of a column that is no time";
  if (!by_time && frame.preceding)
    return "OVER with a frame that begins in the partition, in the order of a column that is no "
           "time";
  return HasOtherWindow(node, over, call) ? "OVER of several windows in one SELECT" : "";
}

// The topmost one.
std::optional<BatchOnly> FindOver(const logical::Plan& plan) {
  const std::vector<logical::NodePtr> nodes = logical::ProducersFirst(plan);
  for (auto node = nodes.rbegin(); node != nodes.rend(); ++node) {
    const auto* over = std::get_if<OverAggregate>(&(*node)->operation);
    if (over == nullptr) continue;
    for (const graph::OverCall& call : over->calls) {
      std::string what = InOver(**node, *over, call);
      if (!what.empty()) return BatchOnly{std::move(what), call.call.span};
    }
  }
  return std::nullopt;
}

// Whether all tables that are read end, and give inserts only.
bool Fits(const logical::Plan& plan, const graph::ConnectorCatalog& connectors) {
  const traits::TraitMap traits = traits::InferOutputs(plan);
  return std::ranges::all_of(traits, [&](const auto& entry) {
    const auto* scan = std::get_if<logical::Scan>(&entry.first->operation);
    return scan == nullptr ||
           (traits::EndsByItself(*scan, connectors) && entry.second.gives.append_only());
  });
}

// All rows of a query are sorted before the first one is given, by something else than time, and
// not just the first ones.
bool SortsAll(const ast::Query& query, const logical::Plan& plan) {
  if (query.order_by.empty() || query.limit) return false;
  const Node* node = plan.roots.front()->inputs[0].get();
  while (std::holds_alternative<logical::Project>(node->operation)) node = node->inputs[0].get();
  const auto* sort = std::get_if<logical::Sort>(&node->operation);
  if (sort == nullptr || sort->keys.empty()) return false;
  return sort->keys.front().descending || !IsTime(*node, sort->keys.front());
}

}  // namespace

std::optional<BatchOnly> FindBatchOnly(const ast::Query& query, const catalog::Catalog& catalog) {
  const Result<logical::Plan> bound = bind::BindQuery(query, catalog, {});
  if (!bound.ok()) return std::nullopt;
  const Result<logical::Plan> plan = rules::Normalize(*bound);  // finds ranks
  if (!plan.ok()) return std::nullopt;
  std::optional<BatchOnly> found;
  if (SortsAll(query, *bound)) found = BatchOnly{"ORDER BY over all rows", query.span};
  if (!found) found = FindOver(*plan);
  if (found) found->fits = Fits(*plan, catalog.connectors());
  return found;
}

}  // namespace weir::shell::flink
