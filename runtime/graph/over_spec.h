// OVER as data: functions of each row and of rows before it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "runtime/expr/aggregate.h"

namespace weir::graph {

enum class OverFunction : uint8_t {
  kAggregate,  // an aggregate function over the rows of the frame
  kRowNumber,
  kRank,
  kDenseRank,
  kLag,  // a value of the row that came `offset` rows before
};

// The rows of the partition that a result is computed from. A frame always ends at the row itself.
struct OverFrame {
  // Counted in rows; else by time, and then rows of one time are all in each other's frames.
  bool rows = false;
  // Rows or milliseconds before the row; none: every row before it (UNBOUNDED PRECEDING).
  std::optional<int64_t> preceding;

  friend bool operator==(const OverFrame&, const OverFrame&) = default;
};

// "ROWS 2 PRECEDING", "RANGE UNBOUNDED PRECEDING", "RANGE 3000 ms PRECEDING".
std::string ToString(const OverFrame& frame);

struct OverCall {
  OverFunction function = OverFunction::kAggregate;
  // kAggregate: the call. Of others only result_type, state_name and span are set, and for kLag the
  // value as its argument ("lag(v)", whatever the offset).
  expr::AggregateCall call;
  int64_t offset = 1;       // kLag: rows; at least 1
  int default_column = -1;  // kLag: the value where there is no such row, of result_type; -1: NULL
};
// "sum(v)", "row_number()", "lag(v), 2 back".
std::string ToString(const OverCall& call);

// Aggregates, ranks and LAG over the rows of each partition in the order of a time attribute
// (Flink: "Over Aggregation"). The input has inserts only. Output: the input's columns, then one
// for each call. Ranks need the frame without a beginning; LAG stands in nodes of its own, whose
// frame is as long as the greatest offset.
struct OverAggregateSpec {
  std::vector<int> partition;  // input columns; empty: one partition
  int time_column = -1;        // event time; -1 for processing time, the order of arrival
  OverFrame frame;
  std::vector<OverCall> calls;
  int64_t ttl_millis = 0;  // of partitions, where the frame has no beginning
};

}  // namespace weir::graph
