// resolve-metadata: which tables of changes are normalised for the metadata of their events.
#include <fmt/format.h>

#include "planner/logical/rewrite.h"
#include "planner/rules/needed_columns.h"
#include "planner/rules/rule.h"

namespace weir::rules {
namespace {

using logical::Node;
using logical::NodePtr;

// Which columns of a table, with its computed columns and watermark, are made of metadata.
Needed MadeOfMetadata(const Node& node) {
  Needed made(node.columns.size(), 0);
  if (const auto* scan = std::get_if<logical::Scan>(&node.operation)) {
    for (size_t i = 0; i < made.size(); ++i) {
      const auto column = static_cast<size_t>(scan->spec.columns[i]);
      made[i] = scan->spec.metadata_keys[column].empty() ? 0 : 1;
    }
    return made;
  }
  Needed below = MadeOfMetadata(*node.inputs[0]);
  const auto* project = std::get_if<logical::Project>(&node.operation);
  if (project == nullptr) return below;
  for (size_t i = 0; i < made.size(); ++i) {
    std::vector<int> columns;
    expr::CollectColumns(*project->expressions[i], columns);
    for (const int column : columns) made[i] = made[i] | below[static_cast<size_t>(column)];
  }
  return made;
}

bool ReadsMetadata(const Node& normalize, const Needed& read) {
  const Needed made = MadeOfMetadata(*normalize.inputs[0]);
  for (size_t i = 0; i < made.size(); ++i) {
    if (made[i] != 0 && read[i] != 0) return true;
  }
  return false;
}

Status NeedsKey(const Node& node) {
  return Status::InvalidSql(
             fmt::format("the table \"{}\" needs a PRIMARY KEY: its updates and deletes take away "
                         "rows with the metadata of a later event",
                         node.origin.discriminator))
      .WithId("E2009")
      .WithHint("declare PRIMARY KEY (…) NOT ENFORCED, or leave out the metadata columns")
      .WithSpan(node.origin.span);
}

}  // namespace

Result<logical::Plan> ResolveMetadata(const logical::Plan& plan) {
  const NeededColumns read = ReadColumns(plan);
  return logical::Rewrite(plan, [&](const Node& original, NodePtr node) -> Result<NodePtr> {
    const auto* normalize = std::get_if<logical::Normalize>(&node->operation);
    if (normalize == nullptr || !normalize->for_metadata) return node;
    if (!ReadsMetadata(original, read.at(&original))) return node->inputs[0];
    if (normalize->keys.empty()) return NeedsKey(original);
    return logical::MakeNode(logical::Normalize{normalize->keys, normalize->ttl_millis},
                             node->inputs, node->columns, node->origin);
  });
}

}  // namespace weir::rules
