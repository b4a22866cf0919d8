#include "planner/explain_graph.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "runtime/expr/json/json_text.h"

namespace weir::planner {
namespace {

using graph::Node;

std::string Quoted(std::string_view text) {
  expr::TextBuilder quoted;
  expr::AppendJsonString(text, quoted);
  return std::string(quoted.view());
}

std::string_view PactOf(const Node& node) {
  if (node.inputs.empty()) return "Data Source";
  const bool sink = std::holds_alternative<graph::SinkSpec>(node.spec) ||
                    std::holds_alternative<graph::CollectSpec>(node.spec);
  return sink ? "Data Sink" : "Operator";
}

std::string ShipStrategy(const graph::Edge& edge, const Node& from) {
  switch (edge.exchange) {
    case graph::ExchangeKind::kForward:
      return "FORWARD";
    case graph::ExchangeKind::kHash: {
      std::vector<std::string> keys;
      for (const int key : edge.keys) {
        keys.push_back(from.output.fields[static_cast<size_t>(key)].name);
      }
      return fmt::format("HASH[{}]", fmt::join(keys, ", "));
    }
    case graph::ExchangeKind::kRebalance:
      return "REBALANCE";
    case graph::ExchangeKind::kBroadcast:
      return "BROADCAST";
    case graph::ExchangeKind::kSingleton:
      return "GLOBAL";
  }
  return "";
}

std::string PredecessorsJson(const Node& node, const graph::JobGraph& graph) {
  std::vector<std::string> parts;
  for (size_t i = 0; i < node.inputs.size(); ++i) {
    const graph::Edge& edge = node.inputs[i];
    const Node& from = graph.nodes[static_cast<size_t>(edge.from)];
    const bool left = i == 0 && node.inputs.size() == 2;
    parts.push_back(fmt::format(
        "{{\n      \"id\" : {},\n      \"ship_strategy\" : {},\n      \"side\" : \"{}\"\n    }}",
        edge.from + 1, Quoted(ShipStrategy(edge, from)), left ? "first" : "second"));
  }
  return fmt::format(",\n    \"predecessors\" : [ {} ]", fmt::join(parts, ", "));
}

std::string NodeJson(const Node& node, const PlannedJob& job) {
  const int id = node.index + 1;
  const std::string contents = graph::ToString(node.spec, graph::InputSchema(job.graph, node));
  const uint32_t parallelism = node.parallelism == 0 ? job.parallelism : node.parallelism;
  return fmt::format(
      "{{\n    \"id\" : {},\n    \"type\" : {},\n    \"pact\" : \"{}\",\n    \"contents\" : {},\n"
      "    \"parallelism\" : {},\n    \"uid\" : {}{}\n  }}",
      id, Quoted(fmt::format("{}[{}]", graph::OperatorKindName(node.spec), id)), PactOf(node),
      Quoted(fmt::format("[{}]:{}", id, contents)), parallelism, Quoted(node.uid),
      node.inputs.empty() ? "" : PredecessorsJson(node, job.graph));
}

}  // namespace

std::string ExecutionPlanJson(const PlannedJob& job) {
  std::vector<std::string> nodes;
  for (const Node& node : job.graph.nodes) nodes.push_back(NodeJson(node, job));
  return fmt::format("{{\n  \"nodes\" : [ {} ]\n}}", fmt::join(nodes, ", "));
}

}  // namespace weir::planner
