// What is known of a job that runs on Flink: its plan with our numbers, and its operators as our
// planner describes them. Kept so that an edited query can be compared with it.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "runtime/base/result.h"
#include "runtime/checkpoint_storage.h"
#include "shell/flink/plan/match.h"

namespace weir::shell::flink {

struct RunningPlan {
  std::string job;                  // Flink's id of it; "" for one that does not run yet
  std::string plan;                 // JSON, numbered, by flink::WithoutTables
  std::vector<NumberedNode> nodes;  // with the numbers of `plan`; those with state at least
  CheckpointMetadata operators;     // of ours, by checkpoint::SavedFormOf
};

// The bytes of a record: "WEIRFLK1", CRC-32C of the rest, then the fields, with strings and lists
// by varint lengths (state/FORMAT.md). Nodes without state are left out.
Result<std::string> EncodeRunningPlan(const RunningPlan& plan);
// kCorruption for anything else.
Result<RunningPlan> DecodeRunningPlan(std::string_view bytes);

}  // namespace weir::shell::flink
