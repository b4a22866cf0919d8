// Rows with their times and the order in which they came.
#pragma once

#include <cstdint>
#include <vector>

#include "runtime/types/batch.h"

namespace weir::operators {

// A dense batch and, for each of its rows, the time in milliseconds and a number that is greater
// for every row that came later.
struct TimedRows {
  Batch rows;
  std::vector<int64_t> times;
  std::vector<int64_t> sequences;

  uint32_t size() const { return rows.row_count; }
};

// The rows with these indices, in the order of `ids`.
TimedRows Pick(const TimedRows& from, const std::vector<uint32_t>& ids);
// All rows of `parts`, by time and then by sequence. Empty for no parts.
TimedRows Sorted(std::vector<TimedRows> parts);

}  // namespace weir::operators
