// Decisions about the state of joins that StateOf and the operators must take alike.
#pragma once

#include <cstdint>
#include <vector>

#include "runtime/graph/join_spec.h"
#include "runtime/types/state_schema.h"

namespace weir::graph {

// How the rows of one side are kept under a join key.
enum class JoinRows : uint8_t {
  kOne,      // kValue: the keys hold a unique key of the input, so that there is one row at most
  kUnique,   // kMap by what the unique key has beyond the join's keys
  kList,     // kList: rows are never taken back one by one
  kMultiset  // kMap by a hash of the row: equal rows are one, with a count
};

// The state of one side. The fields of the table's value are `columns`, followed by the counters
// that exist. Columns whose values follow exactly from the join key are not stored: a match copies
// them from the row that it was found for.
struct JoinSideState {
  JoinRows rows = JoinRows::kList;
  StateSchema schema;
  std::vector<int> columns;      // of the input, one a value field
  std::vector<int> sub_key;      // kUnique: columns of the input
  int copies_field = -1;         // kMultiset: BIGINT, how often the row is there
  int matches_field = -1;        // BIGINT, how many rows of the other side match; -1: not counted
  bool sends_unmatched = false;  // regular joins: rows come out that have no match
  int time_field = -1;           // BIGINT, of interval joins: the row's time in milliseconds
  int mark_field = -1;           // BIGINT, of interval joins: its late mark; NULL: it has none
};

// The sub-key that identifies a row of a multiset: a hash of the row, and a number in case two
// different rows have the same hash.
inline constexpr const char* kRowHashField = "row()";
inline constexpr const char* kRowNumberField = "number()";

// Table "left" or "right" of a regular join: kOne where the keys hold a unique key, else kList
// where nothing is retracted, else kUnique where a unique key is known, else kMultiset.
JoinSideState StateOfSide(const JoinSpec& spec, int port);

// A join with a time bound keeps rows in lists, one table a slice; for window joins a slice is a
// window, named by its end.
JoinSideState SlicedStateOfSide(const JoinShape& shape, int port);
// For interval joins a slice is a stretch of time, and rows keep their times and late marks.
JoinSideState IntervalStateOfSide(const JoinShape& shape, int port);

// The tables of a temporal join, of which "left" and "right" are rows that wait for the watermark
// (operators/time/waiting_rows.h) in slices of time:
//   "left": "due()", when the row is given, in milliseconds; "kind()", its RowKind; "mark()", its
//     late mark, NULL where it has none; "sequence()", the order of arrival.
//   "right": the same.
//   "versions", kValue: join key -> the columns of the last version that the watermark has passed,
//     its time in any case, and "valid()", which is FALSE where that is what ended the last one.
struct TemporalJoinState {
  JoinSideState left;
  JoinSideState right;
  JoinSideState versions;
  int valid_field = -1;  // of "versions"

  const JoinSideState& side(int port) const { return port == 0 ? left : right; }
};
TemporalJoinState StateOfTemporalJoin(const TemporalJoinSpec& spec);

// Whether a value of this type can be restored from its canonical key. It cannot where values that
// are equal as keys differ, as 0.0 and -0.0 do.
bool KeyGivesValue(const Type& type);

}  // namespace weir::graph
