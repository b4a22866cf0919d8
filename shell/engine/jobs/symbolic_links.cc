#include "shell/engine/jobs/symbolic_links.h"

#include <algorithm>
#include <filesystem>
#include <system_error>

#include "shell/engine/jobs/stored_path.h"

namespace weir::shell {
namespace {

SymbolicLink Followed(const std::string& path) {
  namespace fs = std::filesystem;
  std::error_code ignored;
  const fs::path target = fs::path(path).parent_path() / fs::read_symlink(path, ignored);
  return {path, AbsolutePath(target.string())};
}

// A directory that cannot be read is passed over here, as it cannot be removed either: the removal
// reports that. Without std::filesystem's iterators, which end the process where memory ends.
void AddBelow(FileSystem& files, const std::string& directory, std::vector<SymbolicLink>& links) {
  const Result<std::vector<FileInfo>> entries = files.List(directory);
  if (!entries.ok()) return;
  for (const FileInfo& entry : *entries) {
    if (entry.is_link) {
      links.push_back(Followed(entry.path));
    } else if (entry.is_directory) {
      AddBelow(files, entry.path, links);
    }
  }
}

}  // namespace

std::vector<SymbolicLink> LinksAt(FileSystem& files, const std::string& path) {
  std::error_code ignored;
  if (std::filesystem::is_symlink(path, ignored)) return {Followed(path)};
  std::vector<SymbolicLink> links;
  AddBelow(files, path, links);
  std::ranges::sort(links, {}, &SymbolicLink::path);
  return links;
}

}  // namespace weir::shell
