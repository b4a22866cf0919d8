#include "runtime/base/local_path.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>

#include "runtime/base/names.h"

namespace weir {
namespace {

constexpr std::string_view kFile = "file:";

bool IsScheme(std::string_view text) {
  const auto fits = [](unsigned char c) {
    return std::isalnum(c) != 0 || c == '+' || c == '-' || c == '.';
  };
  return !text.empty() && std::isalpha(static_cast<unsigned char>(text[0])) != 0 &&
         std::all_of(text.begin(), text.end(), fits);
}

// The path after "file:"; `written` is the whole URL.
Result<std::string> PathOfUrl(std::string_view path, std::string_view written) {
  if (path.starts_with("//")) {
    path.remove_prefix(2);
    const std::string_view host = path.substr(0, std::min(path.find('/'), path.size()));
    if (!host.empty() && !EqualsIgnoreCase(host, "localhost"))
      return Status::Unsupported(
                 fmt::format("files of another host are not supported yet: '{}'", written))
          .WithHint(fmt::format("a file: URL has three slashes: 'file:///{}'", path));
    path.remove_prefix(host.size());
  }
  if (path.empty())
    return Status::InvalidArgument(fmt::format("'{}' names no file and no directory", written))
        .WithHint("a path follows: 'file:///a/b'");
  return std::string(path);
}

}  // namespace

Result<std::string> LocalPath(std::string_view written) {
  if (EqualsIgnoreCase(written.substr(0, kFile.size()), kFile))
    return PathOfUrl(written.substr(kFile.size()), written);
  const size_t colon = written.find("://");
  if (colon == std::string_view::npos || !IsScheme(written.substr(0, colon)))
    return std::string(written);
  return Status::Unsupported(fmt::format("files of the scheme '{}' are not supported yet",
                                         written.substr(0, colon)))
      .WithHint(EqualsIgnoreCase(written.substr(0, colon), "memory")
                    ? "checkpoints in memory are for their job alone: RESTORE JOB … FROM LATEST "
                      "CHECKPOINT goes on from them, and SAVEPOINT JOB … writes files"
                    : "a path, or a file: URL");
}

std::string FileName(std::string_view path) {
  return std::string(path.substr(path.rfind('/') + 1));
}

}  // namespace weir
