// What lies under filters and projections, for rules that look for a pattern through them.
#pragma once

#include <functional>
#include <optional>
#include <vector>

#include "planner/logical/plan.h"

namespace weir::rules {

// A node, and what the filters and projections above it make of its columns.
struct Peeled {
  logical::NodePtr base;
  // The columns at the top, and the conditions on the way in the order in which they are checked,
  // both as expressions over the base's columns.
  std::vector<expr::ExprPtr> columns;
  std::vector<expr::ExprPtr> conditions;
};

// Peels filters and projections off `top` until a node that `is_base` accepts; nullopt when
// something else is in between. The plan itself is not changed.
std::optional<Peeled> Peel(const logical::NodePtr& top,
                           const std::function<bool(const logical::Node&)>& is_base);

}  // namespace weir::rules
