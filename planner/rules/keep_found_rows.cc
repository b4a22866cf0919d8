// A table that a lookup join reads again may have changed by the time a row is taken back: looking
// the row up once more could then find other values than were emitted. So the rows that a row found
// are kept.
#include <fmt/format.h>

#include <algorithm>

#include "planner/logical/lookup.h"
#include "planner/logical/rewrite.h"
#include "planner/rules/rule.h"
#include "planner/traits/traits.h"

namespace weir::rules {
namespace {

using logical::Node;
using logical::NodePtr;

// The traits of an input, inferred anew since its plan has been rewritten.
traits::NodeTraits TraitsOf(const NodePtr& input) {
  return traits::InferOutputs({{input}}).at(input.get());
}

Status Lacking(const Node& node, std::string_view what, std::string hint) {
  return Status::Unsupported(
             fmt::format("FOR SYSTEM_TIME AS OF a table that is read again (\"{}\") is not "
                         "supported yet for rows with updates without {}",
                         logical::LookedUpScan(*node.inputs[1]).table, what))
      .WithHint(std::move(hint))
      .WithSpan(node.origin.span);
}

Status CheckKeys(const Node& node, const logical::Join& join, const traits::NodeTraits& left) {
  if (left.upsert_key.empty()) {
    return Lacking(node, "a key of the left side",
                   "group or deduplicate the left side by what tells its rows apart, or give "
                   "its table a PRIMARY KEY");
  }
  const std::vector<int> key = TraitsOf(node.inputs[1]).upsert_key;
  const bool one = !key.empty() && std::ranges::all_of(key, [&](int column) {
    return std::ranges::find(join.right_keys, column) != join.right_keys.end();
  });
  if (one) return {};
  return Lacking(node, "a PRIMARY KEY of that table among the columns that equal something",
                 "declare PRIMARY KEY (…) NOT ENFORCED, and compare all its columns, so that "
                 "a row finds one row at most");
}

Result<NodePtr> Keep(NodePtr node) {
  const auto* join = std::get_if<logical::Join>(&node->operation);
  if (join == nullptr || !join->lookup || !logical::IsReadAgain(*node)) return node;
  const traits::NodeTraits left = TraitsOf(node->inputs[0]);
  if (left.gives.append_only()) return node;
  RETURN_IF_ERROR(CheckKeys(*node, *join, left));
  return logical::MakeNode(logical::Normalize{left.upsert_key, join->left_ttl_millis}, {node},
                           node->columns, node->origin);
}

}  // namespace

Result<logical::Plan> KeepFoundRows(const logical::Plan& plan) {
  return logical::Rewrite(plan, [](const Node&, NodePtr node) { return Keep(std::move(node)); });
}

}  // namespace weir::rules
