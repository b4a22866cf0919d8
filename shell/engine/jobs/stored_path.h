// Paths as the data directory stores them. A path below it is stored as a relative one, "./…", so
// that the data directory can be moved or copied as a whole. All others are stored as absolute
// paths, so that a later working directory does not matter. Those of files in memory
// (runtime/memory_files.h) stay as they are.
#pragma once

#include <string>
#include <string_view>

namespace weir::shell {

// Makes a path absolute and removes "." and "..", without following links. "" stays "".
std::string AbsolutePath(const std::string& path);

// `root`: the data directory.
std::string StoredPath(const std::string& root, const std::string& path);
// The absolute path of what StoredPath returned. "" stays "".
std::string ResolvedPath(const std::string& root, std::string_view stored);

}  // namespace weir::shell
