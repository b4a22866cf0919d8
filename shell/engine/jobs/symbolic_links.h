// Symbolic links among files that are to be removed: a link goes, and what it leads to stays.
#pragma once

#include <string>
#include <vector>

namespace weir::shell {

struct SymbolicLink {
  std::string path;
  std::string target;  // where it leads, absolute
};

// `path` itself, or those below the directory; nothing is followed. Empty where nothing is there.
std::vector<SymbolicLink> LinksAt(const std::string& path);

}  // namespace weir::shell
