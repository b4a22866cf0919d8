// MATCH_RECOGNIZE as data (SQL:2016, row pattern recognition).
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "runtime/expr/aggregate.h"
#include "runtime/expr/expr.h"
#include "runtime/graph/rank_spec.h"

namespace weir::graph {

// What a condition or a measure reads of the rows that a match has so far.
enum class MatchValueKind : uint8_t {
  kCurrent,    // `column` of the row that the condition is asked about, or that is given
  kFirst,      // `column` of the first row of the variables, or the `offset`-th behind it
  kLast,       // `column` of the last row of the variables, or the `offset`-th before it
  kAggregate,  // `call` over the rows of the variables
  kNumber,     // how many matches the partition has had, with this one
};
struct MatchValue {
  MatchValueKind kind = MatchValueKind::kCurrent;
  std::vector<int> variables;  // ascending; empty: rows of all variables
  int offset = 0;
  int column = -1;           // of the input; of kAggregate, kNumber and a classifier -1
  expr::AggregateCall call;  // of kAggregate
  Type type;
  // PREV and NEXT: `column` of the row so many behind that row in the partition, or before it where
  // this is negative.
  int shift = 0;
  // Of kFirst and kLast: the name of the variable that the row was taken as, instead of a column.
  bool classifier = false;
  // Of all_rows: over the match as far as the row that is given.
  bool running = false;
};

// A variable of the pattern; a row may match it for which the condition is TRUE. Conditions read a
// row that has a column for each of MatchSpec::values. Null: any row.
struct MatchVariable {
  std::string name;
  expr::ExprPtr condition;
};

// A place of the pattern at which a row is taken (Glushkov, "The abstract theory of automata",
// 1961): {n,m} and PERMUTE have several places for one variable.
struct MatchPosition {
  int variable = 0;
  // The positions that the next row may take, the preferred one first. If a match may end here,
  // only those that are preferred to ending.
  std::vector<int> next;
  bool ends = false;
  bool excluded = false;  // {- … -}: its row is not given
  friend bool operator==(const MatchPosition&, const MatchPosition&) = default;
};

// Where the search goes on behind a match.
enum class MatchSkip : uint8_t { kToNextRow, kPastLastRow, kToFirst, kToLast };

// Finds in each partition, in the order of time, the matches of a pattern: of those that begin with
// a row the one that the pattern prefers. Output: the partition's columns, then the `given` values,
// a row for each match or for each of its rows. Input and output have inserts only.
struct MatchSpec {
  std::vector<int> partition;
  int time_column = -1;  // event time
  std::vector<MatchVariable> variables;
  std::vector<int> begins;  // the positions of a first row, the preferred one first
  std::vector<MatchPosition> positions;
  std::vector<MatchValue> values;
  std::vector<int> given;  // of `values`; kCurrent with all_rows only
  MatchSkip skip = MatchSkip::kToNextRow;
  std::vector<int> skip_variables;  // of kToFirst and kToLast
  int64_t within_millis = 0;        // all rows are within less than that; 0: no limit
  std::string pattern;              // as SQL
  bool all_rows = false;            // ALL ROWS PER MATCH
  bool from_start = false;          // ^: a match begins with the first row of its partition
  bool to_end = false;              // $: it ends with the last one
  std::vector<SortKey> order;       // among rows of one time
};

// Whether the value is the time of the row that is given, or of the last row of the match: no
// earlier than the watermark then.
bool IsTimeGiven(const MatchValue& value, const MatchSpec& spec);
// "SKIP TO LAST b".
std::string SkipText(const MatchSpec& spec);
// "last(b.price, 1)", with columns by their names in `columns`.
std::string ToString(const MatchValue& value, const MatchSpec& spec,
                     const std::vector<std::string>& columns);

}  // namespace weir::graph
