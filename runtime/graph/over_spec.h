// OVER as data: functions of each row and of rows before it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "runtime/expr/aggregate.h"
#include "runtime/graph/rank_spec.h"

namespace weir::graph {

enum class OverFunction : uint8_t {
  kAggregate,  // an aggregate function over the rows of the frame
  kRowNumber,
  kRank,
  kDenseRank,
  kLag,  // a value of the row that came `offset` rows before
  // Only in OverRecomputeSpec and OverAheadSpec: they read rows that come after the row itself.
  kLead,         // a value of the row that comes `offset` rows after
  kNthValue,     // a value of row number `offset` of the frame
  kPercentRank,  // (rank - 1) / (rows of the partition - 1)
  kCumeDist,     // the share of the rows that are not behind the row
  kNtile,        // which of `offset` parts of equal size the row is in
};

// The rows of the partition that a result is computed from.
struct OverFrame {
  // Counted in rows; else by the value that the rows are in order of, and then rows of one value
  // are all in each other's frames.
  bool rows = false;
  // Rows, milliseconds or whole numbers before the row, negative for behind it; none: every row
  // before it (UNBOUNDED PRECEDING).
  std::optional<int64_t> preceding;
  // The same after the row; 0: the frame ends at the row itself (CURRENT ROW). Others only in
  // OverRecomputeSpec and OverAheadSpec.
  std::optional<int64_t> following = 0;
  bool numbers = false;  // distances by value are whole numbers, not milliseconds

  friend bool operator==(const OverFrame&, const OverFrame&) = default;
};

// "ROWS 2 PRECEDING", "RANGE UNBOUNDED PRECEDING", "RANGE 3000 ms PRECEDING"; where the frame does
// not end at the row, "ROWS BETWEEN 2 PRECEDING AND UNBOUNDED FOLLOWING".
std::string ToString(const OverFrame& frame);

struct OverCall {
  OverFunction function = OverFunction::kAggregate;
  // kAggregate: the call. Of others only result_type, state_name and span are set, and for kLag the
  // value as its argument ("lag(v)", whatever the offset).
  expr::AggregateCall call;
  int64_t offset = 1;  // of kLag, kLead, kNthValue and kNtile; at least 1
  // kLag, kLead: the value where there is no such row, of result_type; -1: NULL.
  int default_column = -1;
  bool ignore_nulls = false;  // kLag, kLead, kNthValue: rows whose value is NULL are not counted
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

// The same over rows in any order, over input that may be updated and deleted, and with frames that
// reach behind the row: the rows of a partition are kept in order, and what a change touches is
// computed again. Rows of equal sort keys are in the order of their columns' values, so that the
// result depends on nothing but the rows. Output: the input's columns, then one for each call, as
// changes: a row whose results become others is updated.
struct OverRecomputeSpec {
  std::vector<int> partition;  // input columns; empty: one partition
  std::vector<SortKey> order;  // empty: all rows of a partition are peers
  OverFrame frame;             // of aggregates and kNthValue
  std::vector<OverCall> calls;
  bool emit_update_before = true;  // false when nobody downstream needs -U
  int64_t ttl_millis = 0;
};

// Calls that have one frame.
struct OverAheadPart {
  OverFrame frame;
  std::vector<OverCall> calls;
};
// The same over input with inserts only, in the order of an event time: a row waits until all rows
// that its calls may read are there, by the watermark, and is then given once, with its results.
// Rows of one time are in the order of arrival. Output: the input's columns, then one for each
// call, part by part; the watermark is held back behind rows that wait.
struct OverAheadSpec {
  std::vector<int> partition;  // input columns; empty: one partition
  int time_column = -1;
  std::vector<OverAheadPart> parts;  // at least one
  int64_t ttl_millis = 0;            // of what is left of rows that are gone: frames' beginnings
};

}  // namespace weir::graph
