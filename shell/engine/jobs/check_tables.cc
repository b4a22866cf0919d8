#include "shell/engine/jobs/check_tables.h"

#include <utility>
#include <variant>

#include "runtime/fault_point.h"
#include "shell/engine/jobs/secret_ports.h"

namespace weir::shell {

Status CheckTables(const graph::JobGraph& graph, const EnginePorts& ports,
                   const conf::Settings& settings, const Secrets& secrets) {
  if (DefectPlanted("tables-unasked")) return {};
  const expr::EvaluationContext evaluation{ports.clock, settings.Get("table.local-time-zone"),
                                           Timestamp{0}, 0};
  connectors::ConnectorContext context;
  context.files = ports.files;
  context.clock = ports.clock;
  context.evaluation = &evaluation;
  for (const graph::Node& node : graph.nodes) {
    Status status;
    if (const auto* scan = std::get_if<graph::ScanSpec>(&node.spec)) {
      status = CheckSource(*scan, context, secrets);
    } else if (const auto* lookup = std::get_if<graph::LookupSpec>(&node.spec)) {
      status = CheckSource(lookup->scan, context, secrets);
    } else if (const auto* sink = std::get_if<graph::SinkSpec>(&node.spec)) {
      status = CheckSink(*sink, context, secrets);
    }
    if (!status.ok() && status.id() != "E6006") return std::move(status).WithContext(node.name);
  }
  return {};
}

}  // namespace weir::shell
