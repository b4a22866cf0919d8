// What an edited query makes of the state of a job on Flink: weir flink explain-restore, and what
// restore asks first.
#pragma once

#include <vector>

#include "runtime/base/result.h"
#include "runtime/graph/job_graph.h"
#include "shell/cli/command_line.h"
#include "shell/flink/restore/compare_plans.h"
#include "shell/output/render.h"

namespace weir::shell {

class FlinkRestore {
 public:
  // `before`: what the job runs. The line outlives it.
  FlinkRestore(const CommandLine& line, flink::RunningPlan before)
      : line_(line), before_(std::move(before)) {}

  // kExternal E4010 for a plan that cannot be read. `graph` is our plan of `after`.
  Status Compare(const flink::RunningPlan& after, const graph::JobGraph& graph);
  // The verdicts on standard output, and below them what restore would ask for.
  Status Show(const RenderOptions& render) const;
  // kRestoreRefused E7002 that names what --accept and -n do not allow, and what no option does.
  Status Refusal() const;

 private:
  const CommandLine& line_;
  const flink::RunningPlan before_;
  std::vector<flink::FlinkVerdict> verdicts_;
};

}  // namespace weir::shell
