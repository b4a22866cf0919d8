// Making and reading ROW, ARRAY and MAP values.
#include <fmt/format.h>

#include <cstring>

#include "runtime/expr/functions/list.h"
#include "runtime/expr/functions/rules.h"
#include "runtime/expr/kernel.h"
#include "runtime/expr/type_rules.h"
#include "runtime/types/batch.h"
#include "runtime/types/column_builder.h"

namespace weir::expr {
namespace {

// --- Fields of rows ------------------------------------------------------------------------------

Result<Type> FieldRule(Args args) {
  const std::vector<TypeField>& fields = args[0]->type.fields();
  const Expr& index = *args[1];
  if (index.kind == ExprKind::kLiteral && !index.literal.is_null()) {
    const int32_t field = index.literal.get<int32_t>();
    if (field >= 0 && static_cast<size_t>(field) < fields.size())
      return fields[static_cast<size_t>(field)].type;
  }
  return Status::InvalidSql("the field of a ROW is named by a literal index of it").WithId("E2005");
}

// The child column; where the row is NULL, so is the field.
Result<ColumnPtr> FieldKernel(const KernelCall& call) {
  const Column& row = *call.args[0];
  const auto field = static_cast<size_t>(call.expression->args[1]->literal.get<int32_t>());
  const ColumnPtr& child = row.children()[field];
  if (row.is_constant()) {
    const Value value = GetValue(*child, 0);
    return MakeConstantColumn(Value(call.type(), value.storage()), call.length);
  }
  const ColumnPtr stored = Flatten(child)->WithType(call.type());
  if (!row.has_validity()) return stored;
  const size_t words = BitmapWords(row.length());
  const BufferPtr validity = MakeBuffer<uint64_t>(std::max<size_t>(words, 1));
  std::memcpy(validity->as<uint64_t>(), row.validity(), words * sizeof(uint64_t));
  for (size_t i = 0; i < words && stored->has_validity(); ++i) {
    validity->as<uint64_t>()[i] &= stored->validity()[i];
  }
  auto copy = std::allocate_shared<Column>(PoolAllocator<Column>(), *stored);
  copy->ShareValidity(validity);
  return ColumnPtr(std::move(copy));
}

// --- Elements ------------------------------------------------------------------------------------

// A column built by `append(row, builder)` for living rows, NULL elsewhere.
template <typename F>
ColumnPtr BuildRows(const KernelCall& call, const Column& shape, F append) {
  const uint32_t count = call.constant ? 1 : call.length;
  ColumnBuilder builder(call.type(), count);
  ForValidRows(call.rows, shape.validity(), [&](uint32_t row) {
    while (builder.size() < row) builder.AppendNull();
    append(row, builder);
  });
  while (builder.size() < count) builder.AppendNull();
  ColumnPtr column = builder.Finish();
  return call.constant ? MakeConstantColumn(GetValue(*column, 0), call.length) : column;
}

// A column of flags that carries the arguments' NULLs, for functions that propagate them.
MutableColumnPtr NullsOf(const KernelCall& call) {
  MutableColumnPtr shape = Column::Make(Type::Boolean(), call.length, call.constant);
  for (const ColumnPtr& arg : call.args) {
    if (!arg->has_validity()) continue;
    ForRows(call.rows, [&](uint32_t row) {
      if (arg->IsNull(row)) shape->SetNull(row);
    });
  }
  return shape;
}

Result<Type> ElementRule(Args args) {
  const Expr& index = *args[1];
  if (index.kind == ExprKind::kLiteral && !index.literal.is_null() &&
      index.literal.get<int32_t>() < 1) {
    return Status::InvalidSql(fmt::format("elements of an ARRAY are counted from 1, this is {}",
                                          index.literal.get<int32_t>()))
        .WithId("E2005")
        .WithSpan(index.span);
  }
  return args[0]->type.fields()[0].type.WithNullable(true);
}

Result<ColumnPtr> ElementKernel(const KernelCall& call) {
  const Column& array = *call.args[0];
  const uint32_t mask = array.is_constant() ? 0 : ~uint32_t{0};
  const ValueReader<int32_t> index(*call.args[1]);
  const MutableColumnPtr shape = NullsOf(call);
  return BuildRows(call, *shape, [&](uint32_t row, ColumnBuilder& builder) {
    const uint32_t begin = array.offsets()[row & mask];
    const uint32_t count = array.offsets()[(row & mask) + 1] - begin;
    const int64_t wanted = int64_t{index[row]} - 1;
    if (wanted < 0 || wanted >= count) return builder.AppendNull();
    builder.AppendFrom(*array.children()[0], begin + static_cast<uint32_t>(wanted));
  });
}

Result<Type> MapValueRule(Args args) {
  return args[0]->type.fields()[1].type.WithNullable(true);
}

bool UnifyMapKey(std::span<const ExprPtr>, std::vector<Type>& types) {
  const Type& key = types[0].fields()[0].type;
  if (!CanAssign(types[1], key)) return false;
  types[1] = key.WithNullable(types[1].nullable());
  return true;
}

Result<ColumnPtr> MapValueKernel(const KernelCall& call) {
  const Column& map = *call.args[0];
  const uint32_t mask = map.is_constant() ? 0 : ~uint32_t{0};
  const MutableColumnPtr shape = NullsOf(call);
  return BuildRows(call, *shape, [&](uint32_t row, ColumnBuilder& builder) {
    const uint32_t end = map.offsets()[(row & mask) + 1];
    for (uint32_t i = map.offsets()[row & mask]; i < end; ++i) {
      if (!ValuesEqual(*map.children()[0], i, *call.args[1], row)) continue;
      return builder.AppendFrom(*map.children()[1], i);
    }
    builder.AppendNull();
  });
}

Result<ColumnPtr> CardinalityKernel(const KernelCall& call) {
  const Column& list = *call.args[0];
  const uint32_t mask = list.is_constant() ? 0 : ~uint32_t{0};
  MutableColumnPtr out = call.MakeResult();
  auto* result = out->mutable_data<int32_t>();
  ForValidRows(call.rows, out->validity(), [&](uint32_t row) {
    result[row] =
        static_cast<int32_t>(list.offsets()[(row & mask) + 1] - list.offsets()[row & mask]);
  });
  return ColumnPtr(std::move(out));
}

bool UnifyElement(std::span<const ExprPtr>, std::vector<Type>& types) {
  const std::optional<Type> common = CommonTypeOf(types[0].fields()[0].type, types[1]);
  if (!common || !common->EqualsIgnoringNullability(types[0].fields()[0].type)) return false;
  types[1] = common->WithNullable(true);
  return true;
}

Result<ColumnPtr> ContainsKernel(const KernelCall& call) {
  const Column& array = *call.args[0];
  const uint32_t mask = array.is_constant() ? 0 : ~uint32_t{0};
  MutableColumnPtr out = call.MakeNullableResult();
  auto* result = out->mutable_data<uint8_t>();
  ForRows(call.rows, [&](uint32_t row) {
    result[row] = 0;
    if (array.IsNull(row)) return out->SetNull(row);
    const uint32_t end = array.offsets()[(row & mask) + 1];
    for (uint32_t i = array.offsets()[row & mask]; i < end && result[row] == 0; ++i) {
      result[row] = ValuesEqual(*array.children()[0], i, *call.args[1], row);
    }
  });
  return ColumnPtr(std::move(out));
}

// --- Constructors --------------------------------------------------------------------------------

Result<Type> RowRule(Args args) {
  std::vector<TypeField> fields;
  for (size_t i = 0; i < args.size(); ++i)
    fields.push_back({fmt::format("EXPR${}", i), args[i]->type});
  return Type::Row(std::move(fields)).WithNullable(false);
}

Result<ColumnPtr> RowKernel(const KernelCall& call) {
  MutableColumnPtr out = call.MakeResult();
  const std::vector<TypeField>& fields = call.type().fields();
  for (size_t i = 0; i < call.args.size(); ++i) {
    const ColumnPtr& arg = call.args[i];
    if (call.constant) {
      const std::vector<Value> value = {GetValue(*arg, 0)};
      out->AddChild(MakeColumn(fields[i].type, value));
    } else {
      out->AddChild(Flatten(arg)->WithType(fields[i].type));
    }
  }
  return ColumnPtr(std::move(out));
}

bool UnifyAll(std::span<const ExprPtr>, std::vector<Type>& types) {
  Type common;
  for (const Type& type : types) {
    const std::optional<Type> next = CommonTypeOf(common, type);
    if (!next) return false;
    common = *next;
  }
  std::fill(types.begin(), types.end(), common);
  return common.kind() != TypeKind::kNull;
}

bool AnyNullable(Args args, size_t first, size_t step) {
  bool nullable = false;
  for (size_t i = first; i < args.size(); i += step)
    nullable = nullable || args[i]->type.nullable();
  return nullable;
}

Result<Type> ArrayRule(Args args) {
  return Type::Array(args[0]->type.WithNullable(AnyNullable(args, 0, 1))).WithNullable(false);
}

Result<ColumnPtr> ArrayKernel(const KernelCall& call) {
  const MutableColumnPtr shape = Column::Make(Type::Boolean(), call.length, call.constant);
  return BuildRows(call, *shape, [&](uint32_t row, ColumnBuilder& builder) {
    for (const ColumnPtr& arg : call.args) builder.child(0).AppendFrom(*arg, row);
    builder.AppendList();
  });
}

bool UnifyMap(std::span<const ExprPtr>, std::vector<Type>& types) {
  if (types.size() % 2 != 0) return false;
  for (size_t first = 0; first < 2; ++first) {
    Type common;
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
  return Type::Map(args[0]->type.WithNullable(AnyNullable(args, 0, 2)),
                   args[1]->type.WithNullable(AnyNullable(args, 1, 2)))
      .WithNullable(false);
}

Result<ColumnPtr> MapKernel(const KernelCall& call) {
  const MutableColumnPtr shape = Column::Make(Type::Boolean(), call.length, call.constant);
  return BuildRows(call, *shape, [&](uint32_t row, ColumnBuilder& builder) {
    for (size_t i = 0; i < call.args.size(); ++i)
      builder.child(i % 2).AppendFrom(*call.args[i], row);
    builder.AppendList();
  });
}

std::vector<ScalarFunction> MakeTable() {
  return {
      Define("FIELD", "row.field → its type", "One field of a ROW.",
             {{{ArgumentClass::kRow, kInt}, FieldRule, FieldKernel}}),
      Define("ITEM", "array[index] | map[key] → the element's type",
             "The element at an index (1 is the first) or key; NULL when there is none.",
             {{{ArgumentClass::kArray, kInt}, ElementRule, ElementKernel},
              {{ArgumentClass::kMap, kAny}, MapValueRule, MapValueKernel, 0, false, UnifyMapKey}}),
      Define("CARDINALITY", "CARDINALITY(array | map) → INT", "The number of elements.",
             {{{ArgumentClass::kCollection}, ReturnsInt, CardinalityKernel}}),
      WithNulls(Define("ARRAY_CONTAINS", "ARRAY_CONTAINS(array, value) → BOOLEAN",
                       "TRUE if the value is an element; NULL is looked for like a value.",
                       {{{ArgumentClass::kArray, kAny},
                         ReturnsNullableBoolean,
                         ContainsKernel,
                         0,
                         false,
                         UnifyElement}})),
      WithNulls(Define("ROW", "ROW(value, …) → ROW", "A row of the values.",
                       {{{kAny}, RowRule, RowKernel, 0, true}})),
      WithNulls(Define("ARRAY", "ARRAY[value, …] → ARRAY", "An array of the values.",
                       {{{kAny}, ArrayRule, ArrayKernel, 0, true, UnifyAll}})),
      WithNulls(Define("MAP", "MAP[key, value, …] → MAP", "A map of the keys to the values.",
                       {{{kAny, kAny}, MapRule, MapKernel, 0, true, UnifyMap}})),
  };
}

}  // namespace

std::span<const ScalarFunction> CollectionFunctions() {
  static const std::vector<ScalarFunction> table = MakeTable();
  return table;
}

}  // namespace weir::expr
