#include "shell/engine/access/allowed_paths.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <optional>
#include <system_error>

namespace weir::shell {
namespace {

namespace fs = std::filesystem;

// Without links and "..", as far as it is there; nothing where a link leads nowhere, or nobody can
// tell.
std::optional<fs::path> Resolved(const std::string& path) {
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

bool LiesBelow(const fs::path& path, const fs::path& above) {
  const auto [end, rest] = std::mismatch(above.begin(), above.end(), path.begin(), path.end());
  // "/a/" has an empty step at its end.
  return end == above.end() || (std::next(end) == above.end() && end->empty());
}

bool LiesBelowOneOf(const fs::path& path, const std::vector<std::string>& places) {
  return std::ranges::any_of(places, [&](const std::string& place) {
    const std::optional<fs::path> above = Resolved(place);
    return above && LiesBelow(path, *above);
  });
}

Status Refused(std::string message, std::string hint) {
  return Status::InvalidArgument(std::move(message)).WithId("E6004").WithHint(std::move(hint));
}

Status RefusedToReader(const Principal& who) {
  return Refused(fmt::format("{} is a reader, who names no paths", who.name),
                 "an admin defines a table: CREATE TABLE … WITH ('path' = …), which others use by "
                 "its name");
}

}  // namespace

Status CheckPath(const Principal& who, const PathRules& rules, PathUse use,
                 const std::string& path) {
  if (who.role == Role::kAdmin && (!who.remote || rules.allowed.empty())) return {};
  if (who.role < Role::kOperator) return RefusedToReader(who);
  const std::optional<fs::path> resolved = Resolved(path);
  const bool ours = resolved && LiesBelowOneOf(*resolved, {rules.data_directory});
  const bool allowed = resolved && LiesBelowOneOf(*resolved, rules.allowed);
  if (use == PathUse::kSavepoint ? ours || allowed : allowed && !ours) return {};
  return Refused(
      fmt::format("'{}' lies outside of what {} may use over the network", path, who.name),
      fmt::format(
          "{}'server.allowed-paths' of the server says what else{}",
          use == PathUse::kSavepoint ? "the server's data directory is open to savepoints; " : "",
          ours ? ", but never its data directory" : ""));
}

}  // namespace weir::shell
