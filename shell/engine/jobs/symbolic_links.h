// Symbolic links among files that are to be removed: the link is removed, and its target stays.
#pragma once

#include <string>
#include <vector>

#include "runtime/file_system.h"

namespace weir::shell {

struct SymbolicLink {
  std::string path;
  std::string target;  // where it leads, absolute
};

// `path` itself if it is a link, or the links below the directory; none is followed. Empty when
// nothing is there.
std::vector<SymbolicLink> LinksAt(FileSystem& files, const std::string& path);

}  // namespace weir::shell
