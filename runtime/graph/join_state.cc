#include "runtime/graph/join_state.h"

#include <algorithm>

#include "runtime/graph/state_fields.h"

namespace weir::graph {
namespace {

bool Contains(const std::vector<int>& columns, int column) {
  return std::find(columns.begin(), columns.end(), column) != columns.end();
}

Type Count() {
  return Type::BigInt().WithNullable(false);
}

int AddCounter(StateSchema& schema, const char* name) {
  AddField(schema.value, name, Count());
  return static_cast<int>(schema.value.size()) - 1;
}

bool CountsMatches(JoinType type, int port) {
  return port == 0 ? KeepsLeft(type) || GivesLeftOnly(type) : KeepsRight(type);
}

// Key and value columns of one side; keys are called as the left side calls them, on both sides.
JoinSideState PlainSide(const JoinShape& shape, int port) {
  const JoinInput& input = shape.side(port);
  JoinSideState state;
  state.schema.name = port == 0 ? "left" : "right";
  state.schema.ttl_millis = input.ttl_millis;
  for (size_t i = 0; i < input.keys.size(); ++i) {
    const Field& left = shape.left.schema.fields.at(static_cast<size_t>(shape.left.keys[i]));
    const Field& right = shape.right.schema.fields.at(static_cast<size_t>(shape.right.keys[i]));
    const Type& own = port == 0 ? left.type : right.type;
    // Keys of the other side are looked up here, too, and may be NULL.
    const bool nulls =
        shape.null_safe.at(i) != 0 && (left.type.nullable() || right.type.nullable());
    AddField(state.schema.key, left.name, own.WithNullable(own.nullable() || nulls));
  }
  for (size_t i = 0; i < input.schema.size(); ++i) {
    const Field& column = input.schema.fields[i];
    const int index = static_cast<int>(i);
    if (Contains(input.keys, index) && KeyGivesValue(column.type)) continue;
    state.columns.push_back(index);
    AddField(state.schema.value, column.name, column.type);
  }
  return state;
}

void AddRowIdentity(JoinSideState& state) {
  state.schema.sub_key.push_back({kRowHashField, Count()});
  state.schema.sub_key.push_back({kRowNumberField, Count()});
  state.copies_field = AddCounter(state.schema, "copies()");
}

}  // namespace

bool KeyGivesValue(const Type& type) {
  return !type.is_nested() && type.kind() != TypeKind::kFloat && type.kind() != TypeKind::kDouble;
}

JoinSideState StateOfSide(const JoinSpec& spec, int port) {
  const JoinInput& input = spec.shape.side(port);
  JoinSideState state = PlainSide(spec.shape, port);
  const bool known = !input.unique_key.empty();
  const bool in_keys = known && std::all_of(input.unique_key.begin(), input.unique_key.end(),
                                            [&](int c) { return Contains(input.keys, c); });
  if (in_keys) {
    state.rows = JoinRows::kOne;
    state.schema.layout = StateLayout::kValue;
  } else if (!input.retracts) {
    state.rows = JoinRows::kList;
    state.schema.layout = StateLayout::kList;
  } else if (known) {
    state.rows = JoinRows::kUnique;
    state.schema.layout = StateLayout::kMap;
    for (const int column : input.unique_key) {
      if (Contains(input.keys, column)) continue;
      const Field& field = input.schema.fields.at(static_cast<size_t>(column));
      AddField(state.schema.sub_key, field.name, field.type);
      state.sub_key.push_back(column);
    }
  } else {
    state.rows = JoinRows::kMultiset;
    state.schema.layout = StateLayout::kMap;
    AddRowIdentity(state);
  }
  if (CountsMatches(spec.shape.type, port)) {
    state.matches_field = AddCounter(state.schema, "matches()");
    state.sends_unmatched = spec.shape.type != JoinType::kSemi;
  }
  return state;
}

JoinSideState SlicedStateOfSide(const JoinShape& shape, int port) {
  JoinSideState state = PlainSide(shape, port);
  state.schema.layout = StateLayout::kList;
  state.schema.sliced = true;
  state.schema.ttl_millis = 0;
  return state;
}

JoinSideState IntervalStateOfSide(const JoinShape& shape, int port) {
  JoinSideState state = SlicedStateOfSide(shape, port);
  state.time_field = AddCounter(state.schema, "time()");
  AddField(state.schema.value, "mark()", Type::BigInt());
  state.mark_field = state.time_field + 1;
  if (CountsMatches(shape.type, port)) {
    state.matches_field = AddCounter(state.schema, "matches()");
  }
  return state;
}

TemporalJoinState StateOfTemporalJoin(const TemporalJoinSpec& spec) {
  TemporalJoinState state;
  for (int port = 0; port < 2; ++port) {
    JoinSideState& side = port == 0 ? state.left : state.right;
    side = SlicedStateOfSide(spec.shape, port);
    AddCounter(side.schema, "due()");
    AddField(side.schema.value, "kind()", Type::TinyInt().WithNullable(false));
    AddField(side.schema.value, "mark()", Type::BigInt());
    AddCounter(side.schema, "sequence()");
  }
  state.versions = PlainSide(spec.shape, 1);
  StateSchema& versions = state.versions.schema;
  versions.name = "versions";
  versions.layout = StateLayout::kValue;
  // Keys of the left side are looked up here, too, and may be NULL.
  for (Field& key : versions.key) key.type = key.type.WithNullable(true);
  if (!Contains(state.versions.columns, spec.right_time)) {
    const Field& time = spec.shape.right.schema.fields.at(static_cast<size_t>(spec.right_time));
    state.versions.columns.push_back(spec.right_time);
    AddField(versions.value, time.name, time.type);
  }
  AddField(versions.value, "valid()", Type::Boolean().WithNullable(false));
  state.valid_field = static_cast<int>(versions.value.size()) - 1;
  return state;
}

}  // namespace weir::graph
