// EXPLAIN JSON_EXECUTION_PLAN: the graph of operators for programs.
#pragma once

#include <string>

#include "planner/planner.h"

namespace weir::planner {

// A JSON object in Flink's form: "nodes", each with "id", "type", "pact" ("Data Source",
// "Operator", "Data Sink"), "contents", "parallelism" and, except for sources, "predecessors" with
// "id", "ship_strategy" (FORWARD, HASH[a, b], REBALANCE, BROADCAST, GLOBAL) and "side" ("second",
// as in Flink; "first" for the left input of a join). Producers come before consumers; ids count
// from 1. Each node has its "uid" besides. Indented by two blanks, ends without a line end.
// Names and texts are escaped as JSON demands (RFC 8259).
std::string ExecutionPlanJson(const PlannedJob& job);

}  // namespace weir::planner
