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

}  // namespace

Result<std::string> LocalPath(std::string_view written) {
  if (EqualsIgnoreCase(written.substr(0, kFile.size()), kFile)) {
    std::string_view path = written.substr(kFile.size());
    if (!path.starts_with("//")) return std::string(path);
    path.remove_prefix(2);
    const std::string_view host = path.substr(0, std::min(path.find('/'), path.size()));
    if (host.empty() || EqualsIgnoreCase(host, "localhost"))
      return std::string(path.substr(host.size()));
    return Status::Unsupported(
               fmt::format("files of another host are not supported yet: '{}'", written))
        .WithHint(fmt::format("a file: URL has three slashes: 'file:///{}'", path));
  }
  const size_t colon = written.find("://");
  if (colon == std::string_view::npos || !IsScheme(written.substr(0, colon)))
    return std::string(written);
  return Status::Unsupported(fmt::format("files of the scheme '{}' are not supported yet",
                                         written.substr(0, colon)))
      .WithHint("a path, or a file: URL");
}

std::string FileName(std::string_view path) {
  return std::string(path.substr(path.rfind('/') + 1));
}

}  // namespace weir
