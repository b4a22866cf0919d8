// Savepoints of jobs that go on, which Flink's SQL has no statement for.
#pragma once

#include <string>

#include "runtime/base/result.h"
#include "shell/flink/cluster/rest_caller.h"

namespace weir::shell::flink {

// Has the cluster write a savepoint of a running job, and waits until it is complete; can be
// interrupted. Its path. `directory` "": the cluster's default one (execution.checkpointing
// .savepoint-dir). kExternal E4010 with Flink's reason.
Result<std::string> TakeSavepoint(RestCaller& cluster, const std::string& job,
                                  const std::string& directory);

}  // namespace weir::shell::flink
