// Batch mode (execution.runtime-mode): what a query gives of input that ends, once it is all read.
#pragma once

#include "planner/logical/plan.h"
#include "runtime/graph/connector_descriptor.h"

namespace weir::rules {

// The plan whose roots get the rows that are there in the end, as inserts, and in which no row is
// late, since every watermark waits for the end of its input. E2015 for a table that never ends.
Result<logical::Plan> FinalRows(const logical::Plan& plan,
                                const graph::ConnectorCatalog& connectors);

}  // namespace weir::rules
