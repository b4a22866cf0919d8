// What the tables of a plan would refuse when its job starts.
#pragma once

#include "conf/settings.h"
#include "runtime/graph/job_graph.h"
#include "shell/engine/jobs/running_job.h"
#include "shell/engine/jobs/secrets.h"

namespace weir::shell {

// Fails as a start would where the reason lies in the plan alone, such as columns that the format
// of a table does not have. Reaches nothing but files that options name, such as a schema's, and
// passes over a table whose secret is missing: a plan needs none.
Status CheckTables(const graph::JobGraph& graph, const EnginePorts& ports,
                   const conf::Settings& settings, const Secrets& secrets);

}  // namespace weir::shell
