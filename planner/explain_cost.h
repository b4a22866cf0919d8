// EXPLAIN ESTIMATED_COST: how many rows an operator may emit, as far as that is known. There are no
// statistics of tables, and nothing is guessed.
#pragma once

#include <string>
#include <vector>

#include "planner/planner.h"
#include "runtime/graph/connector_descriptor.h"

namespace weir::planner {

using graph::RowBound;

// One bound for each node of the job's graph. Known are VALUES and tables whose connector declares
// a bound. From there on a filter keeps some rows, LIMIT a number, and an aggregate emits at most
// two changes a row. Unknown are joins, window table functions and window aggregates (a row may be
// in several windows), ranks outside of windows, and sums beyond 2^60.
std::vector<RowBound> RowBoundsOf(const PlannedJob& job, const graph::ConnectorCatalog& connectors);

// "rows: 7", "rows: at most 7", "rows: unknown".
std::string ToString(const RowBound& bound);

}  // namespace weir::planner
