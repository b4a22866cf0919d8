// Converts the logical plan into the graph of physical operators: which operators there are, how
// rows get from one to the next, and on how many subtasks.
#pragma once

#include <cstdint>
#include <string>

#include "planner/logical/plan.h"
#include "planner/traits/traits.h"
#include "runtime/base/result.h"
#include "runtime/graph/job_graph.h"

namespace weir::lower {

// table.optimizer.agg-phase-strategy. kAuto uses two phases where that can pay: with several
// subtasks, and if buffered rows leave soon, by a watermark or at the end of bounded input (Flink:
// "Local-Global Aggregation").
// kAtAnyParallelism is kAuto with a plan that is the same at every parallelism.
enum class PhaseStrategy : uint8_t { kAuto, kOnePhase, kTwoPhase, kAtAnyParallelism };

// table.exec.sink.keyed-shuffle: whether inserts into a table with a PRIMARY KEY go by it to one
// writer each. kAuto: where there are not as many writers as subtasks before them. Changes always
// do.
enum class KeyedShuffle : uint8_t { kAuto, kNone, kForce };

struct LowerOptions {
  uint32_t parallelism = 1;  // of the job; decides between one and two phases only
  PhaseStrategy phases = PhaseStrategy::kAuto;
  std::string time_zone = "UTC";  // of windows over TIMESTAMP_LTZ
  KeyedShuffle keyed_shuffle = KeyedShuffle::kAuto;
};

// Pure. Makes one graph node for each logical node, except that a projection with the filters below
// it is one Calc, and a two-phase aggregate is two nodes, the first with the uid of the second and
// ".local". Producers come first. Exchanges are hash by the keys of aggregates, joins and ranks,
// singleton if there are no keys, and rebalance behind a single subtask; a sink is fed by its
// primary key unless its input is distributed by that already. kUnsupported E1002 if a type cannot
// be a key. REQUIRES: `traits` belong to `plan`, whose nodes have their identities.
Result<graph::JobGraph> Lower(const logical::Plan& plan, const traits::TraitMap& traits,
                              const LowerOptions& options);

}  // namespace weir::lower
