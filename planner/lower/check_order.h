// Refuses to order rows by types whose values have no order.
#pragma once

#include <vector>

#include "planner/logical/plan.h"

namespace weir::lower {

// E1002 where one of the keys has a type whose values have no order.
Status CheckOrder(const std::vector<logical::Column>& columns,
                  const std::vector<graph::SortKey>& order, SourceSpan span);

}  // namespace weir::lower
