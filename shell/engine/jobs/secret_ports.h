// How a job's sources and sinks get the secrets that their options refer to.
#pragma once

#include <string>

#include "runtime/connectors/registry.h"
#include "runtime/task/job_options.h"
#include "shell/engine/jobs/secrets.h"

namespace weir::shell {

// The same options with the values of secrets in them. E6006, with the table and the option, for
// one that cannot be used.
Result<graph::TableOptions> WithSecrets(const graph::TableOptions& options,
                                        const std::string& table, const Secrets& secrets);

// The same ports, whose sources and sinks have the values of secrets. In what those report as a
// failure '******' stands for each value.
task::JobPorts WithSecrets(task::JobPorts ports, const Secrets& secrets);

// As connectors::CheckSource and CheckSink, with the values of secrets and as secretive of them.
Status CheckSource(const graph::ScanSpec& spec, const connectors::ConnectorContext& context,
                   const Secrets& secrets);
Status CheckSink(const graph::SinkSpec& spec, const connectors::ConnectorContext& context,
                 const Secrets& secrets);

}  // namespace weir::shell
