#include "runtime/checkpoint/union_names.h"

#include <algorithm>

namespace weir::checkpoint {
namespace {

std::vector<std::string_view> BranchesIn(std::string_view text) {
  std::vector<std::string_view> branches;
  for (size_t end = text.find(kBetweenBranches); end != std::string_view::npos;
       end = text.find(kBetweenBranches)) {
    branches.push_back(text.substr(0, end));
    text.remove_prefix(end + kBetweenBranches.size());
  }
  branches.push_back(text);
  return branches;
}

bool ShareABranch(std::string_view a, std::string_view b) {
  const std::vector<std::string_view> of_a = BranchesIn(a);
  const std::vector<std::string_view> of_b = BranchesIn(b);
  if (of_a.size() == 1 && of_b.size() == 1) return false;
  return std::ranges::any_of(
      of_a, [&](std::string_view branch) { return std::ranges::find(of_b, branch) != of_b.end(); });
}

// The text of a call in parts: "sum(", "a | v" and ")". `argument` is empty for other texts.
struct ParsedCall {
  explicit ParsedCall(std::string_view text) {
    const size_t open = text.find('(');
    const size_t close = text.rfind(')');
    if (open == std::string_view::npos || close == std::string_view::npos || close < open) return;
    before = text.substr(0, open);
    argument = text.substr(open + 1, close - open - 1);
    behind = text.substr(close + 1);
  }
  std::string_view before, argument, behind;
};

}  // namespace

bool SameOverBranches(std::string_view a, std::string_view b) {
  if (a == b) return false;
  if (ShareABranch(a, b)) return true;
  const ParsedCall call(a);
  const ParsedCall other(b);
  return !call.argument.empty() && call.before == other.before && call.behind == other.behind &&
         ShareABranch(call.argument, other.argument);
}

const std::string& Renamed(const std::string& name, const Renames& renames) {
  const auto found =
      std::ranges::find_if(renames, [&](const auto& rename) { return rename.first == name; });
  return found == renames.end() ? name : found->second;
}

Renames WithRoomMade(Renames renames, const std::function<bool(const std::string&)>& exists) {
  for (size_t i = 0, count = renames.size(); i < count; ++i) {
    const std::string name = renames[i].second;
    const bool given =
        std::ranges::any_of(renames, [&](const auto& one) { return one.first == name; });
    if (exists(name) && !given) renames.emplace_back(name, name + " (before)");
  }
  return renames;
}

Renames RenamedOverBranches(std::vector<std::string> gone, std::vector<std::string> added) {
  Renames renamed;
  // A name with a single candidate takes it, which may leave a single one for another name: hence
  // the loop.
  for (bool again = true; again;) {
    again = false;
    for (const std::string& now : added) {
      std::vector<std::string> takers;
      for (const std::string& name : gone) {
        const auto fits = [&](const std::string& other) { return SameOverBranches(name, other); };
        if (fits(now) && std::ranges::count_if(added, fits) == 1) takers.push_back(name);
      }
      if (takers.size() != 1) continue;
      renamed.emplace_back(takers[0], now);
      std::erase(gone, takers[0]);
      std::erase(added, renamed.back().second);
      again = true;
      break;
    }
  }
  return renamed;
}

}  // namespace weir::checkpoint
