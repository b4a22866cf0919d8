// EXPLAIN ESTIMATED_COST: how many rows an operator may put out, as far as that is known. There are
// no statistics of tables: nothing is guessed.
#pragma once

#include <string>
#include <vector>

#include "planner/planner.h"
#include "runtime/graph/connector_descriptor.h"

namespace weir::planner {

using graph::RowBound;

// One a node of the job's graph. Known are VALUES, and tables whose connector says their bound;
// from there: a filter keeps some, LIMIT a number, an aggregate puts out two changes a row at most.
// Joins, ranks and windows of HOP and CUMULATE are unknown; so are sums beyond 2^60.
std::vector<RowBound> RowBoundsOf(const PlannedJob& job, const graph::ConnectorCatalog& connectors);

// "rows: 7", "rows: at most 7", "rows: unknown".
std::string ToString(const RowBound& bound);

}  // namespace weir::planner
