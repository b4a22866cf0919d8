// What a query gives of input that ends, once it is all read: of COPY, and of batch mode
// (execution.runtime-mode).
#pragma once

#include "planner/logical/plan.h"
#include "runtime/graph/connector_descriptor.h"

namespace weir::rules {

// The plan whose roots get the rows that are there in the end, as insertions. REQUIRES: all of its
// tables end.
Result<logical::Plan> OverFinalTables(const logical::Plan& plan);

// The plan whose roots get the rows that are there in the end, as inserts, and in which no row is
// late, since every watermark waits for the end of its input. E2015 for a table that never ends.
Result<logical::Plan> FinalRows(const logical::Plan& plan,
                                const graph::ConnectorCatalog& connectors);

}  // namespace weir::rules
