#include "planner/uid/meaning_lines.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <iterator>

#include "runtime/graph/meaning_line.h"

namespace weir::uid {
void Lines::Add(std::string_view part, std::string_view name, std::string_view text) {
  lines_.push_back(graph::MeaningLine(part, name, text));
}

void Lines::AddBranches(const Branches& branches) {
  for (const Branch& branch : branches) {
    if (branches.size() == 1) {
      Add("from", "", branch.from);
      for (const std::string& filter : branch.filters) Add("filter", "", filter);
      for (const Lookup& lookup : branch.lookups) Add("lookup", lookup.table, lookup.text);
      continue;
    }
    Add("input", "", branch.Text());
  }
}

void Lines::AddFormer(const std::vector<Former>& former) {
  const std::vector<std::string> now = lines_;
  for (const Former& one : former)
    std::ranges::move(graph::FormerLines(now, one.lines, one.words), std::back_inserter(lines_));
}

std::string Lines::Text() {
  std::sort(lines_.begin(), lines_.end());
  return fmt::format("{}", fmt::join(lines_, ""));
}

}  // namespace weir::uid
