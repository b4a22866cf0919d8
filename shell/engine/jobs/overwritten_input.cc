#include "shell/engine/jobs/overwritten_input.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <string>
#include <system_error>
#include <vector>

#include "runtime/base/local_path.h"
#include "runtime/base/names.h"
#include "runtime/connectors/filesystem/file_names.h"
#include "runtime/fault_point.h"
#include "runtime/graph/typed_options.h"
#include "shell/engine/jobs/stored_path.h"

namespace weir::shell {
namespace {

namespace fs = std::filesystem;

// The path of a table of files as it was written; "" for other tables.
std::string PathOf(const graph::TableOptions& options) {
  if (!EqualsIgnoreCase(graph::OptionValue(options, "connector"), "filesystem")) return "";
  Result<std::string> path = FilePath(graph::OptionValue(options, "path"));
  return path.ok() ? *std::move(path) : "";
}

// Absolute and without symbolic links, as far as it is there.
fs::path Resolved(const std::string& path) {
  std::error_code failed;
  fs::path resolved = fs::weakly_canonical(AbsolutePath(path), failed);
  return failed ? fs::path(AbsolutePath(path)) : resolved;
}

// Whether a scan of the directory `above` reads files that lie in `directory`: it leaves out what
// is below hidden names.
bool ReadsBelow(const fs::path& above, const fs::path& directory) {
  const auto [end, rest] =
      std::mismatch(above.begin(), above.end(), directory.begin(), directory.end());
  return end == above.end() && std::none_of(rest, directory.end(), [](const fs::path& name) {
           return name.native().starts_with('.') || name.native().starts_with('_');
         });
}

bool Reads(const std::string& path, const fs::path& directory, FileSystem& files) {
  const fs::path resolved = Resolved(path);
  const bool nested = ReadsBelow(resolved, directory) || ReadsBelow(directory, resolved);
  if (!connectors::IsGlob(path) && nested) return true;
  connectors::SkippedFiles skipped;
  const Result<std::vector<FileInfo>> found = connectors::FindFiles(files, path, &skipped);
  // Files that cannot be listed are no reason to refuse here: the source says why when it starts.
  return found.ok() && std::ranges::any_of(*found, [&](const FileInfo& file) {
           return ReadsBelow(directory, Resolved(file.path));
         });
}

const graph::ScanSpec* ScanOf(const graph::Node& node) {
  if (const auto* lookup = std::get_if<graph::LookupSpec>(&node.spec)) return &lookup->scan;
  return std::get_if<graph::ScanSpec>(&node.spec);
}

Status Refused(const graph::Node& node, const std::string& written, const std::string& read) {
  return Status::InvalidSql(
             fmt::format("INSERT OVERWRITE of table {} would remove files that the same statement "
                         "reads as table {}",
                         written, read))
      .WithId("E2015")
      .WithSpan(node.span)
      .WithHint(
          "write into another directory, and move its files when the job has finished; INSERT INTO "
          "leaves what is there");
}

}  // namespace

bool HasFilesOf(const std::string& path, const std::string& directory, FileSystem& files) {
  const Result<std::string> local = FilePath(directory);
  return local.ok() && Reads(path, Resolved(*local), files);
}

Status CheckOverwrittenInput(const graph::JobGraph& graph, FileSystem& files) {
  if (DefectPlanted("input-overwritten")) return {};
  for (const graph::Node& node : graph.nodes) {
    const auto* sink = std::get_if<graph::SinkSpec>(&node.spec);
    const std::string written = sink != nullptr && sink->overwrite ? PathOf(sink->options) : "";
    if (written.empty()) continue;
    const fs::path directory = Resolved(written);
    for (const graph::Node& other : graph.nodes) {
      const graph::ScanSpec* scan = ScanOf(other);
      const std::string read = scan != nullptr ? PathOf(scan->options) : "";
      if (!read.empty() && Reads(read, directory, files))
        return Refused(node, sink->table, scan->table);
    }
  }
  return {};
}

}  // namespace weir::shell
