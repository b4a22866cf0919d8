// What Flink's operators keep, in the order in which they keep it. Flink finds columns and
// accumulators by their places, checks their types alone, and takes whatever lies there: an edit
// that exchanges two columns of one type goes on with each other's values and says nothing.
#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

#include "runtime/base/result.h"

namespace weir::shell::flink {

struct KeptColumn {
  std::string text;  // what it is made of: "orders.v", "$+$1(orders.v, 1):BIGINT"
  std::string type;  // as the plan has it
  friend bool operator==(const KeptColumn&, const KeptColumn&) = default;
};

struct KeptState {
  std::vector<KeptColumn> keys;
  std::vector<KeptColumn> columns;  // of the rows that it keeps, of all inputs
  std::vector<KeptColumn> calls;    // an accumulator each
  // What its rows have passed since they left the operators below.
  std::set<std::string> conditions;
  // What else decides how it keeps them, by a name in words: "the order" -> "…".
  std::map<std::string, std::string> traits;
};

// By the numbers of nodes, for all that may keep something. kExternal E4010 for what is no plan.
Result<std::map<int, KeptState>> ReadKeptStates(const std::string& json);

}  // namespace weir::shell::flink
