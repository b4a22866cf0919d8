#include "runtime/connectors/filesystem/file_removal.h"

#include "runtime/base/local_path.h"
#include "runtime/connectors/connectors.h"
#include "runtime/connectors/filesystem/file_names.h"
#include "runtime/connectors/filesystem/found_links.h"
#include "runtime/connectors/filesystem/partition_path.h"
#include "runtime/fault_point.h"
#include "runtime/graph/typed_options.h"

namespace weir::connectors {
namespace {

// Whether a job of Weir has made the file for itself, or as the mark of a complete partition.
bool IsLeftBehind(const std::string& name, const FilesToRemove& which) {
  return name.starts_with(".part-") || name.starts_with(kOverwriteMarker) ||
         name == which.success_name;
}

// `directory`: the table's, `root`, or one that is found below it.
Status RemoveFrom(FileSystem& files, const std::string& root, const std::string& directory,
                  size_t keys, const FilesToRemove& which) {
  if (keys == 0) return RemoveFiles(files, directory, which);
  const Result<std::vector<FileInfo>> entries = files.List(directory);
  if (entries.status().code() == StatusCode::kNotFound) return {};
  for (const FileInfo& entry : TRY(entries)) {
    if (!entry.is_directory || FileName(entry.path).find('=') == std::string::npos) continue;
    if (entry.is_link) RETURN_IF_ERROR(CheckLink(entry.path, root));
    RETURN_IF_ERROR(RemoveFrom(files, root, entry.path, keys - 1, which));
    if (TRY(files.List(entry.path)).empty()) RETURN_IF_ERROR(files.RemoveRecursively(entry.path));
  }
  return {};
}

// Adds the directories of partitions that are `levels` below `below`, a path relative to `root`.
Status AddDirectories(FileSystem& files, const std::string& root, const std::string& below,
                      size_t levels, std::vector<std::string>& found) {
  const Result<std::vector<FileInfo>> entries = files.List(JoinPath(root, below));
  if (entries.status().code() == StatusCode::kNotFound) return {};
  for (const FileInfo& entry : TRY(entries)) {
    const std::string name = FileName(entry.path);
    if (!entry.is_directory || name.find('=') == std::string::npos) continue;
    if (entry.is_link) RETURN_IF_ERROR(CheckLink(entry.path, root));
    const std::string path = below.empty() ? name : JoinPath(below, name);
    if (levels == 1) {
      found.push_back(path);
    } else {
      RETURN_IF_ERROR(AddDirectories(files, root, path, levels - 1, found));
    }
  }
  return {};
}

}  // namespace

Result<FilesToRemove> FilesOf(const graph::TableOptions& options) {
  const graph::TypedOptions said(*FilesystemConnector().descriptor, options);
  FilesToRemove which;
  if (said.Has(kRegexPattern))
    which.matches = TRY(expr::CompileWholeMatch(said.Text(kRegexPattern)));
  which.success_name = said.Text("sink.partition-commit.success-file.name");
  return which;
}

Status RemoveFiles(FileSystem& files, const std::string& directory, const FilesToRemove& which) {
  const auto remove = [&](const std::string& path) -> Status {
    if (which.spares && which.spares(FileName(path))) return {};
    WEIR_FAULT_POINT("sink.before_remove");
    return files.Remove(path);
  };
  SkippedFiles unread;             // nobody reads them, so they are not the table's
  std::vector<std::string> links;  // their files are somebody else's, however they are read
  const std::vector<FileInfo> found =
      TRY(FindFilesOfTable(files, directory, which.matches, &unread,
                           DefectPlanted("removed-through-links") ? nullptr : &links));
  for (const std::string& link : links) RETURN_IF_ERROR(remove(link));
  for (const FileInfo& file : found) RETURN_IF_ERROR(remove(file.path));
  const Result<std::vector<FileInfo>> entries = files.List(directory);
  if (entries.status().code() == StatusCode::kNotFound) return {};
  for (const FileInfo& entry : TRY(entries)) {
    if (!entry.is_directory && IsLeftBehind(FileName(entry.path), which))
      RETURN_IF_ERROR(remove(entry.path));
  }
  return {};
}

Result<Spellings> OtherSpellings(FileSystem& files, const std::string& root,
                                 std::span<const Field> keys, std::string_view default_name) {
  std::vector<std::string> directories;
  RETURN_IF_ERROR(AddDirectories(files, root, {}, keys.size(), directories));
  Spellings spellings;
  for (std::string& directory : directories) {
    const std::optional<std::string> written = WrittenDirectory(directory, keys, default_name);
    if (written && *written != directory) spellings.emplace(*written, std::move(directory));
  }
  return spellings;
}

Status RemoveFilesOfPartitions(FileSystem& files, const std::string& directory, size_t keys,
                               const FilesToRemove& which) {
  if (keys == 0) return RemoveFiles(files, directory, which);
  std::vector<std::string> partitions;
  RETURN_IF_ERROR(AddDirectories(files, directory, {}, keys, partitions));
  for (const std::string& partition : partitions)
    RETURN_IF_ERROR(RemoveFiles(files, JoinPath(directory, partition), which));
  return {};
}

Status RemovePartitions(FileSystem& files, const graph::TableOptions& options, size_t keys) {
  const FilesToRemove which = TRY(FilesOf(options));
  const std::string root = TRY(LocalPath(graph::OptionValue(options, "path")));
  return RemoveFrom(files, root, root, keys, which);
}

}  // namespace weir::connectors
