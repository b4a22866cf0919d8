// Flink's operators with state, each with the operator of ours that it is: by what they are (kind,
// keys, calls, tables, sinks), never by their order.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "runtime/base/result.h"
#include "shell/flink/plan/flink_plan.h"

namespace weir::shell::flink {

// A node of Flink's plan with its new number, which depends on nothing but `name` and the node's
// type, so that it is the same after an edit elsewhere.
struct NumberedNode {
  int former = 0;
  int id = 0;
  std::string type;
  std::string description;
  // Our uid for a node with state, with what it is read by behind a blank where several nodes stand
  // for one operator of ours; for others the nearest operators that read them, behind a '~'.
  std::string name;
  bool has_state = false;
  std::vector<std::string> uids;  // of the operators of ours that it is; none without state
};

// One for each node of the plan, in its order. kExternal E4010 that names the node where one with
// state is none of `ours`, or may be several of them.
Result<std::vector<NumberedNode>> NumberNodes(const FlinkPlan& plan, const Shapes& ours);

// The new numbers by the former ones, for Renumbered.
std::map<int, int> NewNumbers(const std::vector<NumberedNode>& nodes);

}  // namespace weir::shell::flink
