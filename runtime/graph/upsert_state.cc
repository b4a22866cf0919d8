#include "runtime/graph/rank_state.h"
#include "runtime/graph/state_fields.h"
#include "runtime/graph/upsert_spec.h"

namespace weir::graph {

OperatorStateSchema StateOfNormalize(const ChangelogNormalizeSpec& spec, const Schema& input) {
  return {{{.name = "rows",
            .layout = StateLayout::kValue,
            .key = FieldsOf(spec.keys, input),
            .value = FieldsOf(KeptColumns(spec.keys, input), input),
            .ttl_millis = spec.ttl_millis}},
          {}};
}

OperatorStateSchema StateOfMaterialize(const UpsertMaterializeSpec& spec, const Schema& input) {
  const Type number = Type::BigInt().WithNullable(false);
  const std::vector<Field> kept = FieldsOf(KeptColumns(spec.keys, input), input);
  StateSchema rows{.name = "rows",
                   .layout = StateLayout::kValue,
                   .key = FieldsOf(spec.keys, input),
                   .value = kept,
                   .ttl_millis = spec.ttl_millis};
  // With parentheses, so that no column of the input has such a name.
  rows.value.push_back({"older()", number});
  rows.value.push_back({"sequence()", number});
  StateSchema older{.name = "older",
                    .layout = StateLayout::kMap,
                    .key = rows.key,
                    .sub_key = {{"sequence", number}},
                    .value = kept,
                    .ttl_millis = spec.ttl_millis};
  older.value.push_back({"number()", number});
  return {{std::move(rows), std::move(older)}, {"sequence"}};
}

OperatorStateSchema StateOfCompact(const UpsertCompactSpec& spec, const Schema& input) {
  const Type number = Type::BigInt().WithNullable(false);
  StateSchema rows{.name = "rows",
                   .layout = StateLayout::kValue,
                   .key = FieldsOf(spec.keys, input),
                   .value = FieldsOf(KeptColumns(spec.keys, input), input),
                   .ttl_millis = spec.ttl_millis};
  StateSchema waiting{.name = "waiting",
                      .layout = StateLayout::kList,
                      .key = rows.key,
                      .value = rows.value,
                      .sliced = true};
  waiting.value.push_back({"moment()", number});
  waiting.value.push_back({"kind()", Type::TinyInt().WithNullable(false)});
  waiting.value.push_back({"sequence()", number});
  return {{std::move(rows), std::move(waiting)}, {"sequence", "progress"}};
}

std::string_view ConflictName(Conflict conflict) {
  switch (conflict) {
    case Conflict::kDeduplicate:
      return "DEDUPLICATE";
    case Conflict::kError:
      return "ERROR";
    case Conflict::kNothing:
      return "NOTHING";
  }
  return "";
}

}  // namespace weir::graph
