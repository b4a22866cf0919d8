#include "runtime/checkpoint/renamed_columns.h"

#include <algorithm>

namespace weir::checkpoint {

ColumnPlace ColumnPlaceOf(std::string_view text) {
  constexpr std::string_view kSource = "src:";
  const size_t dot = text.rfind('.');
  if (!text.starts_with(kSource) || dot == std::string_view::npos || dot + 1 == text.size())
    return {};
  return {std::string(text.substr(0, dot)), std::string(text.substr(dot + 1))};
}

std::vector<std::pair<ColumnPlace, ColumnPlace>> ColumnMappings(
    const std::vector<std::pair<std::string, std::string>>& mappings) {
  std::vector<std::pair<ColumnPlace, ColumnPlace>> found;
  for (const auto& [from, to] : mappings) {
    ColumnPlace before = ColumnPlaceOf(from);
    ColumnPlace now = ColumnPlaceOf(to);
    if (!before.column.empty() && !now.column.empty())
      found.emplace_back(std::move(before), std::move(now));
  }
  return found;
}

std::vector<std::string> TableColumns(const std::vector<MeaningPart>& meaning) {
  std::vector<std::string> names;
  for (const MeaningPart& part : meaning) {
    if (part.part != "columns") continue;
    std::string_view lines = part.text;
    while (!lines.empty()) {
      const size_t end = std::min(lines.find('\n'), lines.size());
      names.emplace_back(lines.substr(0, std::min(lines.find('\t'), end)));
      lines.remove_prefix(std::min(end + 1, lines.size()));
    }
  }
  return names;
}

}  // namespace weir::checkpoint
