// Functions over MAP values. Keys are unique by equality, NULL among them; of equal keys the last
// one counts, at the place of the first (Flink).
#include <fmt/format.h>

#include <algorithm>

#include "runtime/expr/functions/list.h"
#include "runtime/expr/functions/lists.h"
#include "runtime/expr/functions/rules.h"
#include "runtime/expr/type_rules.h"

namespace weir::expr {
namespace {

constexpr ArgumentClass kMap = ArgumentClass::kMap;
constexpr ArgumentClass kArray = ArgumentClass::kArray;

// --- Parts ---------------------------------------------------------------------------------------

template <size_t kPart>
Result<Type> PartRule(Args args) {
  return Type::Array(args[0]->type.fields()[kPart].type).WithNullable(false);
}

// MAP_KEYS and MAP_VALUES: an ARRAY that shares the map's offsets and its keys or values.
template <size_t kPart>
Result<ColumnPtr> PartKernel(const KernelCall& call) {
  const Column& map = *call.args[0];
  MutableColumnPtr out = call.MakeResult();
  std::copy_n(map.offsets(), map.stored() + 1, out->mutable_offsets());
  out->AddChild(map.children()[kPart]->WithType(call.type().fields()[0].type));
  return ColumnPtr(std::move(out));
}

Result<Type> EntriesRule(Args args) {
  const std::vector<TypeField>& fields = args[0]->type.fields();
  return Type::Array(Type::Row({{"key", fields[0].type}, {"value", fields[1].type}}))
      .WithNullable(false);
}

// MAP_ENTRIES: an ARRAY of ROWs that shares the map's offsets, keys and values.
Result<ColumnPtr> EntriesKernel(const KernelCall& call) {
  const Column& map = *call.args[0];
  const Type& row_type = call.type().fields()[0].type;
  MutableColumnPtr entries = Column::Make(row_type, map.children()[0]->length());
  for (size_t i = 0; i < 2; ++i) {
    entries->AddChild(Flatten(map.children()[i])->WithType(row_type.fields()[i].type));
  }
  MutableColumnPtr out = call.MakeResult();
  std::copy_n(map.offsets(), map.stored() + 1, out->mutable_offsets());
  out->AddChild(std::move(entries));
  return ColumnPtr(std::move(out));
}

// --- Making maps ---------------------------------------------------------------------------------

// Entries of one map: the value of a key is the last that was given.
class EntryList {
 public:
  void Clear() {
    keys_.Clear();
    entries_.clear();
  }
  void Put(const Column& keys, uint32_t key, const Column& values, uint32_t value) {
    const uint32_t place = keys_.Insert(keys, key);
    if (place == entries_.size()) entries_.push_back({&keys, key, nullptr, 0});
    entries_[place].values = &values;
    entries_[place].value = value;
  }
  void AppendTo(ColumnBuilder& map) const {
    for (const Entry& entry : entries_) {
      map.child(0).AppendFrom(*entry.keys, entry.key);
      map.child(1).AppendFrom(*entry.values, entry.value);
    }
    map.AppendList();
  }

