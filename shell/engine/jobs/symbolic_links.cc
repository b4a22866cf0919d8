#include "shell/engine/jobs/symbolic_links.h"

#include <algorithm>
#include <filesystem>
#include <system_error>

#include "shell/engine/jobs/stored_path.h"

namespace weir::shell {

std::vector<SymbolicLink> LinksAt(const std::string& path) {
  namespace fs = std::filesystem;
  std::vector<SymbolicLink> links;
  std::error_code ignored;
  const auto add = [&](const fs::path& link) {
    const fs::path target = link.parent_path() / fs::read_symlink(link, ignored);
    links.push_back({link.string(), AbsolutePath(target.string())});
  };
  if (fs::is_symlink(path, ignored)) {
    add(path);
    return links;
  }
  // A directory that cannot be read is passed over here, as it cannot be removed either: the
  // removal reports that.
  fs::recursive_directory_iterator entries(path, ignored);
  for (; entries != fs::recursive_directory_iterator(); entries.increment(ignored)) {
    if (entries->is_symlink(ignored)) add(entries->path());
  }
  std::ranges::sort(links, {}, &SymbolicLink::path);
  return links;
}

}  // namespace weir::shell
