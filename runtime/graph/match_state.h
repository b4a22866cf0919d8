// Decisions about the state of MATCH_RECOGNIZE that StateOf, meanings and the operator take alike.
#pragma once

#include <string>
#include <vector>

#include "runtime/graph/operator_spec.h"

namespace weir::graph {

// Which rows of some variables a run remembers: as many of the first and of the last ones as values
// read, and all of them where a value aggregates them. Without aggregates, and ALL ROWS PER MATCH,
// the memory of a run does not grow with its rows.
struct MatchGroup {
  std::vector<int> variables;  // as of MatchValue
  int shift = 0;               // the rows so far from those are remembered in their place
  int firsts = 0;
  int lasts = 0;
  bool all = false;
  bool classified = false;  // with the variables that the firsts and lasts were taken as
};

// The cells of a run, each a row or none: for each group its firsts, its lasts with the newest one
// in front, the end of the list of all, and the variables of the firsts and lasts. In the end the
// path: the end of the list of all rows with their positions, for values that are only known when
// the match is complete, and for each of its rows.
struct MatchCells {
  std::vector<MatchGroup> groups;
  std::vector<int> begins;  // of each group among the cells
  int count = 0;
  int path = -1;  // -1: there is none
  // By group and cell; REQUIRES: the group has them.
  int First(size_t group) const { return begins[group]; }
  int Last(size_t group) const { return begins[group] + groups[group].firsts; }
  int All(size_t group) const { return Last(group) + groups[group].lasts; }
  // The variable of the row in the cell at First(group); those of the others follow.
  int Classes(size_t group) const { return All(group) + (groups[group].all ? 1 : 0); }
  // The group of these variables and this shift.
  size_t GroupOf(const std::vector<int>& variables, int shift = 0) const;
};
MatchCells CellsOf(const MatchSpec& spec);

// What is remembered of partitions, with runs or without.
struct MatchReach {
  int before = 0;  // PREV: how many of the rows that came last
  int behind = 0;  // NEXT: for how many rows behind its end a match waits
  bool numbered = false;
};
MatchReach ReachOf(const MatchSpec& spec);
// The cells as text: "a: 1 first, 2 last; all".
std::string ToString(const MatchCells& cells, const MatchSpec& spec);

// The columns of the input that are kept of a row that has matched, ascending.
std::vector<int> KeptByMatch(const MatchSpec& spec);
// The columns that are stored while rows wait.
std::vector<int> WaitingColumns(const MatchSpec& spec, const Schema& input);

// The tables of a Match, in this order:
//   "waiting", kList in slices of time: partition -> WaitingColumns and "sequence", as those of an
//     OverAggregate.
//   "runs", kValue: partition -> "next", the number of the next row; "pending", the time of the
//     last row of the first match that may still be another one, or NULL; "expires", what the
//     partition is in "expiring" with, or NULL; "runs", the runs (operators/match/run_codec.h).
//     Only partitions with runs are there, and those of which something has to be remembered.
//     With all_rows "pending" is the time of the first row that runs have.
//   "rows", kMap: partition -> "row", a number -> KeptByMatch. The rows that are remembered.
//   "expiring", kList in slices of time: partition -> "due" and "sequence". When the watermark
//     passes the first row of a partition's runs by `within_millis`.
// Times in milliseconds. Operator state "progress" and "sequence".
// Names and types of these fields are persisted.
OperatorStateSchema StateOfMatch(const MatchSpec& spec, const Schema& input);

}  // namespace weir::graph
