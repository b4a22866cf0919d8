#include "shell/engine/access/allowed_paths.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <filesystem>
#include <optional>

#include "runtime/base/local_path.h"
#include "runtime/base/resolved_path.h"

namespace weir::shell {
namespace {

Status Refused(std::string message, std::string hint) {
  return Status::InvalidArgument(std::move(message)).WithId("E6004").WithHint(std::move(hint));
}

Status RefusedToReader(const Principal& who) {
  return Refused(fmt::format("{} is a reader, who names no paths", who.name),
                 "an admin defines a table: CREATE TABLE … WITH ('path' = …), which others use by "
                 "its name");
}

// Objects have no links: what their names say is where they are.
bool IsObjectBelow(const std::string& path, const std::vector<std::string>& places) {
  return std::ranges::any_of(places, [&](const std::string& place) {
    return IsObjectPath(place) && (path == place || path.starts_with(place + "/"));
  });
}

}  // namespace

Status CheckPath(const Principal& who, const PathRules& rules, PathUse use,
                 const std::string& path) {
  if (who.role == Role::kAdmin && (!who.remote || rules.allowed.empty())) return {};
  if (who.role < Role::kOperator) return RefusedToReader(who);
  const bool object = IsObjectPath(path);
  const std::optional<std::filesystem::path> resolved = object ? std::nullopt : ResolvedPath(path);
  const bool ours = resolved && LiesBelowOneOf(*resolved, std::array{rules.data_directory});
  const bool allowed = object ? IsObjectBelow(path, rules.allowed)
                              : resolved && LiesBelowOneOf(*resolved, rules.allowed);
  if (use == PathUse::kSavepoint ? ours || allowed : allowed && !ours) return {};
  return Refused(
      fmt::format("'{}' lies outside of what {} may use over the network", path, who.name),
      fmt::format(
          "{}'server.allowed-paths' of the server says what else{}",
          use == PathUse::kSavepoint ? "the server's data directory is open to savepoints; " : "",
          ours ? ", but never its data directory" : ""));
}

}  // namespace weir::shell
