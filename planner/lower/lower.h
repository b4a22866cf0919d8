// From the logical plan to the graph of physical operators: which operator does what, how rows get
// from one to the next, and on how many subtasks.
#pragma once

#include <cstdint>
#include <string>

#include "planner/logical/plan.h"
#include "planner/traits/traits.h"
#include "runtime/base/result.h"
#include "runtime/graph/job_graph.h"

namespace weir::lower {

// table.optimizer.agg-phase-strategy. kAuto: two phases where they can pay.
// They pay where there are several subtasks and what is buffered leaves soon: with a watermark, or
// at the end of bounded input (Flink: "Local-Global Aggregation").
enum class PhaseStrategy : uint8_t { kAuto, kOnePhase, kTwoPhase };

struct LowerOptions {
  uint32_t parallelism = 1;  // of the job; decides between one and two phases only
  PhaseStrategy phases = PhaseStrategy::kAuto;
  std::string time_zone = "UTC";  // of windows over TIMESTAMP_LTZ
};

// REQUIRES: `traits` are those of `plan`, whose nodes carry their identities. kUnsupported E1002
// where a type cannot be a key.
// Pure. One graph node a logical node, but: a projection with the filters below it is one Calc, and
// a two-phase aggregate is two nodes, the first under the uid of the second and ".local". Nodes
// come producers first. Exchanges: hash by the keys of aggregates, joins and ranks; singleton where
// there are none; rebalance behind a single subtask; a sink is fed by its primary key where the
// changes are not spread by it already.
Result<graph::JobGraph> Lower(const logical::Plan& plan, const traits::TraitMap& traits,
                              const LowerOptions& options);

}  // namespace weir::lower
