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

namespace {

bool HasOddStep(std::string_view path) {
  for (size_t begin = 0; begin <= path.size();) {
    const size_t end = std::min(path.find('/', begin), path.size());
    const std::string_view step = path.substr(begin, end - begin);
    if (step.empty() || step == "." || step == "..") return true;
    begin = end + 1;
  }
  return false;
}

}  // namespace

Result<std::string> FilePath(std::string_view written) {
  const size_t colon = written.find("://");
  const std::string_view scheme = written.substr(0, std::min(colon, written.size()));
  const bool objects = EqualsIgnoreCase(scheme, "s3") || EqualsIgnoreCase(scheme, "s3a") ||
                       EqualsIgnoreCase(scheme, "s3p");
  if (colon == std::string_view::npos || !objects) return LocalPath(written);
  std::string path = "s3:/";
  std::string_view rest = written.substr(colon + 2);
  while (rest.ends_with('/')) rest.remove_suffix(1);
  const bool names_bucket = rest.size() > 1 && rest[1] != '/';
  if (names_bucket && !HasOddStep(rest.substr(1))) return path.append(rest);
  if (names_bucket)
    return Status::InvalidArgument(
        fmt::format("'{}' has an empty, '.' or '..' step between its slashes", written));
  return Status::InvalidArgument(fmt::format("'{}' names no bucket", written))
      .WithHint("the name of the bucket follows: 's3://bucket/key'");
}

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
