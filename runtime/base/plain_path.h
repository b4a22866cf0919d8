// One spelling for each path: "./in", "in/" and "x/../in" name the same file or directory.
#pragma once

#include <string>
#include <string_view>

namespace weir {

// Removes ".", "..", doubled slashes and a slash at the end. A relative path is taken as below
// `directory`, unless that is "". Symbolic links are not followed, so the file system is not asked.
// The path of an object in a store (local_path.h) stays as it is.
std::string PlainPath(std::string_view path, const std::string& directory);

// The current directory of the process; "" when it has been removed.
std::string WorkingDirectory();

}  // namespace weir
