#include "runtime/graph/rank_state.h"

#include <algorithm>

#include "runtime/graph/join_state.h"
#include "runtime/graph/state_fields.h"

namespace weir::graph {
namespace {

Type Required(Type type) {
  return type.WithNullable(false);
}

const std::vector<Field>& RowPlace() {
  static const std::vector<Field> kFields = {{"order", Required(Type::Bytes())},
                                             {"sequence", Required(Type::BigInt())}};
  return kFields;
}

StateSchema RankedRows(const char* name, const std::vector<int>& keys, const Schema& input) {
  return {.name = name,
          .layout = StateLayout::kMap,
          .key = FieldsOf(keys, input),
          .sub_key = RowPlace(),
          .value = FieldsOf(KeptColumns(keys, input), input)};
}

StateSchema Bounds(const std::vector<int>& keys, const Schema& input) {
  return {.name = "bounds",
          .layout = StateLayout::kValue,
          .key = FieldsOf(keys, input),
          .value = {{"order", Type::Bytes()}}};
}

}  // namespace

std::vector<int> KeptColumns(const std::vector<int>& keys, const Schema& input) {
  std::vector<int> kept;
  for (int column = 0; column < static_cast<int>(input.size()); ++column) {
    const bool in_key = std::find(keys.begin(), keys.end(), column) != keys.end();
    const Type& type = input.fields[static_cast<size_t>(column)].type;
    if (!in_key || !KeyGivesValue(type)) kept.push_back(column);
  }
  return kept;
}

std::vector<int> KeptColumns(const DeduplicateSpec& spec, const Schema& input) {
  std::vector<int> keys = spec.keys;
  std::erase(keys, spec.time_column);
  return KeptColumns(keys, input);
}

OperatorStateSchema StateOfRank(const RankSpec& spec, const Schema& input) {
  const bool retracts = spec.strategy == RankStrategy::kRetract;
  OperatorStateSchema state;
  state.tables.push_back(RankedRows(retracts ? "rows" : "top", spec.partition, input));
  state.tables.push_back(Bounds(spec.partition, input));
  if (retracts) {
    state.tables.push_back({.name = "places",
                            .layout = StateLayout::kMap,
                            .key = FieldsOf(spec.partition, input),
                            .sub_key = {{"row()", Required(Type::BigInt())}},
                            .value = {{"sequences", Required(Type::Bytes())}}});
  }
  for (StateSchema& table : state.tables) table.ttl_millis = spec.ttl_millis;
  state.operator_state = {"sequence", "ranks"};
  return state;
}

OperatorStateSchema StateOfDeduplicate(const DeduplicateSpec& spec, const Schema& input) {
  const std::vector<Field> key = FieldsOf(spec.keys, input);
  const std::vector<Field> row = FieldsOf(KeptColumns(spec, input), input);
  OperatorStateSchema state;
  if (spec.keep_last) {
    state.tables.push_back({.name = "rows", .key = key, .value = row});
  } else {
    state.tables.push_back(
        {.name = "seen", .key = key, .value = {{"sent", Required(Type::Boolean())}}});
  }
  for (StateSchema& table : state.tables) table.ttl_millis = spec.ttl_millis;
  if (!spec.keep_last && spec.time_column >= 0) {
    state.tables.push_back({.name = "pending", .key = key, .value = row});
    state.operator_state = {"progress"};
  }
  return state;
}

OperatorStateSchema StateOfTemporalSort(const Schema& input) {
  StateSchema waiting{.name = "waiting", .layout = StateLayout::kMap};
  waiting.sub_key = {{"due", Required(Type::BigInt())}, {"late", Required(Type::Boolean())}};
  waiting.sub_key.insert(waiting.sub_key.end(), RowPlace().begin(), RowPlace().end());
  for (const Field& column : input.fields) AddField(waiting.value, column.name, column.type);
  AddField(waiting.value, "mark()", Type::BigInt());
  return {.tables = {std::move(waiting)}, .operator_state = {"sequence", "sorted"}};
}

std::vector<int> WindowRankKeys(const WindowRankSpec& spec) {
  std::vector<int> keys = {spec.start_column, spec.end_column};
  keys.insert(keys.end(), spec.partition.begin(), spec.partition.end());
  return keys;
}

OperatorStateSchema StateOfWindowRank(const WindowRankSpec& spec, const Schema& input) {
  const std::vector<int> keys = WindowRankKeys(spec);
  OperatorStateSchema state;
  state.tables.push_back(RankedRows("top", keys, input));
  state.tables.push_back(Bounds(keys, input));
  state.tables.back().sliced = true;
  state.operator_state = {"progress", "sequence"};
  return state;
}

}  // namespace weir::graph
