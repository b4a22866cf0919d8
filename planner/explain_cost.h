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
struct RowBound {
  std::optional<int64_t> at_most;  // nothing: unknown
  bool exact = false;              // at_most of them, not fewer
};

// One a node of the job's graph. Known are VALUES, the rows in the options of `inline` tables, and
// 'number-of-rows' of `datagen` and `nexmark`; from there: a filter or join condition keeps some,
// LIMIT a number, an aggregate puts out two changes a row at most.
std::vector<RowBound> RowBoundsOf(const PlannedJob& job);

// "rows: 7", "rows: at most 7", "rows: unknown".
std::string ToString(const RowBound& bound);

}  // namespace weir::planner
