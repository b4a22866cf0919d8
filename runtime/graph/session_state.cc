#include "runtime/graph/session_state.h"

#include "runtime/graph/rank_state.h"
#include "runtime/graph/state_fields.h"

namespace weir::graph {
namespace {

Type Number() {
  return Type::BigInt().WithNullable(false);
}

StateSchema Sessions(const WindowAggregateSpec& spec, const Schema& input) {
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
  return sessions;
}

}  // namespace

OperatorStateSchema StateOfSessions(const WindowAggregateSpec& spec, const Schema& input) {
  const StateSchema sessions = Sessions(spec, input);
  StateSchema single{.name = "single", .key = sessions.key, .value = sessions.value};
  return {.tables = {sessions, std::move(single)}, .operator_state = {"progress"}};
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
  return {.tables = {Sessions(bare, input), std::move(rows)},
          .operator_state = {"progress", "sequence"}};
}

SessionFields SessionFieldsOf(const StateSchema& sessions) {
  const size_t count = sessions.value.size();
  return {count - 2, count - 1};
}

}  // namespace weir::graph
