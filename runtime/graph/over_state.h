// Decisions about the state of OVER that StateOf and the operator must take alike.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "runtime/graph/operator_spec.h"

namespace weir::graph {

// Those calls that are aggregates, in their order.
std::vector<expr::AggregateCall> AggregatesOf(std::span<const OverCall> calls);
// The columns of the input that are stored while rows wait: all but those that follow exactly from
// the key. The time is stored in any case.
std::vector<int> WaitingColumns(const OverAggregateSpec& spec, const Schema& input);

// Whether all calls are LAG, which only reads single earlier rows, so that nothing is accumulated.
bool OnlyLooksBack(const OverAggregateSpec& spec);

// A value that is kept of a row as long as the row is in frames: the argument of a call if the
// call's FILTER lets the row through, else NULL.
struct KeptArgument {
  int column = -1;  // of the input; -1: the filter is its own value (COUNT(*) with FILTER)
  int filter = -1;
  std::string name;  // by its meaning: "price", "price filter (b)"
  Type type;
};
struct KeptArguments {
  std::vector<KeptArgument> columns;
  std::vector<int> of_call;  // which one each call of the spec reads; -1: none (COUNT(*))
};
// REQUIRES: the frame has a beginning.
KeptArguments KeptArgumentsOf(const OverAggregateSpec& spec);

// The tables of an OverAggregate, in this order:
//   "waiting" (by event time), kList in slices of time: partition -> WaitingColumns and "sequence",
//     the order of arrival. Rows that the watermark has not passed; which slices there are and how
//     they are named says operators/time/waiting_rows.h.
//   "frames", kValue: partition -> "row_count" and the accumulators of the frame (for a frame with
//     a beginning: of the rows behind the last that has "front()"); "newest", the time of the last
//     row. For a frame without a beginning "peers", how many rows have that time, and "times", how
//     many times there were. For one with a beginning "oldest", the time of its first row, "kept",
//     how many rows the other table has, and "front", how many of these have "front()".
//     Not where OnlyLooksBack.
//   "kept" (frames with a beginning), kMap: partition -> (time, sequence) -> KeptArguments, and
//     where not OnlyLooksBack "front()", and for rows that have it the accumulators of all rows
//     from this one to the last that has it ("front.sum(v)"): the two stacks of Tangwongsan,
//     Hirzel, Schneider: "General Incremental Sliding-Window Aggregation" (VLDB 2015), so that
//     nothing is ever subtracted.
//   "distinct(v)" for each DISTINCT argument and FILTER (frames without a beginning), kMap:
//     partition -> value.
// Times in milliseconds. Operator state "progress" (event time) and "sequence".
// Names and types of these fields are persisted.
OperatorStateSchema StateOfOver(const OverAggregateSpec& spec, const Schema& input);

// The tables "distinct(…)" that a spec has, and for each call of the spec which of them it reads,
// or -1.
struct DistinctTables {
  std::vector<StateSchema> tables;
  std::vector<int> of_call;
};
DistinctTables DistinctTablesOf(const OverAggregateSpec& spec, const Schema& input);

// The table of an OverRecompute, "rows", kMap: partition -> (order BYTES, row() BYTES, copy BIGINT)
// -> for each call its result as it was put out last ("result(sum(v))"), then the columns of the
// input that do not follow exactly from the partition.
//   `order`: the sort keys, so that their bytes compare as the rows are ordered
//     (operators/rank/sort_order.h); `row()`: the canonical bytes of all columns, by which
//     retractions find their rows; `copy`: tells rows apart that are equal in all columns.
// Names and types of these fields are persisted.
OperatorStateSchema StateOfOverRecompute(const OverRecomputeSpec& spec, const Schema& input);

// Whether what the part reads of rows that are gone is in accumulators: its frames have no
// beginning, and none of its calls needs the rows themselves. Others without a beginning keep them.
bool AddsUp(const OverAheadPart& part);
// Where in table "begun" the fields of each part begin; of parts that have none, where they would.
std::vector<size_t> FirstFieldsOfParts(const OverAheadSpec& spec);

// The tables of an OverAhead, in this order:
//   "rows", kMap: partition -> (time BIGINT, sequence BIGINT) -> the columns of the input that do
//     not follow exactly from the partition, the time in any case, and "given()". Rows that wait,
//     and those that were given and may be read with such.
//   "due", kList in slices of time: partition -> "due", "time" and "sequence". When the partition
//     is looked at: "due" equals "time" where that is because a row of this time is there, which
//     the watermark has passed then.
//   "begun" (where some part AddsUp), kValue: partition -> for each such part n "n.row_count" and
//     its accumulators, "n.sum(v)", of the rows that are not in "rows" any more.
// Times in milliseconds. Operator state "progress" and "sequence".
// Names and types of these fields are persisted.
OperatorStateSchema StateOfOverAhead(const OverAheadSpec& spec, const Schema& input);
// The columns of the input in "rows".
std::vector<int> KeptByOverAhead(const OverAheadSpec& spec, const Schema& input);

}  // namespace weir::graph
