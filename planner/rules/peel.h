// Looks through filters and projections, for rules that search for a pattern below them.
#pragma once

#include <functional>
#include <optional>
#include <vector>

#include "planner/logical/plan.h"

namespace weir::rules {

// A node, and what the filters and projections above it compute.
struct Peeled {
  logical::NodePtr base;
  // The columns at the top, and the conditions on the way in the order in which they are checked,
  // both as expressions over the base's columns.
  std::vector<expr::ExprPtr> columns;
  std::vector<expr::ExprPtr> conditions;
};

// Descends from `top` through filters and projections to a node that `is_base` accepts; nullopt if
// something else is in between. The plan is not changed.
std::optional<Peeled> Peel(const logical::NodePtr& top,
                           const std::function<bool(const logical::Node&)>& is_base);

}  // namespace weir::rules
