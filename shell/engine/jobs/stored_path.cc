#include "shell/engine/jobs/stored_path.h"

#include <filesystem>

#include "runtime/base/local_path.h"
#include "runtime/base/plain_path.h"
#include "runtime/file_system.h"
#include "runtime/memory_files.h"

namespace weir::shell {
namespace {

constexpr std::string_view kBelow = "./";

}  // namespace

std::string AbsolutePath(const std::string& path) {
  if (path.empty() || IsInMemory(path) || IsObjectPath(path)) return path;
  return PlainPath(std::filesystem::absolute(path).string(), "");
}

std::string StoredPath(const std::string& root, const std::string& path) {
  if (path.empty() || IsInMemory(path) || IsObjectPath(path)) return path;
  const std::string absolute = AbsolutePath(path);
  const std::string above = AbsolutePath(root) + "/";
  return absolute.starts_with(above) ? std::string(kBelow) + absolute.substr(above.size())
                                     : absolute;
}

std::string ResolvedPath(const std::string& root, std::string_view stored) {
  if (!stored.starts_with(kBelow)) return std::string(stored);
  return JoinPath(AbsolutePath(root), stored.substr(kBelow.size()));
}

}  // namespace weir::shell
