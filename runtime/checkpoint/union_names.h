// Columns over a UNION ALL: what they are made from when branches come and go.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace weir::checkpoint {

// What stands between the texts of one column in several branches (planner/uid/meaning.cc).
inline constexpr std::string_view kBetweenBranches = " | ";

// Whether two texts may be of one column, or of one call over it, with some of its branches the
// same: "a" and "a | v", "sum(a)" and "sum(a | v)". False for equal texts.
bool SameOverBranches(std::string_view a, std::string_view b);

using Renames = std::vector<std::pair<std::string, std::string>>;  // old and new name
// What a name is now; itself when it is not among them.
const std::string& Renamed(const std::string& name, const Renames& renames);

// With those beside them that make room: of a name that is given to another, and is not given away
// itself, "x (before)". `exists`: whether there is one of a name.
Renames WithRoomMade(Renames renames, const std::function<bool(const std::string&)>& exists);

// Pairs names that are gone with names that are new, where SameOverBranches leaves no choice. Both
// are without duplicates.
Renames RenamedOverBranches(std::vector<std::string> gone, std::vector<std::string> added);

}  // namespace weir::checkpoint
