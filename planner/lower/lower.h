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
enum class PhaseStrategy : uint8_t { kAuto, kOnePhase, kTwoPhase };

struct LowerOptions {
  uint32_t parallelism = 1;  // of the job; decides between one and two phases only
  PhaseStrategy phases = PhaseStrategy::kAuto;
  std::string time_zone = "UTC";  // of windows over TIMESTAMP_LTZ
};

// REQUIRES: `traits` are those of `plan`, whose nodes carry their identities. kUnsupported E1002
// where a type cannot be a key.
Result<graph::JobGraph> Lower(const logical::Plan& plan, const traits::TraitMap& traits,
                              const LowerOptions& options);

}  // namespace weir::lower
