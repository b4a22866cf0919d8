#include "runtime/graph/over_state.h"

#include <algorithm>

#include "runtime/graph/aggregate_state.h"
#include "runtime/graph/join_state.h"
#include "runtime/graph/rank_state.h"
#include "runtime/graph/state_fields.h"

namespace weir::graph {
namespace {

const Type& Required64() {
  static const Type kRequired = Type::BigInt().WithNullable(false);
  return kRequired;
}

const Type& RequiredFlag() {
  static const Type kFlag = Type::Boolean().WithNullable(false);
  return kFlag;
}

void AddAccumulators(std::span<const OverCall> calls, const std::string& before,
                     std::vector<Field>& fields) {
  fields.push_back({before + "row_count", Required64()});
  for (const expr::AggregateCall& call : AggregatesOf(calls)) {
    for (Field& field : expr::StateFields(call, false)) {
      fields.push_back({before + field.name, std::move(field.type)});
    }
  }
}

StateSchema Waiting(const OverAggregateSpec& spec, const Schema& input) {
  StateSchema table{.name = "waiting", .layout = StateLayout::kList, .sliced = true};
  table.key = FieldsOf(spec.partition, input);
  table.value = FieldsOf(WaitingColumns(spec, input), input);
  AddField(table.value, "sequence", Required64());
  return table;
}

StateSchema Frames(const OverAggregateSpec& spec, const Schema& input) {
  StateSchema table{.name = "frames", .layout = StateLayout::kValue};
  table.key = FieldsOf(spec.partition, input);
  AddAccumulators(spec.calls, "", table.value);
  AddField(table.value, "newest", Required64());
  if (spec.frame.preceding) {
    for (const char* name : {"oldest", "kept", "front"}) AddField(table.value, name, Required64());
  } else {
    for (const char* name : {"peers", "times"}) AddField(table.value, name, Required64());
    table.ttl_millis = spec.ttl_millis;
  }
  return table;
}

StateSchema Kept(const OverAggregateSpec& spec, const Schema& input) {
  StateSchema table{.name = "kept", .layout = StateLayout::kMap};
  table.key = FieldsOf(spec.partition, input);
  table.sub_key = {{"time", Required64()}, {"sequence", Required64()}};
  for (const KeptArgument& argument : KeptArgumentsOf(spec).columns) {
    AddField(table.value, argument.name, argument.type);
  }
  if (OnlyLooksBack(spec)) return table;
  AddField(table.value, "front()", RequiredFlag());
  AddAccumulators(spec.calls, "front.", table.value);
  return table;
}

}  // namespace

std::vector<expr::AggregateCall> AggregatesOf(std::span<const OverCall> calls) {
  std::vector<expr::AggregateCall> aggregates;
  for (const OverCall& call : calls) {
    if (call.function == OverFunction::kAggregate) aggregates.push_back(call.call);
  }
  return aggregates;
}

std::vector<int> WaitingColumns(const OverAggregateSpec& spec, const Schema& input) {
  std::vector<int> keys = spec.partition;
  std::erase(keys, spec.time_column);
  return KeptColumns(keys, input);
}

bool OnlyLooksBack(const OverAggregateSpec& spec) {
  return std::ranges::all_of(
      spec.calls, [](const OverCall& call) { return call.function == OverFunction::kLag; });
}

KeptArguments KeptArgumentsOf(const OverAggregateSpec& spec) {
  KeptArguments kept;
  for (const OverCall& over : spec.calls) {
    const expr::AggregateCall& call = over.call;
    KeptArgument argument;
    if (!call.arguments.empty()) argument.column = call.arguments[0];
    argument.filter = call.filter;
    int place = -1;
    if (argument.column >= 0 || argument.filter >= 0) {
      const auto same = std::ranges::find_if(kept.columns, [&](const KeptArgument& known) {
        return known.column == argument.column && known.filter == argument.filter;
      });
      place = static_cast<int>(same - kept.columns.begin());
      if (same == kept.columns.end()) {
        const CallTexts texts = TextsOfCall(call.state_name);
        argument.name = texts.argument + texts.filter;
        argument.type =
            (argument.column < 0 ? Type::Boolean() : call.argument_types[0]).WithNullable(true);
        kept.columns.push_back(std::move(argument));
      }
    }
    kept.of_call.push_back(place);
  }
  return kept;
}

DistinctTables DistinctTablesOf(const OverAggregateSpec& spec, const Schema& input) {
  DistinctTables distinct;
  for (const OverCall& over : spec.calls) {
    const expr::AggregateCall& call = over.call;
    if (over.function != OverFunction::kAggregate || !expr::NeedsValueMap(call, false)) {
      distinct.of_call.push_back(-1);
      continue;
    }
    const CallTexts texts = TextsOfCall(call.state_name);
    const std::string name = "distinct(" + texts.argument + ")" + texts.filter;
    const auto same = std::ranges::find(distinct.tables, name, &StateSchema::name);
    distinct.of_call.push_back(static_cast<int>(same - distinct.tables.begin()));
    if (same != distinct.tables.end()) continue;
    StateSchema table{.name = name, .layout = StateLayout::kMap};
    table.key = FieldsOf(spec.partition, input);
    for (const Type& type : call.argument_types) AddField(table.sub_key, "value", type);
    table.value = {{"seen", RequiredFlag()}};
    table.ttl_millis = spec.ttl_millis;
    distinct.tables.push_back(std::move(table));
  }
  return distinct;
}

OperatorStateSchema StateOfOver(const OverAggregateSpec& spec, const Schema& input) {
  OperatorStateSchema state{.tables = {}, .operator_state = {"sequence"}};
  if (spec.time_column >= 0) {
    state.operator_state.push_back("progress");
    state.tables.push_back(Waiting(spec, input));
  }
  if (!OnlyLooksBack(spec)) state.tables.push_back(Frames(spec, input));
  if (spec.frame.preceding) {
    state.tables.push_back(Kept(spec, input));
  } else {
    for (StateSchema& table : DistinctTablesOf(spec, input).tables) {
      state.tables.push_back(std::move(table));
    }
  }
  return state;
}

OperatorStateSchema StateOfOverRecompute(const OverRecomputeSpec& spec, const Schema& input) {
  const Type bytes = Type::Bytes().WithNullable(false);
  StateSchema rows{.name = "rows", .layout = StateLayout::kMap};
  rows.key = FieldsOf(spec.partition, input);
  rows.sub_key = {{"order", bytes}, {kRowHashField, bytes}, {"copy", Required64()}};
  for (const OverCall& call : spec.calls) {
    AddField(rows.value, "result(" + ToString(call) + ")", call.call.result_type);
  }
  for (const int column : KeptColumns(spec.partition, input)) {
    const Field& field = input.fields[static_cast<size_t>(column)];
    AddField(rows.value, field.name, field.type);
  }
  rows.ttl_millis = spec.ttl_millis;
  return {.tables = {std::move(rows)}, .operator_state = {}};
}

bool AddsUp(const OverAheadPart& part) {
  if (part.frame.preceding) return false;
  return std::ranges::all_of(part.calls, [](const OverCall& call) {
    return call.function == OverFunction::kAggregate && !expr::NeedsValueMap(call.call, false);
  });
}

std::vector<size_t> FirstFieldsOfParts(const OverAheadSpec& spec) {
  std::vector<size_t> firsts;
  std::vector<Field> fields;
  for (const OverAheadPart& part : spec.parts) {
    firsts.push_back(fields.size());
    if (AddsUp(part)) AddAccumulators(part.calls, "", fields);
  }
  return firsts;
}

std::vector<int> KeptByOverAhead(const OverAheadSpec& spec, const Schema& input) {
  std::vector<int> keys = spec.partition;
  std::erase(keys, spec.time_column);
  return KeptColumns(keys, input);
}

OperatorStateSchema StateOfOverAhead(const OverAheadSpec& spec, const Schema& input) {
  const std::vector<Field> key = FieldsOf(spec.partition, input);
  StateSchema rows{.name = "rows", .layout = StateLayout::kMap, .key = key};
  rows.sub_key = {{"time", Required64()}, {"sequence", Required64()}};
  rows.value = FieldsOf(KeptByOverAhead(spec, input), input);
  AddField(rows.value, "given()", RequiredFlag());
  StateSchema due{.name = "due", .layout = StateLayout::kList, .key = key, .sliced = true};
  due.value = {{"due", Required64()}, {"time", Required64()}, {"sequence", Required64()}};
  OperatorStateSchema state{.tables = {std::move(rows), std::move(due)},
                            .operator_state = {"progress", "sequence"}};
  if (std::ranges::none_of(spec.parts, AddsUp)) return state;
  StateSchema begun{.name = "begun", .layout = StateLayout::kValue, .key = key};
  for (size_t part = 0; part < spec.parts.size(); ++part) {
    if (AddsUp(spec.parts[part]))
      AddAccumulators(spec.parts[part].calls, std::to_string(part + 1) + ".", begun.value);
  }
  begun.ttl_millis = spec.ttl_millis;
  state.tables.push_back(std::move(begun));
  return state;
}

}  // namespace weir::graph
