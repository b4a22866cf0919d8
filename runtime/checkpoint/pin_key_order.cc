// Groups go on under the bytes of their saved keys, so the order of key columns is the saved one.
#include <algorithm>
#include <numeric>

#include "runtime/base/check.h"
#include "runtime/checkpoint/permute.h"
#include "runtime/checkpoint/restore_plan.h"
#include "runtime/checkpoint/restore_rules.h"

namespace weir::checkpoint {
namespace {

void Reorder(graph::OperatorSpec& spec, const std::vector<int>& order) {
  const KindRules* rules = RulesOf(graph::OperatorKindName(spec));
  WEIR_CHECK(rules != nullptr && rules->reorder_keys != nullptr);
  rules->reorder_keys(spec, order);
}

bool IsLocal(const graph::OperatorSpec& spec) {
  if (const auto* group = std::get_if<graph::GroupAggregateSpec>(&spec)) {
    return group->phase == graph::AggregatePhase::kLocal;
  }
  const auto* window = std::get_if<graph::WindowAggregateSpec>(&spec);
  return window != nullptr && window->phase == graph::AggregatePhase::kLocal;
}

void ReplaceKeys(std::vector<int>& columns, const std::vector<int>& place) {
  for (int& column : columns) {
    if (static_cast<size_t>(column) < place.size()) column = place[static_cast<size_t>(column)];
  }
}

class Pinning {
 public:
  explicit Pinning(graph::JobGraph& graph) : graph_(graph) {}

  void Pin(const std::string& uid, const std::vector<int>& order) {
    const auto found = std::find_if(graph_.nodes.begin(), graph_.nodes.end(),
                                    [&](const graph::Node& node) { return node.uid == uid; });
    graph::Node& node = *found;
    if (RulesOf(graph::OperatorKindName(node.spec))->accumulates) {
      PinAggregate(node, order);
    } else {
      Reorder(node.spec, order);
      PermuteEdges(node, order);
    }
  }

 private:
  static void PermuteEdges(graph::Node& node, const std::vector<int>& order) {
    for (graph::Edge& edge : node.inputs) {
      if (edge.keys.size() == order.size()) Permute(order, edge.keys);
    }
  }

  // The output of an aggregate begins with the keys, in the order of the spec.
  void PinAggregate(graph::Node& node, const std::vector<int>& order) {
    graph::Node& producer = graph_.nodes.at(static_cast<size_t>(node.inputs.front().from));
    const Schema before = node.output;
    Permute(order, node.output.fields);
    // The output of a local phase begins with the keys, in the order that the global one has.
    if (IsLocal(producer.spec)) {
      Reorder(producer.spec, order);
      Permute(order, producer.output.fields);
    } else {
      Reorder(node.spec, order);
      // A recursion spreads the rows that the node takes each once of.
      const bool recurses = std::holds_alternative<graph::RecursionSpec>(producer.spec);
      PermuteEdges(recurses ? producer : node, order);
    }
    std::vector<int> place(order.size());  // of a key column in the pinned output
    for (size_t i = 0; i < order.size(); ++i)
      place[static_cast<size_t>(order[i])] = static_cast<int>(i);
    const std::vector<int> upsert_key = node.upsert_key;
    ReplaceKeys(node.upsert_key, place);
    std::sort(node.upsert_key.begin(), node.upsert_key.end());
    InsertBehind(static_cast<size_t>(node.index), before, place, upsert_key);
  }

  void InsertBehind(size_t index, const Schema& output, const std::vector<int>& place,
                    const std::vector<int>& upsert_key) {
    const graph::Node& node = graph_.nodes[index];
    graph::Node calc;
    calc.index = static_cast<int>(index) + 1;
    calc.uid = node.uid + "/key-order";
    calc.uid_origin = node.uid_origin;
    calc.name = "Calc(key order)";
    calc.span = node.span;
    graph::CalcSpec spec;
    for (size_t i = 0; i < output.fields.size(); ++i) {
      const int column = i < place.size() ? place[i] : static_cast<int>(i);
      spec.projections.push_back(expr::MakeColumnRef(column, output.fields[i].type));
    }
    calc.spec = std::move(spec);
    calc.inputs = {{static_cast<int>(index), graph::ExchangeKind::kForward, {}}};
    calc.output = output;
    calc.changelog = node.changelog;
    calc.upsert_key = upsert_key;
    calc.late_marks = node.late_marks;
    calc.parallelism = node.parallelism;
    graph_.nodes.insert(graph_.nodes.begin() + static_cast<ptrdiff_t>(index) + 1, std::move(calc));
    // Edges from it, or from behind it, that lead to earlier nodes are those of recursions.
    for (size_t i = 0; i < graph_.nodes.size(); ++i) {
      if (i == index + 1) continue;
      graph_.nodes[i].index = static_cast<int>(i);
      for (graph::Edge& edge : graph_.nodes[i].inputs) {
        if (edge.from >= static_cast<int>(index)) ++edge.from;
      }
    }
  }

  graph::JobGraph& graph_;
};

}  // namespace

void PinKeyOrder(const RestorePlan& plan, graph::JobGraph& graph) {
  Pinning pinning(graph);
  for (const RestoreRow& row : plan.rows) {
    if (row.node < 0 || row.key_order.size() < 2) continue;
    if (std::is_sorted(row.key_order.begin(), row.key_order.end())) continue;
    pinning.Pin(row.uid, row.key_order);
  }
}

}  // namespace weir::checkpoint
