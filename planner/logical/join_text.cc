// Joins in words, for the printed plan.
#include <fmt/format.h>

#include "planner/logical/plan.h"

namespace weir::logical {
namespace {

// The columns of both inputs. A name that both have gets its side: "left.id".
std::vector<std::string> SideNames(const Node& node) {
  const std::vector<Column>& left = node.inputs[0]->columns;
  const std::vector<Column>& right = node.inputs[1]->columns;
  const auto taken = [](const std::vector<Column>& columns, const std::string& name) {
    for (const Column& column : columns) {
      if (column.name == name) return true;
    }
    return false;
  };
  std::vector<std::string> names;
  for (const Column& column : left) {
    names.push_back(taken(right, column.name) ? "left." + column.name : column.name);
  }
  for (const Column& column : right) {
    names.push_back(taken(left, column.name) ? "right." + column.name : column.name);
  }
  return names;
}

}  // namespace

std::string JoinText(const Join& join, const Node& node) {
  const std::vector<std::string> names = SideNames(node);
  const size_t width = node.inputs[0]->columns.size();
  const auto left = [&](int column) { return names.at(static_cast<size_t>(column)); };
  const auto right = [&](int column) { return names.at(width + static_cast<size_t>(column)); };
  std::string text = fmt::format("{}({}",
                                 join.lookup     ? "LookupJoin"
                                 : join.versions ? "TemporalJoin"
                                                 : "Join",
                                 graph::JoinTypeName(join.type));
  for (size_t i = 0; i < join.left_keys.size(); ++i) {
    text += fmt::format("{}{} {} {}", i == 0 ? "; keys: " : ", ", left(join.left_keys[i]),
                        join.null_safe[i] != 0 ? "IS NOT DISTINCT FROM" : "=",
                        right(join.right_keys[i]));
  }
  if (join.interval) {
    const JoinInterval& interval = *join.interval;
    text += interval.processing_time ? "; interval of processing time"
                                     : fmt::format("; interval: {} - {}", left(interval.left_time),
                                                   right(interval.right_time));
    text += fmt::format(" in [{} ms, {} ms]", interval.lower_millis, interval.upper_millis);
  }
  if (join.window) {
    text += fmt::format("; window: {} = {}, {} = {}", left(join.window->left_start),
                        right(join.window->right_start), left(join.window->left_end),
                        right(join.window->right_end));
  }
  if (join.versions) {
    text += fmt::format("; version: {} as of {}", right(join.versions->right_time),
                        left(join.versions->left_time));
  }
  if (join.residual) text += "; where: " + expr::ToString(*join.residual, names);
  if (join.left_ttl_millis > 0) text += fmt::format("; left ttl: {} ms", join.left_ttl_millis);
  if (join.right_ttl_millis > 0) text += fmt::format("; right ttl: {} ms", join.right_ttl_millis);
  if (!join.hints.empty()) text += fmt::format("; hints: {}", fmt::join(join.hints, ", "));
  return text + ")";
}

}  // namespace weir::logical
