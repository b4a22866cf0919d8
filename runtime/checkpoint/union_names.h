// Names of columns over a UNION ALL, when branches are added or removed.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace weir::checkpoint {

// Separates the texts of one column in several branches (planner/uid/meaning.cc).
inline constexpr std::string_view kBetweenBranches = " | ";

// Whether two different texts may be the same column, or the same call over it, with some branches
// in common: "a" and "a | v", "sum(a)" and "sum(a | v)".
bool SameOverBranches(std::string_view a, std::string_view b);

using Renames = std::vector<std::pair<std::string, std::string>>;  // old and new name
// The new name of `name`; itself when it is not renamed.
const std::string& Renamed(const std::string& name, const Renames& renames);

// Adds renames that make room: a name that is given to something else and is not renamed itself
// becomes "x (before)". `exists` says whether a name is in use; that "x (before)" is not is taken
// for granted.
Renames WithRoomMade(Renames renames, const std::function<bool(const std::string&)>& exists);

// Pairs names that disappeared with names that are new where SameOverBranches leaves only one
// choice. Neither list has duplicates.
Renames RenamedOverBranches(std::vector<std::string> gone, std::vector<std::string> added);

}  // namespace weir::checkpoint
