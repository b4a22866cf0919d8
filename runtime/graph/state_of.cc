// The state schema of every operator kind.
#include <fmt/format.h>

#include <unordered_set>

#include "runtime/graph/aggregate_state.h"
#include "runtime/graph/join_state.h"
#include "runtime/graph/match_state.h"
#include "runtime/graph/over_state.h"
#include "runtime/graph/rank_state.h"
#include "runtime/graph/session_state.h"
#include "runtime/graph/state_fields.h"

namespace weir::graph {
namespace {

// The two aggregating operators have the same state except for slices and time-to-live.
struct Grouping {
  AggregatePhase phase = AggregatePhase::kSingle;
  const std::vector<int>* keys = nullptr;
  const std::vector<expr::AggregateCall>* calls = nullptr;
  bool input_retracts = false;
  bool windows = false;
  int64_t ttl_millis = 0;
};

std::optional<Grouping> GroupingOf(const OperatorSpec& spec) {
  if (const auto* group = std::get_if<GroupAggregateSpec>(&spec)) {
    return Grouping{group->phase,          &group->keys, &group->calls,
                    group->input_retracts, false,        group->ttl_millis};
  }
  if (const auto* window = std::get_if<WindowAggregateSpec>(&spec)) {
    return Grouping{window->phase, &window->keys, &window->calls, window->input_retracts, true, 0};
  }
  return std::nullopt;
}

std::vector<Field> AccumulatorFields(const Grouping& grouping) {
  std::vector<Field> fields = {{"row_count", Type::BigInt().WithNullable(false)}};
  for (const expr::AggregateCall& call : *grouping.calls) {
    for (Field& field : expr::StateFields(call, grouping.input_retracts)) {
      fields.push_back(std::move(field));
    }
  }
  return fields;
}

struct ValueTables {
  std::vector<StateSchema> tables;
  std::vector<ValueMapSlot> slots;  // one per call; tables are counted from 1
};

StateSchema& FindOrAddTable(std::vector<StateSchema>& tables, const std::string& name, int& place) {
  for (size_t i = 0; i < tables.size(); ++i) {
    if (tables[i].name != name) continue;
    place = static_cast<int>(i) + 1;
    return tables[i];
  }
  tables.push_back({.name = name, .layout = StateLayout::kMap});
  place = static_cast<int>(tables.size());
  return tables.back();
}

// The index of a count field in the table; adds the field if it is not there.
int FindOrAddCount(StateSchema& table, const std::string& field) {
  size_t place = 0;
  while (place < table.value.size() && table.value[place].name != field) ++place;
  if (place == table.value.size())
    table.value.push_back({field, Type::BigInt().WithNullable(false)});
  return static_cast<int>(place);
}

ValueMapSlot AddValueMap(const Grouping& grouping, const expr::AggregateCall& call,
                         const Schema& input, ValueTables& tables) {
  ValueMapSlot slot;
  const CallTexts texts = TextsOfCall(call.state_name);
  const std::string name =
      fmt::format("{}({})", call.distinct ? "distinct" : "values", texts.argument);
  StateSchema& table = FindOrAddTable(tables.tables, name, slot.table);
  if (table.sub_key.empty()) {
    table.key = FieldsOf(*grouping.keys, input);
    // By windows the values are ordered within each, so that a window's are found and dropped
    // together.
    if (grouping.windows) {
      AddField(table.sub_key, "window_end", Type::BigInt().WithNullable(false));
    }
    for (const Type& type : call.argument_types) AddField(table.sub_key, "value", type);
    table.ttl_millis = grouping.ttl_millis;
  }
  slot.field = FindOrAddCount(table, "count" + texts.filter);
  return slot;
}

ValueTables ValueTablesOf(const Grouping& grouping, const Schema& input) {
  ValueTables result;
  for (const expr::AggregateCall& call : *grouping.calls) {
    const bool needs =
        !call.arguments.empty() && expr::NeedsValueMap(call, grouping.input_retracts);
    result.slots.push_back(needs ? AddValueMap(grouping, call, input, result) : ValueMapSlot());
  }
  return result;
}

OperatorStateSchema StateOfGrouping(const Grouping& grouping, const Schema& input) {
  if (grouping.phase == AggregatePhase::kLocal) return {};
  OperatorStateSchema state;
  state.tables.push_back({.name = grouping.windows ? "windows" : "groups",
                          .layout = StateLayout::kValue,
                          .key = FieldsOf(*grouping.keys, input),
                          .value = AccumulatorFields(grouping),
                          .sliced = grouping.windows,
                          .ttl_millis = grouping.ttl_millis});
  for (StateSchema& table : ValueTablesOf(grouping, input).tables) {
    state.tables.push_back(std::move(table));
  }
  if (grouping.windows) state.operator_state = {"progress"};
  return state;
}

// Slices that windows share are another table than whole windows: one cannot be read as the other.
// Where rows may be in either, that of new rows comes first.
OperatorStateSchema StateOfWindows(const WindowAggregateSpec& spec, const Schema& input) {
  if (spec.window.kind == window::WindowKind::kSession && spec.end_column < 0) {
    return StateOfSessions(spec, input);
  }
  OperatorStateSchema state = StateOfGrouping(*GroupingOf(spec), input);
  if (state.tables.empty() || !KeepsSlicesAndWindows(spec)) return state;
  StateSchema other = state.tables[0];
  (KeepsWholeWindows(spec) ? other : state.tables[0]).name = "slices";
  state.tables.push_back(std::move(other));
  return state;
}

// A table of rows, how often each occurs and when it came first, which changes are folded into.
OperatorStateSchema StateOfSort(const Schema& input) {
  StateSchema rows{.name = "rows", .layout = StateLayout::kValue};
  for (const Field& column : input.fields) AddField(rows.key, column.name, column.type);
  rows.value = {{"count", Type::BigInt().WithNullable(false)},
                {"first", Type::BigInt().WithNullable(false)}};
  return {.tables = {std::move(rows)}, .operator_state = {}};
}

// Splits that were read to their ends are in a table where there may be any number of them. The
// salt makes a row's key group one of the subtask that read the split.
OperatorStateSchema StateOfScan(const ScanSpec& spec) {
  OperatorStateSchema state{.tables = {}, .operator_state = {"splits"}};
  if (!spec.any_number_of_splits) return state;
  state.tables.push_back({.name = "read",
                          .layout = StateLayout::kValue,
                          .key = {{"split", Type::String().WithNullable(false)},
                                  {"salt", Type::BigInt().WithNullable(false)}},
                          .value = {{"position", Type::String().WithNullable(false)},
                                    {"watermark", Type::BigInt().WithNullable(false)}}});
  return state;
}

struct StateVisitor {
  const Schema& input;

