// A plan as Flink's COMPILE PLAN writes it: JSON, "nodes" in an order in which inputs come first,
// and "edges" between their numbers.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "runtime/base/result.h"
#include "shell/flink/plan/shape.h"

namespace weir::shell::flink {

struct FlinkNode {
  int id = 0;
  std::string type;         // "group-aggregate", without "stream-exec-" and its version
  std::string description;  // "GroupAggregate(groupBy=[k], select=[k, COUNT(*) AS n])"
  std::vector<int> inputs;  // ids, the left one first
  int shape = -1;           // of FlinkPlan::shapes; -1: it keeps no state
};

struct FlinkPlan {
  std::string version;  // "2.3"
  std::vector<FlinkNode> nodes;
  Shapes shapes;  // named by their descriptions
};

// kExternal E4010 for what is no such plan, and for one with a kind of node that may keep
// state and is not known here, named by its description. Reads 64 MB at most.
Result<FlinkPlan> ReadFlinkPlan(const std::string& json);

// The same plan with other numbers, by their old ones. REQUIRES: `json` was read.
Result<std::string> Renumbered(const std::string& json, const std::map<int, int>& ids);

// The same plan without the definitions of its tables, which have passwords in their options. It
// cannot be executed. REQUIRES: `json` was read.
Result<std::string> WithoutTables(const std::string& json);

}  // namespace weir::shell::flink
