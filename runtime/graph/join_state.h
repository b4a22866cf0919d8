// Decisions about the state of joins that StateOf and the operators share.
#pragma once

#include <cstdint>
#include <vector>

#include "runtime/graph/join_spec.h"
#include "runtime/types/state_schema.h"

namespace weir::graph {

// How the rows of one side are kept, a key of the join each.
enum class JoinRows : uint8_t {
  kOne,      // kValue: the keys hold a unique key of the input, so that there is one row at most
  kUnique,   // kMap by what the unique key has beyond the join's keys
  kList,     // kList: rows are never taken back one by one
  kMultiset  // kMap by a hash of the row: equal rows are one, with a count
};

// The state of one side. Fields of the table's value: `columns`, then the counters that there are.
// Columns that the join's keys give back exactly are left out: a match takes them from the row that
// it was found for.
struct JoinSideState {
  JoinRows rows = JoinRows::kList;
  StateSchema schema;
  std::vector<int> columns;      // of the input, one a value field
  std::vector<int> sub_key;      // kUnique: of the input
  int copies_field = -1;         // kMultiset: BIGINT, how often the row is there
  int matches_field = -1;        // BIGINT, how many rows of the other side match; -1: nobody asks
  bool sends_unmatched = false;  // regular joins: rows come out that have no match
  int time_field = -1;           // BIGINT, of interval joins: the row's time in milliseconds
  int mark_field = -1;           // BIGINT, of interval joins: its late mark; NULL: it has none
};

// The fields that tell rows of a multiset apart: a hash of the row, and a number for the case that
// two rows have the same one.
inline constexpr const char* kRowHashField = "row()";
inline constexpr const char* kRowNumberField = "number()";

// Table "left" or "right" of a regular join.
// kOne where the keys hold a unique key, else kList where nothing is taken back, else kUnique where
// a unique key is known.
JoinSideState StateOfSide(const JoinSpec& spec, int port);

// A join that is bounded in time keeps rows in lists, in slices: of windows by their ends.
JoinSideState SlicedStateOfSide(const JoinShape& shape, int port);
// Of an interval join the slices are stretches of time, and rows keep their times and marks.
JoinSideState IntervalStateOfSide(const JoinShape& shape, int port);

// Whether a value of this type can be taken from its canonical key: not where equal values differ,
// as 0.0 and -0.0 do.
bool KeyGivesValue(const Type& type);

}  // namespace weir::graph
