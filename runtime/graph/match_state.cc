#include "runtime/graph/match_state.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <set>

#include "runtime/graph/rank_state.h"
#include "runtime/graph/state_fields.h"

namespace weir::graph {
namespace {

const Type& NumberType() {
  static const Type kNumber = Type::BigInt().WithNullable(false);
  return kNumber;
}

MatchGroup& GroupIn(std::vector<MatchGroup>& groups, const std::vector<int>& variables) {
  const auto known = std::ranges::find(groups, variables, &MatchGroup::variables);
  if (known != groups.end()) return *known;
  groups.push_back({.variables = variables});
  return groups.back();
}

}  // namespace

size_t MatchCells::GroupOf(const std::vector<int>& variables) const {
  const auto found = std::ranges::find(groups, variables, &MatchGroup::variables);
  return static_cast<size_t>(found - groups.begin());
}

MatchCells CellsOf(const MatchSpec& spec) {
  MatchCells cells;
  for (const MatchValue& value : spec.values) {
    if (value.kind == MatchValueKind::kCurrent) continue;
    MatchGroup& group = GroupIn(cells.groups, value.variables);
    if (value.kind == MatchValueKind::kAggregate) group.all = true;
    if (value.kind == MatchValueKind::kFirst)
      group.firsts = std::max(group.firsts, value.offset + 1);
    if (value.kind == MatchValueKind::kLast) group.lasts = std::max(group.lasts, value.offset + 1);
  }
  if (spec.skip == MatchSkip::kToFirst || spec.skip == MatchSkip::kToLast) {
    MatchGroup& group = GroupIn(cells.groups, spec.skip_variables);
    int& rows = spec.skip == MatchSkip::kToFirst ? group.firsts : group.lasts;
    rows = std::max(rows, 1);
  }
  std::ranges::sort(cells.groups, {}, &MatchGroup::variables);
  for (const MatchGroup& group : cells.groups) {
    cells.begins.push_back(cells.count);
    cells.count += group.firsts + group.lasts + (group.all ? 1 : 0);
  }
  return cells;
}

std::string ToString(const MatchCells& cells, const MatchSpec& spec) {
  std::vector<std::string> texts;
  for (const MatchGroup& group : cells.groups) {
    std::vector<std::string> names;
    for (const int variable : group.variables)
      names.push_back(spec.variables[static_cast<size_t>(variable)].name);
    texts.push_back(fmt::format("{}: {} first, {} last{}",
                                names.empty() ? "*" : fmt::format("{}", fmt::join(names, "|")),
                                group.firsts, group.lasts, group.all ? ", all" : ""));
  }
  return fmt::format("{}", fmt::join(texts, "; "));
}

std::vector<int> KeptByMatch(const MatchSpec& spec) {
  std::set<int> kept = {spec.time_column};
  for (const MatchValue& value : spec.values) {
    if (value.kind == MatchValueKind::kFirst || value.kind == MatchValueKind::kLast)
      kept.insert(value.column);
    kept.insert(value.call.arguments.begin(), value.call.arguments.end());
  }
  return {kept.begin(), kept.end()};
}

std::vector<int> WaitingColumns(const MatchSpec& spec, const Schema& input) {
  std::vector<int> keys = spec.partition;
  std::erase(keys, spec.time_column);
  return KeptColumns(keys, input);
}

OperatorStateSchema StateOfMatch(const MatchSpec& spec, const Schema& input) {
  const std::vector<Field> key = FieldsOf(spec.partition, input);
  StateSchema waiting{.name = "waiting", .layout = StateLayout::kList, .key = key};
  waiting.value = FieldsOf(WaitingColumns(spec, input), input);
  AddField(waiting.value, "sequence", NumberType());
  waiting.sliced = true;
  StateSchema runs{.name = "runs", .layout = StateLayout::kValue, .key = key};
  runs.value = {{"next", NumberType()},
                {"pending", Type::BigInt()},
                {"expires", Type::BigInt()},
                {"runs", Type::Bytes().WithNullable(false)}};
  StateSchema rows{.name = "rows", .layout = StateLayout::kMap, .key = key};
  rows.sub_key = {{"row", NumberType()}};
  rows.value = FieldsOf(KeptByMatch(spec), input);
  StateSchema expiring{.name = "expiring", .layout = StateLayout::kList, .key = key};
  expiring.value = {{"due", NumberType()}, {"sequence", NumberType()}};
  expiring.sliced = true;
  return {.tables = {std::move(waiting), std::move(runs), std::move(rows), std::move(expiring)},
          .operator_state = {"progress", "sequence"}};
}

}  // namespace weir::graph
