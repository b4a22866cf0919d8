// Paths as the data directory remembers them: what is below it is stored relative to it, as "./…",
// so that it can be moved or copied as a whole; all others are stored absolute, so that the working
// directory of another day does not matter.
#pragma once

#include <string>
#include <string_view>

namespace weir::shell {

// Absolute and without "." and "..", by names alone: links are not followed.
std::string AbsolutePath(const std::string& path);

// `root`: the data directory.
std::string StoredPath(const std::string& root, const std::string& path);
// What StoredPath gave, absolute again. "" stays "".
std::string ResolvedPath(const std::string& root, std::string_view stored);

}  // namespace weir::shell
