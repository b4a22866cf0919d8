#include "shell/flink/plan/shape.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <iterator>
#include <utility>

namespace weir::shell::flink {

std::string LastPart(std::string_view table) {
  if (table.ends_with('`') || table.ends_with('\'') || table.ends_with('"')) {
    const char quote = table.back();
    table.remove_suffix(1);
    const size_t begin = table.rfind(quote);
    return std::string(begin == std::string_view::npos ? table : table.substr(begin + 1));
  }
  return std::string(table.substr(table.rfind('.') + 1));
}

const Origins& OriginsAt(const std::vector<Origins>& columns, int column) {
  static const Origins kNone;
  const bool known = column >= 0 && static_cast<size_t>(column) < columns.size();
  return known ? columns[static_cast<size_t>(column)] : kNone;
}

const Origins& OriginsAt(const Flow& flow, int column) {
  return OriginsAt(flow.columns, column);
}

std::string KeyText(const std::vector<Origins>& set, const std::vector<int>& columns) {
  std::set<std::string> texts;
  for (const int column : columns) {
    const Origins& origins = OriginsAt(set, column);
    if (!origins.empty()) texts.insert(fmt::format("{}", fmt::join(origins, "+")));
  }
  return fmt::format("{}", fmt::join(texts, ", "));
}

std::string KeyText(const Flow& flow, const std::vector<int>& columns) {
  return KeyText(flow.columns, columns);
}

std::string CallText(std::string_view function, const Origins& of, bool distinct, bool filtered) {
  return fmt::format("{}({}{}){}", function, distinct ? "distinct " : "", fmt::join(of, "+"),
                     filtered ? " filter" : "");
}

std::set<std::string> RankDetails(int64_t first, int64_t last, const Origins& order) {
  return {fmt::format("rank {}..{}", first, last), CallText("order", order, false, false)};
}

std::string WindowDetail(int64_t millis) {
  return fmt::format("window {}", millis);
}

Origins Union(const Flow& flow, const std::vector<int>& columns) {
  Origins all;
  for (const int column : columns) {
    const Origins& one = OriginsAt(flow, column);
    all.insert(one.begin(), one.end());
  }
  return all;
}

std::string FullName(const Shape& shape) {
  return shape.part.empty() ? shape.name : fmt::format("{}.{}", shape.name, shape.part);
}

bool IsComparison(std::string_view text) {
  constexpr std::string_view kComparisons[] = {"<", "<=", ">", ">=", "=", "<>"};
  return std::ranges::find(kComparisons, text) != std::end(kComparisons);
}

Flow Merged(const std::vector<Flow>& flows) {
  Flow merged;
  for (const Flow& flow : flows) {
    merged.columns.resize(std::max(merged.columns.size(), flow.columns.size()));
    for (size_t i = 0; i < flow.columns.size(); ++i)
      merged.columns[i].insert(flow.columns[i].begin(), flow.columns[i].end());
    merged.from.insert(flow.from.begin(), flow.from.end());
    merged.literals.insert(flow.literals.begin(), flow.literals.end());
    merged.constants.insert(flow.constants.begin(), flow.constants.end());
    merged.expanded = merged.expanded || flow.expanded;
  }
  return merged;
}

Flow Joined(const Flow& left, const Flow& right) {
  Flow joined = left;
  joined.columns.insert(joined.columns.end(), right.columns.begin(), right.columns.end());
  joined.from.insert(right.from.begin(), right.from.end());
  joined.literals.insert(right.literals.begin(), right.literals.end());
  joined.constants.insert(right.constants.begin(), right.constants.end());
  return joined;
}

Flow AddShape(Shape shape, const std::vector<Flow>& inputs, Shapes& shapes) {
  for (const Flow& input : inputs) {
    shape.inputs.push_back(input.from);
    shape.literals.insert(input.literals.begin(), input.literals.end());
    shape.constants.insert(input.constants.begin(), input.constants.end());
  }
  Flow flow;
  flow.constants = shape.constants;
  shapes.push_back(std::move(shape));
  flow.from = {static_cast<int>(shapes.size()) - 1};
  return flow;
}

void NoteSinks(Shapes& shapes) {
  for (size_t i = shapes.size(); i-- > 0;) {
    Shape& shape = shapes[i];
    if (shape.kind == ShapeKind::kSink) shape.sinks.insert(shape.table);
    for (const std::set<int>& input : shape.inputs) {
      for (const int below : input)
        shapes[static_cast<size_t>(below)].sinks.insert(shape.sinks.begin(), shape.sinks.end());
    }
  }
}

}  // namespace weir::shell::flink
