#include "planner/explain.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <unordered_set>

#include "planner/explain_advice.h"
#include "planner/explain_cost.h"
#include "planner/explain_graph.h"
#include "planner/traits/traits.h"
#include "runtime/graph/any_table_options.h"
#include "runtime/types/time_to_live.h"

namespace weir::planner {
namespace {

using graph::Node;

class PhysicalPrinter {
 public:
  PhysicalPrinter(const PlannedJob& job, const graph::ConnectorCatalog& connectors,
                  const ExplainOptions& options)
      : job_(job),
        connectors_(connectors),
        options_(options),
        chains_(graph::ChainsOf(job.graph, job.parallelism)) {
    if (options.estimated_cost) bounds_ = RowBoundsOf(job, connectors_);
  }

  std::string Print() {
    std::unordered_set<int> consumed;
    for (const Node& node : job_.graph.nodes) {
      for (const graph::Edge& edge : node.inputs) {
        shared_.insert(consumed.insert(edge.from).second ? -1 : edge.from);
      }
    }
    for (const Node& node : job_.graph.nodes) {
      if (consumed.count(node.index) == 0) Print(node, 0);
    }
    return std::move(text_);
  }

 private:
  void Print(const Node& node, size_t depth) {
    text_.append(2 * depth, ' ');
    const bool shared = shared_.count(node.index) != 0;
    if (shared && !printed_.insert(node.index).second) {
      text_ += fmt::format("see #{}\n", node.index);
      return;
    }
    if (shared) text_ += fmt::format("#{} ", node.index);
    text_ += graph::ToString(node.spec, graph::InputSchema(job_.graph, node));
    text_ += fmt::format("  [{}]\n", fmt::join(Facts(node), ", "));
    for (const graph::Edge& edge : node.inputs) {
      size_t below = depth + 1;
      if (edge.exchange != graph::ExchangeKind::kForward) {
        text_.append(2 * below, ' ');
        text_ += fmt::format("Exchange({})\n", graph::ToString(edge, job_.graph));
        ++below;
      }
      Print(job_.graph.nodes[static_cast<size_t>(edge.from)], below);
    }
  }

  std::vector<std::string> Facts(const Node& node) const {
    std::vector<std::string> facts = {
        fmt::format("uid: {}", node.uid),
        fmt::format("chain: {}", chains_[static_cast<size_t>(node.index)]),
        fmt::format("parallelism: {}",
                    node.parallelism == 0 ? job_.parallelism : node.parallelism)};
    if (!node.also.empty()) facts.push_back(fmt::format("also: {}", fmt::join(node.also, " ")));
    if (!node.uid_stable) facts.push_back("generated uid");
    if (options_.estimated_cost) {
      facts.push_back(ToString(bounds_[static_cast<size_t>(node.index)]));
    }
    if (options_.changelog_mode) AddChanges(node, facts);
    if (const auto* sink = std::get_if<graph::SinkSpec>(&node.spec)) {
      const graph::ConnectorDescriptor* connector =
          connectors_.FindConnector(graph::OptionValue(sink->options, "connector"));
      const bool exactly_once =
          connector != nullptr && graph::DeliversExactlyOnce(*connector, sink->options);
      facts.push_back(exactly_once ? "exactly-once" : "at-least-once");
    }
    return facts;
  }

  // Adds the kinds of change that the node emits, those that it takes if they differ, and its
  // upsert key.
  void AddChanges(const Node& node, std::vector<std::string>& facts) const {
    const std::string given = traits::InShort(node.changelog);
    facts.push_back("changelog: " + given);
    std::vector<std::string> taken;
    for (const graph::Edge& edge : node.inputs) {
      const Node& input = job_.graph.nodes[static_cast<size_t>(edge.from)];
      taken.push_back(traits::InShort(input.changelog));
    }
    const bool same = std::all_of(taken.begin(), taken.end(),
                                  [&](const std::string& kinds) { return kinds == given; });
    if (!same) facts.push_back(fmt::format("takes: {}", fmt::join(taken, " and ")));
    if (std::holds_alternative<graph::SinkSpec>(node.spec)) return;
    std::vector<std::string> key;
    for (const int column : node.upsert_key) {
      key.push_back(node.output.fields.at(static_cast<size_t>(column)).name);
    }
    if (!key.empty()) facts.push_back(fmt::format("upsert key: ({})", fmt::join(key, ", ")));
  }

  const PlannedJob& job_;
  const graph::ConnectorCatalog& connectors_;
  const ExplainOptions& options_;
  std::vector<int> chains_;
  std::vector<RowBound> bounds_;  // one per node, where they are asked for
  // Nodes with several consumers, and -1. The loop of a recursion has such a node, the one that is
  // read from outside of it, so that Print comes to an end.
  std::unordered_set<int> shared_;
  std::unordered_set<int> printed_;  // of the shared ones
  std::string text_;
};

std::string FieldsText(const std::vector<Field>& fields) {
  std::vector<std::string> texts;
  for (const Field& field : fields) {
    texts.push_back(fmt::format("{} {}", field.name, field.type.ToString()));
  }
  return fmt::format("{}", fmt::join(texts, ", "));
}

// "groups: row_count BIGINT NOT NULL", "distinct(b): value BIGINT -> count BIGINT NOT NULL".
std::string TableText(const StateSchema& table) {
  const std::string sub_key = table.sub_key.empty() ? "" : FieldsText(table.sub_key) + " -> ";
  return fmt::format("{}: {}{}", table.name, sub_key, FieldsText(table.value));
}

}  // namespace

std::string Explain(const PlannedJob& job, const graph::ConnectorCatalog& connectors,
                    const ExplainOptions& options) {
  std::string text = fmt::format(
      "== Abstract Syntax Tree ==\n{}\n== Optimized Logical Plan ==\n{}\n== Physical Plan ==\n{}",
      logical::ToString(job.bound), logical::ToString(job.optimized),
      PhysicalPrinter(job, connectors, options).Print());
  if (options.plan_advice) {
    text += "\n" + AdviceText(AdviceOn(job, options.one_phase), options.sql);
  }
  if (options.execution_plan) {
    text += "\n== Physical Execution Plan ==\n" + ExecutionPlanJson(job) + "\n";
  }
  return text;
}

StateTexts StateTextsOf(const OperatorStateSchema& state) {
  std::vector<std::string> parts;
  for (const StateSchema& table : state.tables) parts.push_back(TableText(table));
  for (const std::string& name : state.operator_state) parts.push_back(name);
  return {.key = state.tables.empty() ? "" : FieldsText(state.tables[0].key),
          .state = fmt::format("{}", fmt::join(parts, "; "))};
}

std::vector<StateRow> ExplainState(const graph::JobGraph& graph) {
  std::vector<StateRow> rows;
  for (const Node& node : graph.nodes) {
    const OperatorStateSchema state = graph::StateOf(node.spec, graph::InputSchema(graph, node));
    if (state.tables.empty() && state.operator_state.empty()) continue;
    StateRow row;
    row.uid = node.uid;
    row.also = node.also;
    row.name_from = node.uid_origin;
    row.kind = graph::OperatorKindName(node.spec);
    row.stable = node.uid_stable;
    row.suggested_name = node.suggested_name;
    row.span = node.span;
    StateTexts texts = StateTextsOf(state);
    row.key = std::move(texts.key);
    row.state = std::move(texts.state);
    row.ttl = TimeToLiveInWords(state);
    rows.push_back(std::move(row));
  }
  return rows;
}

}  // namespace weir::planner
