#include "runtime/base/plain_path.h"

#include <filesystem>

#include "runtime/base/local_path.h"

namespace weir {
namespace {

// Whether the path needs no change, as far as a quick look shows. False also for a plain path with
// a hidden name ("/a/.b"): it then goes the slow way, which leaves it as it is.
bool MayBePlain(std::string_view path) {
  return !path.empty() && path.front() != '.' && !path.ends_with('/') &&
         path.find("//") == std::string_view::npos && path.find("/.") == std::string_view::npos;
}

}  // namespace

std::string PlainPath(std::string_view path, const std::string& directory) {
  // The key of an object is its name as it stands: "a//b" and "a/b" are two objects.
  if (IsObjectPath(path)) return std::string(path);
  if (MayBePlain(path) && (path.front() == '/' || directory.empty())) return std::string(path);
  if (MayBePlain(path) && directory.size() > 1 && MayBePlain(directory)) {
    std::string below;
    below.reserve(directory.size() + 1 + path.size());
    return below.append(directory).append("/").append(path);
  }
  const std::filesystem::path whole = std::filesystem::path(directory) / path;
  std::string plain = whole.lexically_normal().string();
  while (plain.size() > 1 && plain.ends_with('/')) plain.pop_back();
  return plain;
}

std::string WorkingDirectory() {
  std::error_code error;
  return std::filesystem::current_path(error).string();
}

}  // namespace weir
