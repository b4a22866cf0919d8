#include "shell/engine/jobs/working_directory.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <optional>

#include "runtime/base/local_path.h"
#include "runtime/base/plain_path.h"
#include "runtime/checkpoint/fingerprint.h"
#include "runtime/fault_point.h"
#include "runtime/graph/connector_descriptor.h"
#include "runtime/graph/meaning_line.h"
#include "shell/engine/jobs/stored_path.h"

namespace weir::shell {
namespace {

using checkpoint::MeaningPart;

constexpr std::string_view kPart = "below";  // name: the data directory; text: the working one

bool IsRelative(std::string_view path) {
  const Result<std::string> local = FilePath(path);
  return local.ok() && !IsAbsolutePath(*local);
}

bool HasRelativePath(const std::vector<MeaningPart>& meaning) {
  constexpr std::string_view kLookedUp = "path = ";
  return std::ranges::any_of(meaning, [&](const MeaningPart& part) {
    if (part.part == "option" && graph::IsPathOption(part.name)) return IsRelative(part.text);
    const size_t path = part.part == "lookup" ? part.text.find(kLookedUp) : std::string::npos;
    return path != std::string::npos && IsRelative(part.text.substr(path + kLookedUp.size()));
  });
}

// The directories that were noted for the first table with a relative path; nullopt if there is no
// such table, or an earlier build did not note them.
std::optional<MeaningPart> Noted(const CheckpointMetadata& from) {
  for (const OperatorCheckpoint& op : from.operators) {
    for (MeaningPart& part : checkpoint::ParseMeaning(op.fingerprint)) {
      if (part.part == kPart) return std::move(part);
    }
  }
  return std::nullopt;
}

}  // namespace

bool HasRelativePaths(const graph::JobGraph& graph) {
  return std::ranges::any_of(graph.nodes, [](const graph::Node& node) {
    return HasRelativePath(checkpoint::ParseMeaning(node.fingerprint));
  });
}

void NoteWorkingDirectory(const std::string& root, graph::JobGraph& graph) {
  if (DefectPlanted("relative-tables-unnoted")) return;
  const std::string note = graph::MeaningLine(kPart, AbsolutePath(root), WorkingDirectory());
  for (graph::Node& node : graph.nodes) {
    if (HasRelativePath(checkpoint::ParseMeaning(node.fingerprint))) node.fingerprint += note;
  }
}

std::string DirectoryOfTables(const CheckpointMetadata& from, const std::string& root,
                              FileSystem& files) {
  const std::optional<MeaningPart> noted = Noted(from);
  const bool stays = noted && noted->name == AbsolutePath(root) && files.Stat(noted->text).ok();
  return stays ? noted->text : WorkingDirectory();
}

Status CheckWorkingDirectory(const CheckpointMetadata& from, const std::string& root,
                             FileSystem& files) {
  const std::string before = DirectoryOfTables(from, root, files);
  const std::string now = WorkingDirectory();
  if (before == now) return {};
  return Status::RestoreRefused(
             fmt::format("the job has tables with relative paths, which were below {} and would be "
                         "below {} now",
                         before, now))
      .WithId("E7002")
      .WithHint(fmt::format("start weir in {}; EXPLAIN RESTORE JOB … FROM LATEST CHECKPOINT says "
                            "what would become of the job here",
                            before));
}

}  // namespace weir::shell
