#include "planner/rules/final_rows.h"

#include <fmt/format.h>

#include "planner/logical/rewrite.h"
#include "planner/traits/traits.h"

namespace weir::rules {
namespace {

using logical::Node;
using logical::NodePtr;

// 0001-01-01 in microseconds, before the time of any row.
constexpr int64_t kBeforeAllTimes = -62'135'596'800'000'000;

Status CheckEnds(const Node& node, const logical::Scan& scan,
                 const graph::ConnectorCatalog& connectors) {
  if (traits::EndsByItself(scan, connectors)) return {};
  return Status::InvalidSql(
             fmt::format("table {} never ends, and is read in batch mode", scan.spec.table))
      .WithId("E2015")
      .WithHint("SET 'execution.runtime-mode' = 'streaming'")
      .WithSpan(node.origin.span);
}

NodePtr WithoutWatermarks(const NodePtr& node) {
  Node waits = *node;
  auto& watermark = std::get<logical::Watermark>(waits.operation);
  const Type type = watermark.spec.watermark->type;
  watermark.spec.watermark = expr::MakeLiteral(Value(type, kBeforeAllTimes));
  return std::make_shared<const Node>(std::move(waits));
}

// The root over the final table of its input. That is a Sort without keys, which emits its rows
// when its input has ended.
NodePtr OverFinalTable(const NodePtr& root) {
  const NodePtr& input = root->inputs[0];
  logical::Origin origin = root->origin;
  origin.explicit_id.clear();
  const NodePtr table = logical::MakeNode(logical::Sort{}, {input}, input->columns, origin);
  return logical::WithInputs(root, {table});
}

bool IsRoot(const Node& node) {
  return std::holds_alternative<logical::Sink>(node.operation) ||
         std::holds_alternative<logical::Collect>(node.operation);
}

// Whether the node shows what changes its input has: in batch mode these are its final rows.
bool ShowsChanges(const Node& node) {
  return IsRoot(node) || std::holds_alternative<logical::ToChangelog>(node.operation);
}

// `node`, made of the root `original`, over the final table of its input.
NodePtr Final(const Node& original, const NodePtr& node, const traits::TraitMap& traits) {
  const Node& input = *original.inputs[0];
  // ORDER BY and LIMIT are over the final table already.
  const bool is_final = traits.at(&input).gives.append_only() ||
                        std::holds_alternative<logical::Sort>(input.operation);
  return is_final ? node : OverFinalTable(node);
}

}  // namespace

Result<logical::Plan> OverFinalTables(const logical::Plan& plan) {
  const traits::TraitMap traits = traits::InferOutputs(plan);
  return logical::Rewrite(plan, [&](const Node& original, const NodePtr& node) -> Result<NodePtr> {
    return IsRoot(original) ? Final(original, node, traits) : node;
  });
}

Result<logical::Plan> FinalRows(const logical::Plan& plan,
                                const graph::ConnectorCatalog& connectors) {
  const traits::TraitMap traits = traits::InferOutputs(plan);
  return logical::Rewrite(plan, [&](const Node& original, const NodePtr& node) -> Result<NodePtr> {
    if (const auto* scan = std::get_if<logical::Scan>(&original.operation))
      RETURN_IF_ERROR(CheckEnds(original, *scan, connectors));
    if (std::holds_alternative<logical::Watermark>(original.operation))
      return WithoutWatermarks(node);
    return ShowsChanges(original) ? Final(original, node, traits) : node;
  });
}

}  // namespace weir::rules
