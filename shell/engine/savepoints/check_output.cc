// What a restore does with output: rows that a savepoint holds, and what a checkpoint promised.
// Judged before anything starts, for RESTORE and EXPLAIN RESTORE alike.
#include <fmt/format.h>

#include <algorithm>

#include "planner/ast/to_sql.h"
#include "runtime/connectors/filesystem/promised_file.h"
#include "runtime/fault_point.h"
#include "shell/engine/jobs/secret_ports.h"
#include "shell/engine/jobs/table_paths.h"
#include "shell/engine/savepoints/savepoints.h"
#include "shell/engine/text/quantity.h"

namespace weir::shell {
namespace {

// The sinks of the new query that continue with saved state: the node, and what was saved of it.
std::vector<std::pair<const graph::Node*, const OperatorCheckpoint*>> SinksThatGoOn(
    const SnapshotUse& use) {
  std::vector<std::pair<const graph::Node*, const OperatorCheckpoint*>> sinks;
  for (const checkpoint::RestoreRow& row : use.plan->rows) {
    const bool goes_on = row.node >= 0 && !row.saved_uid.empty() && !row.starts_empty &&
                         row.verdict != checkpoint::Verdict::kIncompatible;
    if (!goes_on) continue;
    const graph::Node& node = use.graph->nodes.at(static_cast<size_t>(row.node));
    if (!std::holds_alternative<graph::SinkSpec>(node.spec)) continue;
    for (const OperatorCheckpoint& op : use.from->operators) {
      if (op.uid == row.saved_uid) sinks.emplace_back(&node, &op);
    }
  }
  return sinks;
}

bool IsIn(const std::string& place, const std::string& directory) {
  return place == directory || place.starts_with(directory == "/" ? directory : directory + "/");
}

// A checkpoint from elsewhere could make files visible in any directory. kCorruption E7001 unless
// the files that the sink promised lie at `place`, where the new query writes, in a table of the
// snapshot's own SQL, or in a directory that the user allows.
Status CheckPlace(const SnapshotUse& use, const OperatorCheckpoint& saved, const std::string& place,
                  const std::vector<std::string>& allowed) {
  const bool promises = !saved.place.empty() && !saved.committables.empty();
  if (!promises || saved.place == place || LiesAt(use.from->definitions, saved.place)) return {};
  const auto allows = [&](const std::string& directory) { return IsIn(saved.place, directory); };
  if (std::ranges::any_of(allowed, allows) || DefectPlanted("any-place-believed")) return {};
  return Status::Corruption(
             fmt::format("files are promised in a directory that no table of the checkpoint's SQL "
                         "has: {}",
                         saved.place))
      .WithId("E7001")
      .WithHint(fmt::format("nothing was changed; if they are its job's all the same: SET "
                            "'state.savepoints.allowed-output-paths' = {};",
                            ast::QuoteString(saved.place)));
}

}  // namespace

Result<std::vector<std::string>> Savepoints::CheckOutput(const SnapshotUse& use) const {
  std::vector<std::string> notices;
  connectors::ConnectorContext context;
  context.files = parts_.ports.files;
  context.clock = parts_.ports.clock;
  const Secrets secrets(parts_.registry.directory().path());
  for (const auto& [node, saved] : SinksThatGoOn(use)) {
    graph::SinkSpec spec = std::get<graph::SinkSpec>(node->spec);
    spec.uid = node->uid;
    spec.options = TRY(WithSecrets(spec.options, spec.table, secrets));
    const std::unique_ptr<Sink> sink = TRY(connectors::MakeSink(spec, context));
    Status placed = CheckPlace(use, *saved, sink->Place(), parts_.snapshots.allowed_output());
    const bool ours = TRY(parts_.snapshots.IsTrusted(use.path));
    if (!placed.ok() && !ours) return std::move(placed).WithContext(node->uid);
    Result<MissingOutput> missing = sink->FindMissing(SavedOutputOf(*use.from, *saved));
    if (!missing.ok()) return std::move(missing).status().WithContext(node->uid);
    uint64_t rows = 0;
    for (const OutputRows& held : saved->output) rows += held.rows;
    if (!saved->output.empty()) {
      notices.push_back(
          fmt::format("NOTICE: {}: {} that the savepoint holds are written again, as its job had "
                      "not committed them",
                      node->uid, Plural(rows, "row")));
    }
    for (const std::string& name : missing->names) {
      notices.push_back(fmt::format(
          "NOTICE: {}: nowhere, so that a restore takes it for committed and taken away: {}",
          node->uid, name));
    }
  }
  return notices;
}

}  // namespace weir::shell
