// What the temporal families share with one another and with the operators + - * of arithmetic.cc.
#pragma once

#include <vector>

#include "runtime/expr/function.h"

namespace weir::expr {

// Overloads for time + interval, interval + time and interval + interval. A day that the resulting
// month lacks becomes its last day (SQL:2016, as in Flink); sums wrap around beyond the range.
void AppendTemporalSums(std::vector<Overload>& overloads);
// Overloads for time - interval and interval - interval.
void AppendTemporalDifferences(std::vector<Overload>& overloads);
// Overloads for interval * integer and the reverse.
void AppendIntervalProducts(std::vector<Overload>& overloads);

// The kernel of UNIX_TIMESTAMP(): seconds since 1970 at the time of the query, or of the batch over
// unbounded input.
Result<ColumnPtr> UnixSecondsKernel(const KernelCall& call);

}  // namespace weir::expr
