// What a query gives of input that ends, once it is all read: of COPY, and of batch mode
// (execution.runtime-mode).
#pragma once

#include "planner/logical/plan.h"
#include "runtime/graph/connector_descriptor.h"

namespace weir::rules {

// The plan whose roots get the rows that are there in the end, as insertions. For COPY in streaming
// mode, so that late rows are dropped as in any streaming query. REQUIRES: all of its tables end.
Result<logical::Plan> OverFinalTables(const logical::Plan& plan);

// The same for batch mode, where no row is late: every watermark waits for the end of its input.
// E2015 for a table that never ends.
Result<logical::Plan> FinalRows(const logical::Plan& plan,
                                const graph::ConnectorCatalog& connectors);

}  // namespace weir::rules
