#include "tests/simulation/judge.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <map>

namespace weir::simulation {
namespace {

namespace fs = std::filesystem;

// The first line of `all` that `part` has not as often.
std::string Lacking(const Lines& all, const Lines& part) {
  for (auto at = all.begin(); at != all.end(); at = all.upper_bound(*at)) {
    if (part.count(*at) < all.count(*at)) return *at;
  }
  return "";
}

std::map<std::string, int> Folded(const Lines& changes) {
  std::map<std::string, int> rows;
  for (const std::string& change : changes)
    rows[change.substr(2)] += change[1] == 'I' || change[0] == '+' ? 1 : -1;
  std::erase_if(rows, [](const auto& row) { return row.second == 0; });
  return rows;
}

}  // namespace

Lines Judge::Visible(const std::string& table) const {
  Lines lines;
  const std::string directory = directory_ + "/root/" + table;
  if (!fs::exists(directory)) return lines;
  for (const fs::directory_entry& entry : fs::directory_iterator(directory)) {
    if (entry.path().filename().string().starts_with(".")) continue;
    std::ifstream in(entry.path());
    for (std::string line; std::getline(in, line);) lines.insert(line);
  }
  return lines;
}

std::string Judge::AfterFailure() {
  const Lines now = Visible("windows");
  if (const std::string row = Lacking(now, scenario_.windows); !row.empty())
    return "a row of windows is there too often or wrong: " + row;
  if (const std::string row = Lacking(seen_, now); !row.empty())
    return "a row of windows that was there has gone: " + row;
  seen_ = now;
  return "";
}

std::string Judge::AtEnd() {
  if (std::string wrong = AfterFailure(); !wrong.empty()) return wrong;
  if (const std::string row = Lacking(scenario_.windows, seen_); !row.empty())
    return "a row of windows is missing: " + row;
  const std::map<std::string, int> totals = Folded(Visible("totals"));
  for (const auto& [row, count] : totals) {
    if (count < 0 || scenario_.totals.count(row) < static_cast<size_t>(count))
      return fmt::format("changes of totals come to {} times: {}", count, row);
  }
  for (const std::string& row : scenario_.totals) {
    const auto found = totals.find(row);
    const size_t count = found == totals.end() ? 0 : static_cast<size_t>(found->second);
    if (count < scenario_.totals.count(row)) return "a row of totals is missing: " + row;
  }
  return "";
}

}  // namespace weir::simulation
