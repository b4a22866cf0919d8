#include "runtime/graph/aggregate_state.h"

#include <string>
#include <utility>

namespace weir::graph {
namespace {

Type Count() { return Type::BigInt().WithNullable(false); }

std::vector<Field> KeyFields(std::span<const int> keys, const Schema& input) {
  std::vector<Field> fields;
  for (const int key : keys) fields.push_back(input.fields[static_cast<size_t>(key)]);
  return fields;
}

void AddValueMaps(std::span<const expr::AggregateCall> calls, bool retracts,
                  const std::vector<Field>& key, bool windowed, int64_t ttl_millis,
                  const Schema& input, std::vector<StateSchema>& tables) {
  for (const expr::AggregateCall& call : calls) {
    if (!expr::NeedsValueMap(call, retracts)) continue;
    tables.push_back(ValueMapSchema(call, key, windowed, input));
    tables.back().ttl_millis = ttl_millis;
  }
}

Schema LocalColumns(std::vector<Field> columns, std::span<const expr::AggregateCall> calls,
                    bool retracts) {
  for (Field& field : GroupFields(calls, retracts)) columns.push_back(std::move(field));
  return Schema{std::move(columns)};
}

}  // namespace

std::vector<Field> GroupFields(std::span<const expr::AggregateCall> calls, bool input_retracts) {
  std::vector<Field> fields;
  if (input_retracts) fields.push_back({std::string(kRowCountField), Count()});
  for (const expr::AggregateCall& call : calls) {
    for (Field& field : expr::StateFields(call, input_retracts)) fields.push_back(std::move(field));
  }
  return fields;
}

bool CanSplit(std::span<const expr::AggregateCall> calls, bool input_retracts) {
  for (const expr::AggregateCall& call : calls) {
    if (expr::NeedsValueMap(call, input_retracts)) return false;
  }
  return true;
}

Schema LocalOutput(const GroupAggregateSpec& spec, const Schema& input) {
  return LocalColumns(KeyFields(spec.keys, input), spec.calls, spec.input_retracts);
}

Schema LocalOutput(const WindowAggregateSpec& spec, const Schema& input) {
  std::vector<Field> columns = KeyFields(spec.keys, input);
  columns.push_back({std::string(kSliceField), Count()});
  return LocalColumns(std::move(columns), spec.calls, spec.input_retracts);
}

StateSchema ValueMapSchema(const expr::AggregateCall& call, std::vector<Field> key, bool windowed,
                           const Schema& input) {
  StateSchema schema{"values(" + call.state_name + ")", StateLayout::kMap, std::move(key), {}, {}};
  if (windowed) schema.sub_key.push_back({"window_end", Count()});
  for (const int argument : call.arguments) {
    schema.sub_key.push_back(
        {"value" + std::to_string(schema.sub_key.size() - (windowed ? 1 : 0)),
         input.fields[static_cast<size_t>(argument)].type.WithNullable(false)});
  }
  schema.value.push_back({"count", Count()});
  return schema;
}

OperatorStateSchema StateOfGroupAggregate(const GroupAggregateSpec& spec, const Schema& input) {
  OperatorStateSchema state;
  if (spec.phase == AggregatePhase::kLocal) return state;
  const std::vector<Field> key = KeyFields(spec.keys, input);
  state.tables.push_back({std::string(kGroupsTable), StateLayout::kValue, key, {},
                          GroupFields(spec.calls, spec.input_retracts), false, spec.ttl_millis});
  if (spec.phase == AggregatePhase::kSingle) {
    AddValueMaps(spec.calls, spec.input_retracts, key, false, spec.ttl_millis, input, state.tables);
  }
  return state;
}

bool KeepsWholeWindows(const WindowAggregateSpec& spec) {
  return spec.window.kind != window::WindowKind::kTumble &&
         !CanSplit(spec.calls, spec.input_retracts);
}

OperatorStateSchema StateOfWindowAggregate(const WindowAggregateSpec& spec, const Schema& input) {
  OperatorStateSchema state;
  if (spec.phase == AggregatePhase::kLocal) return state;
  const std::vector<Field> key = KeyFields(spec.keys, input);
  StateSchema table{"", StateLayout::kValue, key, {}, GroupFields(spec.calls, spec.input_retracts),
                    true};
  const bool whole = KeepsWholeWindows(spec);
  if (!whole) {
    table.name = kSlicesTable;
    state.tables.push_back(table);
  }
  if (whole || spec.window.kind == window::WindowKind::kHop) {
    table.name = kWindowsTable;
    state.tables.push_back(table);
  }
  AddValueMaps(spec.calls, spec.input_retracts, key, true, 0, input, state.tables);
  state.operator_state.emplace_back("progress");
  return state;
}

OperatorStateSchema StateOfSortLimit(const SortLimitSpec&, const Schema& input) {
  OperatorStateSchema state;
  state.tables.push_back({std::string(kSortTable), StateLayout::kValue, input.fields, {},
                          {{"count", Count()}, {"first", Count()}}});
  return state;
}

}  // namespace weir::graph
