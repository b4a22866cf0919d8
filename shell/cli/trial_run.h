// Runs a job for its figures: as it would run, but that its sinks keep nothing and that it leaves
// nothing behind. For weir flink advise.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "shell/engine/engine.h"
#include "shell/flink/advise/sizing.h"

namespace weir::shell {

struct TrialOperator {
  std::string uid;
  std::string kind;   // graph::OperatorKindName
  uint64_t rows = 0;  // the greater of those in and out
  double busy_seconds = 0;
  // When the job had most state.
  uint64_t state_rows = 0;
  uint64_t state_bytes = 0;
};

// Figures of a run. Plain values.
struct Trial {
  std::vector<TrialOperator> operators;  // in the graph's order
  bool ended = false;                    // its input did; otherwise the time was over
  double seconds = 0;                    // by the clock
  // narrow_seconds and narrow_uid are of the busiest chain that has one task, whatever the job's
  // parallelism is, and of the operator in it that was longest; 0 and "" where the job is to have
  // one task.
  flink::RunFigures figures;
};

// The job is stopped after `most_millis`, if its input has not ended before; generators give rows
// as fast as they are taken, whatever their 'rows-per-second'.
// Its directory is one of its own, which is gone when this returns; secrets are those of `session`,
// whose cancelling ends it (kCancelled E8001). Errors are those of a start, and the job's failure:
// it is not started again. E1002 where reading a table changes what others read of it.
Result<Trial> RunForFigures(Session& session, JobRequest request, int64_t most_millis);

}  // namespace weir::shell
