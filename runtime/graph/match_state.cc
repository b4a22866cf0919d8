#include "runtime/graph/match_state.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <set>
#include <tuple>

#include "runtime/graph/rank_state.h"
#include "runtime/graph/state_fields.h"

namespace weir::graph {
namespace {

const Type& NumberType() {
  static const Type kNumber = Type::BigInt().WithNullable(false);
  return kNumber;
}

MatchGroup& GroupIn(std::vector<MatchGroup>& groups, const std::vector<int>& variables,
                    int shift = 0) {
  const auto known = std::ranges::find_if(groups, [&](const MatchGroup& group) {
    return group.variables == variables && group.shift == shift;
  });
  if (known != groups.end()) return *known;
  groups.push_back({.variables = variables, .shift = shift});
  return groups.back();
}

bool IsGiven(const MatchSpec& spec, size_t value) {
  return std::ranges::find(spec.given, static_cast<int>(value)) != spec.given.end();
}

}  // namespace

size_t MatchCells::GroupOf(const std::vector<int>& variables, int shift) const {
  const auto found = std::ranges::find_if(groups, [&](const MatchGroup& group) {
    return group.shift == shift && group.variables == variables;
  });
  return static_cast<size_t>(found - groups.begin());
}

MatchCells CellsOf(const MatchSpec& spec) {
  MatchCells cells;
  for (const MatchValue& value : spec.values) {
    if (value.kind == MatchValueKind::kCurrent || value.kind == MatchValueKind::kNumber) continue;
    MatchGroup& group = GroupIn(cells.groups, value.variables, value.shift);
    if (value.classifier) group.classified = true;
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
  std::ranges::sort(cells.groups, {},
                    [](const MatchGroup& group) { return std::tie(group.variables, group.shift); });
  for (const MatchGroup& group : cells.groups) {
    cells.begins.push_back(cells.count);
    const int rows = group.firsts + group.lasts;
    cells.count += rows + (group.all ? 1 : 0) + (group.classified ? rows : 0);
  }
  if (spec.all_rows || ReachOf(spec).behind > 0) cells.path = cells.count++;
  return cells;
}

MatchReach ReachOf(const MatchSpec& spec) {
  MatchReach reach;
  for (const MatchValue& value : spec.values) {
    reach.before = std::max(reach.before, -value.shift);
    reach.behind = std::max(reach.behind, value.shift);
    reach.numbered = reach.numbered || value.kind == MatchValueKind::kNumber;
  }
  return reach;
}

std::string ToString(const MatchCells& cells, const MatchSpec& spec) {
  std::vector<std::string> texts;
  for (const MatchGroup& group : cells.groups) {
    std::vector<std::string> names;
    for (const int variable : group.variables)
      names.push_back(spec.variables[static_cast<size_t>(variable)].name);
    texts.push_back(fmt::format("{}{}: {} first, {} last{}{}",
                                names.empty() ? "*" : fmt::format("{}", fmt::join(names, "|")),
                                group.shift == 0 ? "" : fmt::format(" {:+}", group.shift),
                                group.firsts, group.lasts, group.all ? ", all" : "",
                                group.classified ? ", with variables" : ""));
  }
  const MatchReach reach = ReachOf(spec);
  if (cells.path >= 0) texts.emplace_back("the path");
  if (reach.before > 0) texts.push_back(fmt::format("{} rows before", reach.before));
  if (reach.behind > 0) texts.push_back(fmt::format("{} rows behind", reach.behind));
  if (reach.numbered) texts.emplace_back("how many matches");
  return fmt::format("{}", fmt::join(texts, "; "));
}

std::vector<int> KeptByMatch(const MatchSpec& spec) {
  std::set<int> kept = {spec.time_column};
  for (size_t i = 0; i < spec.values.size(); ++i) {
    const MatchValue& value = spec.values[i];
    const bool of_row = value.kind == MatchValueKind::kFirst ||
                        value.kind == MatchValueKind::kLast || value.shift != 0 ||
                        (value.kind == MatchValueKind::kCurrent && IsGiven(spec, i));
    if (of_row && !value.classifier) kept.insert(value.column);
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