 private:
  struct Entry {
    const Column* keys;
    uint32_t key;
    const Column* values;
    uint32_t value;
  };
  ElementSet keys_;
  PoolVector<Entry> entries_;
};

// MAP[key, value, …]: the keys get one type, and so do the values.
bool UnifyMap(std::span<const ExprPtr>, std::vector<Type>& types) {
  if (types.size() % 2 != 0) return false;
  for (size_t first = 0; first < 2; ++first) {
    Type common = types[first];
    for (size_t i = first; i < types.size(); i += 2) {
      const std::optional<Type> next = CommonTypeOf(common, types[i]);
      if (!next) return false;
      common = *next;
    }
    for (size_t i = first; i < types.size(); i += 2) types[i] = common;
  }
  return true;
}

Result<Type> MapRule(Args args) {
  Type parts[2] = {args[0]->type, args[1]->type};
  for (size_t i = 0; i < args.size(); ++i) {
    parts[i % 2] = CommonTypeOf(parts[i % 2], args[i]->type).value_or(parts[i % 2]);
  }
  return Type::Map(parts[0], parts[1]).WithNullable(false);
}

Result<ColumnPtr> MapKernel(const KernelCall& call) {
  EntryList entries;
  const auto row_of = [](const Column& column, uint32_t row) {
    return column.is_constant() ? 0 : row;
  };
  return BuildRows(call, *AllRowsOf(call), [&](uint32_t row, ColumnBuilder& builder) {
    entries.Clear();
    for (size_t i = 0; i < call.args.size(); i += 2) {
      const Column& key = *call.args[i];
      const Column& value = *call.args[i + 1];
      entries.Put(key, row_of(key, row), value, row_of(value, row));
    }
    entries.AppendTo(builder);
  });
}

// All maps get one key type and one value type.
bool UnifyMaps(std::span<const ExprPtr>, std::vector<Type>& types) {
  Type key = types[0].fields()[0].type;
  Type value = types[0].fields()[1].type;
  for (const Type& type : types) {
    const std::optional<Type> next_key = CommonTypeOf(key, type.fields()[0].type);
    const std::optional<Type> next_value = CommonTypeOf(value, type.fields()[1].type);
    if (!next_key || !next_value) return false;
    key = *next_key;
    value = *next_value;
  }
  for (Type& type : types) type = Type::Map(key, value).WithNullable(type.nullable());
  return true;
}

Result<ColumnPtr> UnionKernel(const KernelCall& call) {
  EntryList entries;
  return BuildRows(call, *NullsOf(call), [&](uint32_t row, ColumnBuilder& builder) {
    entries.Clear();
    for (const ColumnPtr& arg : call.args) {
      const ListReader maps(*arg);
      const ListRange range = maps[row];
      for (uint32_t i = range.begin; i < range.end; ++i) {
        entries.Put(maps.elements(), i, maps.values(), i);
      }
    }
    entries.AppendTo(builder);
  });
}

Result<Type> FromArraysRule(Args args) {
  return Type::Map(args[0]->type.fields()[0].type, args[1]->type.fields()[0].type)
      .WithNullable(false);
}

Result<ColumnPtr> FromArraysKernel(const KernelCall& call) {
  const ListReader keys(*call.args[0]);
  const ListReader values(*call.args[1]);
  const MutableColumnPtr shape = NullsOf(call);
  RETURN_IF_ERROR(TryValidRows(call.rows, shape->validity(), [&](uint32_t row) -> Status {
    if (keys[row].size() == values[row].size()) return {};
    return call.Fail(Status::DataError(fmt::format("keys and values differ in number: {} and {}",
                                                   keys[row].size(), values[row].size()))
                         .WithId("E3001"));
  }));
  EntryList entries;
  return BuildRows(call, *shape, [&](uint32_t row, ColumnBuilder& builder) {
    entries.Clear();
    for (uint32_t i = 0; i < keys[row].size(); ++i) {
      entries.Put(keys.elements(), keys[row].begin + i, values.elements(), values[row].begin + i);
    }
    entries.AppendTo(builder);
  });
}

std::vector<ScalarFunction> MakeTable() {
  return {
      WithNulls(Define("MAP", "MAP[key, value, …] → MAP",
                       "A map of the keys to the values; of equal keys the last one counts.",
                       {{{kAny, kAny}, MapRule, MapKernel, 0, true, UnifyMap}})),
      Define("MAP_KEYS", "MAP_KEYS(map) → ARRAY", "The keys.",
             {{{kMap}, PartRule<0>, PartKernel<0>}}),
      Define("MAP_VALUES", "MAP_VALUES(map) → ARRAY", "The values.",
             {{{kMap}, PartRule<1>, PartKernel<1>}}),
      Define("MAP_ENTRIES", "MAP_ENTRIES(map) → ARRAY<ROW<key, value>>", "The entries as rows.",
             {{{kMap}, EntriesRule, EntriesKernel}}),
      Failing(Define("MAP_FROM_ARRAYS", "MAP_FROM_ARRAYS(keys, values) → MAP",
                     "A map of the keys to the values, which must be as many.",
                     {{{kArray, kArray}, FromArraysRule, FromArraysKernel}})),
      Define("MAP_UNION", "MAP_UNION(map, …) → MAP",
             "The entries of all maps; of equal keys the last one counts.",
             {{{kMap}, ReturnsFirst, UnionKernel, 0, true, UnifyMaps}}),
  };
}

}  // namespace

std::span<const ScalarFunction> MapFunctions() {
  static const std::vector<ScalarFunction> table = MakeTable();
  return table;
}

}  // namespace weir::expr
