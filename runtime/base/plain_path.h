// Of all ways to write a path one: "./in", "in/" and "x/../in" are the same file or directory.
#pragma once

#include <string>
#include <string_view>

namespace weir {

// Without "." and "..", doubled slashes and one at the end; below `directory` where it is relative
// and that is not "". Links are not followed. Paths that are plain already cost a look at them.
std::string PlainPath(std::string_view path, const std::string& directory);

// Of the process; "" when it is gone.
std::string WorkingDirectory();

}  // namespace weir
