// A view that keeps the last row of a key by its time (ROW_NUMBER() … ORDER BY t DESC) drops a row
// that comes behind a newer one. As the right side of a temporal join that row is a version all the
// same, and which of two files is read first must not show. So the join takes the rows that the
// view reads, and keeps the last one itself; the state of the view is saved, too. Always on.
//
//   TemporalJoin over Project over Deduplicate(k; last by t) over x
//     =>  TemporalJoin(each row a version) over Project over x
//
// (Flink keeps the view: what its temporal joins give over several partitions depends on which of
// them is read first.)
#include <algorithm>

#include "planner/logical/rewrite.h"
#include "planner/rules/peel.h"
#include "planner/rules/predicates.h"
#include "planner/rules/rule.h"

namespace weir::rules {
namespace {

using logical::Node;
using logical::NodePtr;

bool KeepsLastByTime(const Node& node) {
  const auto* deduplicate = std::get_if<logical::Deduplicate>(&node.operation);
  return deduplicate != nullptr && deduplicate->keep_last && deduplicate->time_column >= 0;
}

// Whether the join keeps what the deduplication below it would keep: for the same keys, by the same
// time. A time-to-live that was asked for the deduplication's state is not overruled.
bool KeepsTheSame(const logical::Join& join, const Peeled& right) {
  const auto& kept = std::get<logical::Deduplicate>(right.base->operation);
  const auto is = [&](int column, int below) {
    return IsColumn(*right.columns[static_cast<size_t>(column)], below);
  };
  const bool own_ttl = kept.ttl_millis != 0 && kept.ttl_millis != join.right_ttl_millis;
  return right.conditions.empty() && !own_ttl && is(join.versions->right_time, kept.time_column) &&
         std::ranges::all_of(kept.keys, [&](int key) {
           return std::ranges::any_of(join.right_keys, [&](int column) { return is(column, key); });
         });
}

NodePtr WithEveryRow(NodePtr node) {
  const auto* join = std::get_if<logical::Join>(&node->operation);
  if (join == nullptr || !join->versions) return node;
  const NodePtr& view = node->inputs[1];
  std::optional<Peeled> right = Peel(view, KeepsLastByTime);
  if (!right || !KeepsTheSame(*join, *right)) return node;
  const NodePtr rows = logical::MakeNode(logical::Project{std::move(right->columns)},
                                         {right->base->inputs[0]}, view->columns, view->origin);
  logical::Join changed = *join;
  changed.versions->each_row = true;
  return logical::MakeNode(std::move(changed), {node->inputs[0], rows}, node->columns,
                           node->origin);
}

}  // namespace

Result<logical::Plan> KeepVersions(const logical::Plan& plan) {
  return logical::Rewrite(plan, [](const Node&, NodePtr node) -> Result<NodePtr> {
    return WithEveryRow(std::move(node));
  });
}

}  // namespace weir::rules
