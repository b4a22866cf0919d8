// Decisions about the state of Top-N and deduplication that StateOf and the operators must take
// alike.
#pragma once

#include <vector>

#include "runtime/graph/operator_spec.h"

namespace weir::graph {

// The columns of the input that are stored as values: all but those that follow exactly from the
// key.
std::vector<int> KeptColumns(const std::vector<int>& keys, const Schema& input);

// The columns that a Deduplicate stores: its time column too, even if that is a key.
std::vector<int> KeptColumns(const DeduplicateSpec& spec, const Schema& input);

// The tables of a Rank, in this order:
//   "top" (kAppend, kUpdate) or "rows" (kRetract), kMap: partition -> (order BYTES, sequence
//     BIGINT) -> the kept columns. `order` holds the sort keys so that their bytes compare as the
//     rows rank (operators/rank/sort_order.h); `sequence` is the order of arrival.
//   "bounds", kValue: partition -> the `order` behind which a row cannot change the result; NULL
//     while there is none.
//   "places" (kRetract), kMap: partition -> a hash of all columns of a row -> the sequences of the
//     rows that have it, eight bytes each, little-endian, ascending.
// Operator state "sequence": the next one.
// Names and types of these fields are persisted.
OperatorStateSchema StateOfRank(const RankSpec& spec, const Schema& input);

// The tables of a Deduplicate:
//   "rows", kValue (keep last): key -> the kept columns.
//   "seen", kValue (keep first): keys whose row has been put out.
//   "pending", kValue (keep first by event time): key -> the kept columns of the first row so far,
//     until the watermark passes it; operator state "progress".
OperatorStateSchema StateOfDeduplicate(const DeduplicateSpec& spec, const Schema& input);

// The tables of a WindowRank: "top" and "bounds" as of a Rank, with the window's bounds in the key
// (window_start, window_end, then the partition), "bounds" sliced by the window's end. Operator
// state "progress" and "sequence".
OperatorStateSchema StateOfWindowRank(const WindowRankSpec& spec, const Schema& input);

// The table of a TemporalSort, "waiting", kMap: no key -> (due BIGINT, late BOOLEAN, order BYTES,
// sequence BIGINT) -> the columns of the input and "mark()", the row's late mark.
//   `due`: of a row that came in time its time; of a late one the watermark that it came behind,
//     at which it is judged; by the clock the time at which it came. All in milliseconds.
//   `order`, `sequence`: as of a Rank.
// No key, so that the rows lie in one key group, in the order in which they leave. Operator state
// "sequence", and "sorted": how far rows have left.
OperatorStateSchema StateOfTemporalSort(const Schema& input);

// The key of a WindowRank's tables: columns of the input.
std::vector<int> WindowRankKeys(const WindowRankSpec& spec);

}  // namespace weir::graph
