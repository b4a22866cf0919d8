// The shapes of a plan of ours.
#pragma once

#include "planner/logical/plan.h"
#include "shell/flink/plan/shape.h"

namespace weir::shell::flink {

// `plan` has identities: PlannedJob::optimized. Shapes are named by their uids.
Shapes ShapesOf(const logical::Plan& plan);

}  // namespace weir::shell::flink
