// Where paths really lead, and whether one lies below another.
#pragma once

#include <filesystem>
#include <optional>
#include <span>
#include <string>

namespace weir {

// The path without links and "..", as far as it is there; nothing where a link leads nowhere, or
// nobody can tell.
std::optional<std::filesystem::path> ResolvedPath(const std::string& path);

// Whether `path` is one of `places`, or below one, with their links followed. REQUIRES: `path` is
// resolved.
bool LiesBelowOneOf(const std::filesystem::path& path, std::span<const std::string> places);

}  // namespace weir
