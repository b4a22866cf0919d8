// Making and reading ROW, ARRAY and MAP values.
#include <fmt/format.h>

#include <cstring>

#include "runtime/expr/functions/list.h"
#include "runtime/expr/functions/lists.h"
#include "runtime/expr/functions/rules.h"
#include "runtime/expr/type_rules.h"

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

// Returns the field's column, with NULL also where the row itself is NULL.
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
  // Texts are equal by their characters, whatever their lengths are declared as.
  if (key.is_character() && types[1].is_character()) return true;
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

Result<Type> ArrayRule(Args args) {
  Type element = args[0]->type;
  for (const ExprPtr& arg : args) element = CommonTypeOf(element, arg->type).value_or(element);
  return Type::Array(element).WithNullable(false);
}

Result<ColumnPtr> ArrayKernel(const KernelCall& call) {
  return BuildRows(call, *AllRowsOf(call), [&](uint32_t row, ColumnBuilder& builder) {
    for (const ColumnPtr& arg : call.args) builder.child(0).AppendFrom(*arg, row);
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
      WithNulls(Define("ROW", "ROW(value, …) → ROW", "A row of the values.",
                       {{{kAny}, RowRule, RowKernel, 0, true}})),
      WithNulls(Define("ARRAY", "ARRAY[value, …] → ARRAY", "An array of the values.",
                       {{{kAny}, ArrayRule, ArrayKernel, 0, true, UnifyAll}})),
  };
}

}  // namespace

std::span<const ScalarFunction> CollectionFunctions() {
  static const std::vector<ScalarFunction> table = MakeTable();
  return table;
}

}  // namespace weir::expr
