// Decisions about the state of MATCH_RECOGNIZE that StateOf, meanings and the operator take alike.
#pragma once

#include <string>
#include <vector>

#include "runtime/graph/operator_spec.h"

namespace weir::graph {

// Which rows of some variables a run remembers: as many of the first and of the last ones as values
// read, and all of them where a value aggregates them. Without aggregates the memory of a run does
// not grow with its rows.
struct MatchGroup {
  std::vector<int> variables;  // as of MatchValue
  int firsts = 0;
  int lasts = 0;
  bool all = false;
};

// The cells of a run, each a row or none: for each group its firsts, its lasts with the newest one
// in front, and the end of the list of all.
struct MatchCells {
  std::vector<MatchGroup> groups;
  std::vector<int> begins;  // of each group among the cells
  int count = 0;
  // By group and cell; REQUIRES: the group has them.
  int First(size_t group) const { return begins[group]; }
  int Last(size_t group) const { return begins[group] + groups[group].firsts; }
  int All(size_t group) const { return Last(group) + groups[group].lasts; }
  // The group of these variables.
  size_t GroupOf(const std::vector<int>& variables) const;
};
MatchCells CellsOf(const MatchSpec& spec);
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
//     Only partitions with runs are there.
//   "rows", kMap: partition -> "row", a number -> KeptByMatch. The rows that runs remember.
//   "expiring", kList in slices of time: partition -> "due" and "sequence". When the watermark
//     passes the first row of a partition's runs by `within_millis`.
// Times in milliseconds. Operator state "progress" and "sequence".
// Names and types of these fields are persisted.
OperatorStateSchema StateOfMatch(const MatchSpec& spec, const Schema& input);

}  // namespace weir::graph
