// Turns what users write for a path, either a plain path or a file: URL as in Flink's
// configuration, into a path.
#pragma once

#include <string>
#include <string_view>

#include "runtime/base/result.h"

namespace weir {

// The path itself: "/a/b" for "/a/b", "file:///a/b", "file:/a/b" and "file://localhost/a/b", in any
// case of the scheme; nothing is decoded. "" is "", by which options are unset, but a URL without a
// path is kInvalidArgument. kUnsupported E1002 for another scheme ("s3://…") and for a file of
// another host.
Result<std::string> LocalPath(std::string_view written);

// The last part of a path: "b" for "/a/b".
std::string FileName(std::string_view path);

}  // namespace weir
