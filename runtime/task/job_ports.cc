#include "runtime/connectors/registry.h"
#include "runtime/operators/factory/factory.h"
#include "runtime/task/job_options.h"

namespace weir::task {

JobPorts BuiltinPorts(const connectors::ConnectorContext& context) {
  JobPorts ports;
  ports.make_source = [&context](const graph::ScanSpec& spec) {
    return connectors::MakeSource(spec, context);
  };
  ports.make_sink = [&context](const graph::SinkSpec& spec) {
    return connectors::MakeSink(spec, context);
  };
  ports.make_operator = operators::MakeOperator;
  return ports;
}

}  // namespace weir::task
