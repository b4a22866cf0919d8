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

// As LocalPath, but the URL of an object in an S3 store, or of what is below a prefix there, is a
// path, too: "s3://bucket/key" for itself and, as in Flink, for s3a: and s3p: URLs, in any case of
// the scheme; without slashes at its end. kInvalidArgument for one that names no bucket, or
// has an empty, "." or ".." step: its key would not be what it seems to be.
Result<std::string> FilePath(std::string_view written);
// Whether a path as FilePath gives it is in an object store.
inline bool IsObjectPath(std::string_view path) {
  return path.starts_with("s3://");
}
// Whether a path as FilePath gives it means the same in every working directory.
inline bool IsAbsolutePath(std::string_view path) {
  return path.starts_with('/') || IsObjectPath(path);
}

// The last part of a path: "b" for "/a/b".
std::string FileName(std::string_view path);

}  // namespace weir
