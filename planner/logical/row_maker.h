// Which node the rows of another one are made by.
#pragma once

#include "planner/logical/plan.h"

namespace weir::logical {

// The node below projections and watermarks, which pass each row and each kind of change on; `node`
// itself if it is neither.
const Node& RowMaker(const Node& node);

}  // namespace weir::logical
