// What a restore does with output: rows that a savepoint holds, and what a checkpoint promised.
// Judged before anything starts, for RESTORE and EXPLAIN RESTORE alike.
#include <fmt/format.h>

#include <algorithm>

#include "planner/ast/to_sql.h"
#include "runtime/checkpoint/fingerprint.h"
#include "runtime/connectors/filesystem/promised_file.h"
#include "runtime/connectors/formats/format.h"
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

// Whether an option says how the rows of a table are written.
bool IsOfRecords(const std::string& name, const std::string& format) {
  return name == "format" || name == "partition.default-name" || name.starts_with(format + ".");
}

// Rows that a savepoint holds are files as they were written: they are put into the new table as
// they are. E7002 where that has other directories, formats, or columns that records do not name.
Status CheckHeldRows(const graph::Node& node, const OperatorCheckpoint& saved,
                     const graph::SinkSpec& spec, uint64_t rows) {
  const std::string name(graph::OptionValue(spec.options, "format"));
  const connectors::Format* format = connectors::FindFormat(name);
  if (graph::OptionValue(spec.options, "connector") != "filesystem" || format == nullptr) return {};
  std::vector<std::string_view> said{"directory", "option"};
  if (!format->descriptor->names_columns) said.insert(said.end(), {"column", "places"});
  const auto records = [&](const std::string& fingerprint) {
    std::vector<checkpoint::MeaningPart> parts = checkpoint::ParseMeaning(fingerprint);
    std::erase_if(parts, [&](checkpoint::MeaningPart& part) {
      if (part.part == "column") part.text.clear();  // what is computed does not matter
      return part.part == "option" && !IsOfRecords(part.name, name);
    });
    return parts;
  };
  const std::string& now =
      node.renamed_fingerprint.empty() ? node.fingerprint : node.renamed_fingerprint;
  const std::vector<checkpoint::MeaningPart> before = records(saved.fingerprint);
  const std::vector<checkpoint::MeaningPart> after = records(now);
  // Those of other versions do not say the same things.
  if (checkpoint::TextOf(before, "version") != checkpoint::TextOf(after, "version")) return {};
  const std::string other = checkpoint::DifferenceInWords(before, after, said, {});
  if (other.empty() || DefectPlanted("held-rows-as-they-are")) return {};
  return Status::RestoreRefused(
             fmt::format("{} that the savepoint holds are written as the former table has them: {}",
                         Plural(rows, "row"), other))
      .WithId("E7002")
      .WithHint("restore with the table as it was and STOP JOB, which writes them; then change it")
      .WithContext(node.uid);
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
      RETURN_IF_ERROR(CheckHeldRows(*node, *saved, spec, rows));
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
