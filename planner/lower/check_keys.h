// What a key may be made of.
#pragma once

#include <vector>

#include "planner/logical/plan.h"

namespace weir::lower {

// E1002 where one of these columns has a type without canonical bytes.
Status CheckKeys(const std::vector<logical::Column>& columns, const std::vector<int>& keys,
                 SourceSpan span);

}  // namespace weir::lower
