// What the temporal families share with each other and with the operators + - * in arithmetic.cc.
#pragma once

#include <vector>

#include "runtime/expr/function.h"

namespace weir::expr {

// time + interval, interval + time, interval + interval.
// Months clip to the last day of a shorter month (SQL:2016, as in Flink); sums wrap beyond the
// range.
void AppendTemporalSums(std::vector<Overload>& overloads);
// time - interval, interval - interval.
void AppendTemporalDifferences(std::vector<Overload>& overloads);
// interval * integer and the reverse.
void AppendIntervalProducts(std::vector<Overload>& overloads);

// Seconds since 1970 of the query's or the batch's time: UNIX_TIMESTAMP().
Result<ColumnPtr> UnixSecondsKernel(const KernelCall& call);

}  // namespace weir::expr
