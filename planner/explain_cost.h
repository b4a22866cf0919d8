// EXPLAIN ESTIMATED_COST: how many rows an operator may put out, as far as that is known. There are
// no statistics of tables: nothing is guessed.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "planner/planner.h"

namespace weir::planner {

// Rows of an operator's output, changes included.
// Never an estimate: what is not known for certain is unknown.
struct RowBound {
  std::optional<int64_t> at_most;  // nothing: unknown
  bool exact = false;              // at_most of them, not fewer
};

// One a node of the job's graph. Known are VALUES, the rows in the options of `inline` tables, and
// 'number-of-rows' of `datagen` and 'events.num' of `nexmark`; from there: a filter keeps some,
// LIMIT a number, an aggregate puts out two changes a row at most.
// Joins, ranks and windows of HOP and CUMULATE are unknown; so are sums beyond 2^60.
std::vector<RowBound> RowBoundsOf(const PlannedJob& job);

// "rows: 7", "rows: at most 7", "rows: unknown".
std::string ToString(const RowBound& bound);

}  // namespace weir::planner
