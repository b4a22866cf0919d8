#include "runtime/base/resolved_path.h"

#include <algorithm>
#include <system_error>

namespace weir {
namespace {

namespace fs = std::filesystem;

bool LiesBelow(const fs::path& path, const fs::path& above) {
  const auto [end, rest] = std::mismatch(above.begin(), above.end(), path.begin(), path.end());
  // "/a/" has an empty step at its end.
  return end == above.end() || (std::next(end) == above.end() && end->empty());
}

}  // namespace

std::optional<fs::path> ResolvedPath(const std::string& path) {
  std::error_code failed;
  const fs::path resolved = fs::weakly_canonical(path, failed);
  if (failed) return std::nullopt;
  fs::path part;
  for (const fs::path& step : resolved) {
    part /= step;
    if (fs::is_symlink(fs::symlink_status(part, failed))) return std::nullopt;
  }
  return resolved;
}

bool LiesBelowOneOf(const fs::path& path, std::span<const std::string> places) {
  return std::ranges::any_of(places, [&](const std::string& place) {
    const std::optional<fs::path> above = ResolvedPath(place);
    return above && LiesBelow(path, *above);
  });
}

}  // namespace weir
