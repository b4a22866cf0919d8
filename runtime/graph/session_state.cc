#include "runtime/graph/session_state.h"

#include "runtime/graph/rank_state.h"
#include "runtime/graph/state_fields.h"

namespace weir::graph {
namespace {

Type Number() {
  return Type::BigInt().WithNullable(false);
}

StateSchema Ends(const std::vector<Field>& key) {
  StateSchema ends{.name = "ends", .key = key, .value = {{"due", Number()}}};
  ends.sliced = true;
  return ends;
}

// "sessions" and "ends".
std::vector<StateSchema> Sessions(const WindowAggregateSpec& spec, const Schema& input) {
  StateSchema sessions{.name = "sessions",
                       .layout = StateLayout::kMap,
                       .key = FieldsOf(spec.keys, input),
                       .sub_key = {{"start", Number()}},
                       .value = {{"row_count", Number()}}};
  for (const expr::AggregateCall& call : spec.calls) {
    for (Field& field : expr::StateFields(call, spec.input_retracts)) {
      sessions.value.push_back(std::move(field));
    }
  }
  sessions.value.push_back({"session_start", Number()});
  sessions.value.push_back({"session_end", Number()});
  StateSchema ends = Ends(sessions.key);
  return {std::move(sessions), std::move(ends)};
}

}  // namespace

OperatorStateSchema StateOfSessions(const WindowAggregateSpec& spec, const Schema& input) {
  std::vector<StateSchema> tables = Sessions(spec, input);
  tables.push_back({.name = "single", .key = tables[0].key, .value = tables[0].value});
  return {.tables = std::move(tables), .operator_state = {"progress"}};
}

OperatorStateSchema StateOfSessionRows(const WindowAssignSpec& spec, const Schema& input) {
  StateSchema rows{.name = "rows",
                   .layout = StateLayout::kMap,
                   .key = FieldsOf(spec.keys, input),
                   .sub_key = {{"time", Number()}, {"sequence", Number()}},
                   .value = FieldsOf(KeptColumns(spec.keys, input), input)};
  rows.value.push_back({"time()", Number()});
  rows.value.push_back({"change()", Number()});
  WindowAggregateSpec bare;
  bare.keys = spec.keys;
  std::vector<StateSchema> tables = Sessions(bare, input);
  tables.push_back(std::move(rows));
  return {.tables = std::move(tables), .operator_state = {"progress", "sequence"}};
}

SessionFields SessionFieldsOf(const StateSchema& sessions) {
  const size_t count = sessions.value.size();
  return {count - 2, count - 1};
}

}  // namespace weir::graph
