// Questions about the table that a lookup join asks for each row (FOR SYSTEM_TIME AS OF proctime).
#pragma once

#include "planner/logical/plan.h"

namespace weir::logical {

// The scan below a table that is looked up, which is seen through filters and projections.
const Scan& LookedUpScan(const Node& table);

// Whether the table of a lookup is read again while the job runs (runtime/graph/lookup_options.h).
bool IsReadAgain(const Node& lookup);

}  // namespace weir::logical
