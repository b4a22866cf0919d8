#include "planner/traits/upsert_key.h"

#include <algorithm>
#include <numeric>

#include "planner/traits/rank_traits.h"
#include "runtime/fault_point.h"

namespace weir::traits {
namespace {

std::vector<int> FirstColumns(size_t count) {
  std::vector<int> columns(count);
  std::iota(columns.begin(), columns.end(), 0);
  return columns;
}

// The places of the key's columns behind the projection; empty unless it passes all of them on.
std::vector<int> ThroughProject(const logical::Project& project, const std::vector<int>& key) {
  std::vector<int> result;
  for (const int column : key) {
    size_t place = 0;
    while (place < project.expressions.size() &&
           (project.expressions[place]->kind != expr::ExprKind::kColumn ||
            project.expressions[place]->column != column)) {
      ++place;
    }
    if (place == project.expressions.size()) return {};
    result.push_back(static_cast<int>(place));
  }
  return result;
}

// The places of the table's primary key among the columns that the scan reads; empty unless it
// reads all of it.
std::vector<int> OfScan(const logical::Scan& scan) {
  std::vector<int> key;
  for (const int column : scan.primary_key) {
    const auto place = std::find(scan.spec.columns.begin(), scan.spec.columns.end(), column);
    if (place == scan.spec.columns.end()) return {};
    key.push_back(static_cast<int>(place - scan.spec.columns.begin()));
  }
  return key;
}

// The key and the two columns behind `first_window` that tell windows apart.
std::vector<int> WithWindow(std::vector<int> key, size_t first_window) {
  key.push_back(static_cast<int>(first_window));
  key.push_back(static_cast<int>(first_window + 1));
  return key;
}

}  // namespace

std::vector<int> KeyBehindExchange(std::vector<int> key, const std::vector<int>& spread,
                                   bool moves) {
  if (key.empty() || !moves || DefectPlanted("key-through-exchange")) return key;
  for (const int column : spread) {
    if (std::find(key.begin(), key.end(), column) == key.end()) key.push_back(column);
  }
  return key;
}

std::vector<int> UpsertKeyOf(const logical::Node& node, const std::vector<int>& input_key,
                             bool input_moves) {
  const logical::Operation& operation = node.operation;
  if (const auto* project = std::get_if<logical::Project>(&operation)) {
    return ThroughProject(*project, input_key);
  }
  if (const auto* aggregate = std::get_if<logical::Aggregate>(&operation)) {
    return FirstColumns(aggregate->keys.size());
  }
  if (const auto* window = std::get_if<logical::WindowAggregate>(&operation)) {
    return WithWindow(FirstColumns(window->keys.size()),
                      window->keys.size() + window->calls.size());
  }
  if (const auto* windows = std::get_if<logical::WindowTable>(&operation)) {
    const std::vector<int> key = KeyBehindExchange(input_key, windows->keys, input_moves);
    return key.empty() ? key : WithWindow(key, node.columns.size() - 3);
  }
  if (const auto* rank = std::get_if<logical::Rank>(&operation)) {
    return UpsertKeyOfRank(node, *rank, input_key, input_moves);
  }
  if (const auto* rank = std::get_if<logical::WindowRank>(&operation)) {
    return UpsertKeyOfWindowRank(node, *rank, input_key);
  }
  if (const auto* over = std::get_if<logical::Over>(&operation)) {
    return KeyBehindExchange(input_key, over->partition, input_moves);
  }
  if (const auto* over = std::get_if<logical::OverAggregate>(&operation)) {
    return KeyBehindExchange(input_key, over->partition, input_moves);
  }
  if (const auto* deduplicate = std::get_if<logical::Deduplicate>(&operation)) {
    return deduplicate->keys;
  }
  if (const auto* normalize = std::get_if<logical::Normalize>(&operation)) return normalize->keys;
  if (const auto* scan = std::get_if<logical::Scan>(&operation)) return OfScan(*scan);
  if (std::holds_alternative<logical::Union>(operation) ||
      std::holds_alternative<logical::Recursion>(operation) ||
      std::holds_alternative<logical::Match>(operation) ||
      std::holds_alternative<logical::BadRecords>(operation) ||
      std::holds_alternative<logical::ToChangelog>(operation) ||
      std::holds_alternative<logical::FromChangelog>(operation) ||
      std::holds_alternative<logical::Replicate>(operation)) {
    return {};
  }
  return input_key;
}

}  // namespace weir::traits