  OperatorStateSchema operator()(const ScanSpec& spec) const { return StateOfScan(spec); }
  OperatorStateSchema operator()(const WatermarkSpec&) const { return {{}, {"partitions"}}; }
  OperatorStateSchema operator()(const SinkSpec&) const { return {{}, {"committables"}}; }
  OperatorStateSchema operator()(const SortLimitSpec&) const { return StateOfSort(input); }
  OperatorStateSchema operator()(const TemporalSortSpec&) const {
    return StateOfTemporalSort(input);
  }
  OperatorStateSchema operator()(const GroupAggregateSpec& spec) const {
    return StateOfGrouping(*GroupingOf(spec), input);
  }
  OperatorStateSchema operator()(const WindowAggregateSpec& spec) const {
    return StateOfWindows(spec, input);
  }
  OperatorStateSchema operator()(const OverAggregateSpec& spec) const {
    return StateOfOver(spec, input);
  }
  OperatorStateSchema operator()(const OverRecomputeSpec& spec) const {
    return StateOfOverRecompute(spec, input);
  }
  OperatorStateSchema operator()(const OverAheadSpec& spec) const {
    return StateOfOverAhead(spec, input);
  }
  OperatorStateSchema operator()(const MatchSpec& spec) const { return StateOfMatch(spec, input); }
  OperatorStateSchema operator()(const RankSpec& spec) const { return StateOfRank(spec, input); }
  OperatorStateSchema operator()(const DeduplicateSpec& spec) const {
    return StateOfDeduplicate(spec, input);
  }
  OperatorStateSchema operator()(const ChangelogNormalizeSpec& spec) const {
    return StateOfNormalize(spec, input);
  }
  OperatorStateSchema operator()(const UpsertMaterializeSpec& spec) const {
    return StateOfMaterialize(spec, input);
  }
  OperatorStateSchema operator()(const UpsertCompactSpec& spec) const {
    return StateOfCompact(spec, input);
  }
  OperatorStateSchema operator()(const WindowRankSpec& spec) const {
    return StateOfWindowRank(spec, input);
  }
  OperatorStateSchema operator()(const ValuesSpec&) const { return {{}, {"splits"}}; }
  OperatorStateSchema operator()(const CalcSpec&) const { return {}; }
  OperatorStateSchema operator()(const WindowAssignSpec& spec) const {
    const bool keeps = spec.window.kind == window::WindowKind::kSession;
    return keeps ? StateOfSessionRows(spec, input) : OperatorStateSchema{};
  }
  OperatorStateSchema operator()(const UnionSpec&) const { return {}; }
  OperatorStateSchema operator()(const ReplicateSpec&) const { return {}; }
  OperatorStateSchema operator()(const ToChangelogSpec&) const { return {}; }
  OperatorStateSchema operator()(const FromChangelogSpec&) const { return {}; }
  // "returned": the rows that were on their way back to the recursion.
  OperatorStateSchema operator()(const RecursionSpec&) const { return {{}, {"returned"}}; }
  OperatorStateSchema operator()(const LookupSpec&) const { return {}; }
  OperatorStateSchema operator()(const CollectSpec&) const { return {}; }
  OperatorStateSchema operator()(const JoinSpec& spec) const {
    return {{StateOfSide(spec, 0).schema, StateOfSide(spec, 1).schema}, {}};
  }
  OperatorStateSchema operator()(const IntervalJoinSpec& spec) const {
    return {{IntervalStateOfSide(spec.shape, 0).schema, IntervalStateOfSide(spec.shape, 1).schema},
            {"slices"}};
  }
  OperatorStateSchema operator()(const WindowJoinSpec& spec) const {
    return {{SlicedStateOfSide(spec.shape, 0).schema, SlicedStateOfSide(spec.shape, 1).schema},
            {"progress"}};
  }
  OperatorStateSchema operator()(const TemporalJoinSpec& spec) const {
    TemporalJoinState state = StateOfTemporalJoin(spec);
    return {{std::move(state.left.schema), std::move(state.right.schema),
             std::move(state.versions.schema)},
            {"sequence"}};
  }
};

}  // namespace

OperatorStateSchema StateOf(const OperatorSpec& spec, const Schema& input) {
  return std::visit(StateVisitor{input}, spec);
}

std::vector<ValueMapSlot> ValueMapsOf(const OperatorSpec& spec, const Schema& input) {
  const std::optional<Grouping> grouping = GroupingOf(spec);
  if (!grouping) return {};
  return ValueTablesOf(*grouping, input).slots;
}

Schema PartialSchema(const OperatorSpec& spec, const Schema& input) {
  const std::optional<Grouping> grouping = GroupingOf(spec);
  if (!grouping) return {};
  Schema partial{FieldsOf(*grouping->keys, input)};
  for (Field& field : AccumulatorFields(*grouping)) partial.fields.push_back(std::move(field));
  if (grouping->windows) {
    partial.fields.push_back({"slice", Type::BigInt().WithNullable(false)});
  }
  return partial;
}

}  // namespace weir::graph
