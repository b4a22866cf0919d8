#include "shell/engine/jobs/memory_checkpoints.h"

#include <fmt/format.h>

#include "runtime/connectors/registry.h"
#include "runtime/graph/any_table_options.h"
#include "runtime/memory_files.h"

namespace weir::shell {

bool KeepsCheckpointsInMemory(const conf::Settings& settings) {
  constexpr std::string_view kKey = "execution.checkpointing.storage";
  constexpr std::string_view kAuto = "auto";
  std::string storage = settings.Get(kKey);
  const bool said = storage != kAuto && settings.given_values().contains(std::string(kKey));
  const std::string backend = settings.Get("state.backend.type");
  if (!said && (backend == "jobmanager" || backend == "filesystem")) storage = backend;
  if (storage != kAuto) return storage == "jobmanager";
  return settings.Get("execution.checkpointing.dir").empty() &&
         settings.GetMillis("execution.checkpointing.interval") > 0;
}

std::string MemoryPlace(const std::string& job_id) {
  return std::string(kMemoryScheme) + job_id;
}

Status CheckSinksForMemory(const graph::JobGraph& graph) {
  for (const graph::Node& node : graph.nodes) {
    const auto* sink = std::get_if<graph::SinkSpec>(&node.spec);
    if (sink == nullptr) continue;
    const std::string connector(graph::OptionValue(sink->options, "connector"));
    const graph::ConnectorDescriptor* known =
        connectors::BuiltinConnectors().FindConnector(connector);
    if (known == nullptr || !graph::DeliversExactlyOnce(*known, sink->options)) continue;
    return Status::InvalidArgument(
               fmt::format("table {} (connector {}) and 'execution.checkpointing.storage' = "
                           "'jobmanager' contradict each other: its output is committed exactly "
                           "once, by checkpoints, and those that are in memory are forgotten when "
                           "the process ends",
                           sink->table, connector))
        .WithId("E6002")
        .WithSpan(node.span)
        .WithHint(
            "keep checkpoints in files: SET 'execution.checkpointing.storage' = 'filesystem', or "
            "say a directory for them: SET 'execution.checkpointing.dir' = 'directory'");
  }
  return {};
}

}  // namespace weir::shell
