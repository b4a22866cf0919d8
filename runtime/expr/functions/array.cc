// Functions over ARRAY values. They treat a NULL element like any other value: two NULLs are equal,
// and NULL can be searched for, removed and sorted.
#include <fmt/format.h>

#include <algorithm>

#include "runtime/expr/functions/list.h"
#include "runtime/expr/functions/lists.h"
#include "runtime/expr/functions/rules.h"
#include "runtime/expr/functions/text.h"
#include "runtime/expr/type_rules.h"
#include "runtime/types/value_order.h"

namespace weir::expr {
namespace {

constexpr ArgumentClass kArray = ArgumentClass::kArray;

const Type& ElementType(const Type& array) {
  return array.fields()[0].type;
}

// --- Types ---------------------------------------------------------------------------------------

// All arrays are cast to the common type of their elements.
bool UnifyArrays(std::span<const ExprPtr>, std::vector<Type>& types) {
  Type common = ElementType(types[0]);
  for (const Type& type : types) {
    const std::optional<Type> next = CommonTypeOf(common, ElementType(type));
    if (!next) return false;
    common = *next;
  }
  for (Type& type : types) type = Type::Array(common).WithNullable(type.nullable());
  return true;
}

// The sought value is cast to the type of the elements. Fails where it is a wider type, since the
// elements are never cast.
bool UnifySought(std::span<const ExprPtr>, std::vector<Type>& types) {
  const Type& element = ElementType(types[0]);
  // Texts are equal by their characters, whatever their lengths are declared as.
  if (element.is_character() && types[1].is_character()) return true;
  const std::optional<Type> common = CommonTypeOf(element, types[1]);
  if (!common || !common->EqualsIgnoringNullability(element)) return false;
  types[1] = element.WithNullable(types[1].nullable());
  return true;
}

// Array and value are both cast to the common type of the elements and the value.
bool UnifyAdded(std::span<const ExprPtr>, std::vector<Type>& types) {
  const std::optional<Type> common = CommonTypeOf(ElementType(types[0]), types[1]);
  if (!common) return false;
  types[1] = common->WithNullable(types[1].nullable());
  types[0] = Type::Array(*common).WithNullable(types[0].nullable());
  return true;
}

bool Ordered(std::span<const ExprPtr>, std::vector<Type>& types) {
  const Type& element = ElementType(types[0]);
  return element.value_bytes() > 0 && element.kind() != TypeKind::kBoolean;
}

Result<Type> ElementOfRule(Args args) {
  return ElementType(args[0]->type).WithNullable(true);
}
// Nullable when the added value is, though it never makes the array NULL (Flink).
Result<Type> AddedRule(Args args) {
  return args[0]->type.WithNullable(args[0]->type.nullable() || args[1]->type.nullable());
}
// NOT NULL unless the array is nullable, whatever the other arguments are.
Result<Type> LikeArrayRule(Args args) {
  return args[0]->type;
}
Result<Type> FlagLikeArrayRule(Args args) {
  return Type::Boolean().WithNullable(args[0]->type.nullable());
}

// --- Adding, removing, finding -------------------------------------------------------------------

void AppendRange(ColumnBuilder& elements, const Column& from, ListRange range) {
  for (uint32_t i = range.begin; i < range.end; ++i) elements.AppendFrom(from, i);
}

// NULL arrays stay NULL; a NULL value is added.
template <bool kFront>
Result<ColumnPtr> AddKernel(const KernelCall& call) {
  const ListReader arrays(*call.args[0]);
  return BuildRows(call, *AllRowsOf(call), [&](uint32_t row, ColumnBuilder& builder) {
    if (call.args[0]->IsNull(row)) return builder.AppendNull();
    if (kFront) builder.child(0).AppendFrom(*call.args[1], row);
    AppendRange(builder.child(0), arrays.elements(), arrays[row]);
    if (!kFront) builder.child(0).AppendFrom(*call.args[1], row);
    builder.AppendList();
  });
}

Result<ColumnPtr> RemoveKernel(const KernelCall& call) {
  const ListReader arrays(*call.args[0]);
  return BuildRows(call, *AllRowsOf(call), [&](uint32_t row, ColumnBuilder& builder) {
    if (call.args[0]->IsNull(row)) return builder.AppendNull();
    const ListRange range = arrays[row];
    for (uint32_t i = range.begin; i < range.end; ++i) {
      if (ValuesEqual(arrays.elements(), i, *call.args[1], row)) continue;
      builder.child(0).AppendFrom(arrays.elements(), i);
    }
    builder.AppendList();
  });
}

// The index, from 1, of the first element that equals the sought value; 0 where there is none.
int32_t PositionOf(const ListReader& arrays, uint32_t row, const Column& sought) {
  const ListRange range = arrays[row];
  for (uint32_t i = range.begin; i < range.end; ++i) {
    if (ValuesEqual(arrays.elements(), i, sought, row)) {
      return static_cast<int32_t>(i - range.begin) + 1;
    }
  }
  return 0;
}

Result<ColumnPtr> ContainsKernel(const KernelCall& call) {
  const ListReader arrays(*call.args[0]);
  MutableColumnPtr out = call.MakeNullableResult();
  auto* result = out->mutable_data<uint8_t>();
  ForRows(call.rows, [&](uint32_t row) {
    if (call.args[0]->IsNull(row)) return out->SetNull(row);
    result[row] = PositionOf(arrays, row, *call.args[1]) > 0;
  });
  return ColumnPtr(std::move(out));
}

// Unlike the others it gives NULL for a NULL value (Flink).
Result<ColumnPtr> PositionKernel(const KernelCall& call) {
  const ListReader arrays(*call.args[0]);
  MutableColumnPtr out = call.MakeResult();
  auto* result = out->mutable_data<int32_t>();
  ForValidRows(call.rows, out->validity(),
               [&](uint32_t row) { result[row] = PositionOf(arrays, row, *call.args[1]); });
  return ColumnPtr(std::move(out));
}

// ELEMENT: the only element of an array; NULL for an empty one. Fails for several.
Result<ColumnPtr> OnlyElementKernel(const KernelCall& call) {
  const ListReader arrays(*call.args[0]);
  const MutableColumnPtr shape = NullsOf(call);
  RETURN_IF_ERROR(TryValidRows(call.rows, shape->validity(), [&](uint32_t row) -> Status {
    const uint32_t size = arrays[row].size();
    if (size <= 1) return {};
    return call.Fail(
        Status::DataError(fmt::format("ELEMENT takes an array of one element, this has {}", size))
            .WithId("E3001"));
  }));
  return BuildRows(call, *shape, [&](uint32_t row, ColumnBuilder& builder) {
    if (arrays[row].size() == 0) return builder.AppendNull();
    builder.AppendFrom(arrays.elements(), arrays[row].begin);
  });
}

// --- Order ---------------------------------------------------------------------------------------

Result<ColumnPtr> ReverseKernel(const KernelCall& call) {
  const ListReader arrays(*call.args[0]);
  return BuildRows(call, *NullsOf(call), [&](uint32_t row, ColumnBuilder& builder) {
    const ListRange range = arrays[row];
    for (uint32_t i = range.end; i > range.begin; --i) {
      builder.child(0).AppendFrom(arrays.elements(), i - 1);
    }
    builder.AppendList();
  });
}

template <bool kMaximum>
Result<ColumnPtr> ExtremeKernel(const KernelCall& call) {
  const ListReader arrays(*call.args[0]);
  const Column& elements = arrays.elements();
  const MutableColumnPtr shape = NullsOf(call);
  return DispatchPhysical(call.type().physical(), [&]<typename T>() -> ColumnPtr {
    const ValueReader<T> values(elements);
    return BuildRows(call, *shape, [&](uint32_t row, ColumnBuilder& builder) {
      const ListRange range = arrays[row];
      std::optional<uint32_t> best;
      for (uint32_t i = range.begin; i < range.end; ++i) {
        if (elements.IsNull(i)) continue;
        if (!best || (kMaximum ? ValueLess(values[*best], values[i])
                               : ValueLess(values[i], values[*best]))) {
          best = i;
        }
      }
      if (!best) return builder.AppendNull();
      builder.AppendFrom(elements, *best);
    });
  });
}

struct SortOrder {
  bool ascending = true;
  bool nulls_first = true;
};

// NULLs come first when ascending and last when descending, unless the third argument says so.
SortOrder OrderAt(const KernelCall& call, uint32_t row) {
  SortOrder order;
  if (call.args.size() > 1) order.ascending = call.args[1]->ValueAt<uint8_t>(row) != 0;
  order.nulls_first =
      call.args.size() > 2 ? call.args[2]->ValueAt<uint8_t>(row) != 0 : order.ascending;
  return order;
}

template <typename T>
void SortIndexes(const Column& elements, SortOrder order, PoolVector<uint32_t>& ids) {
  const auto middle = std::stable_partition(
      ids.begin(), ids.end(), [&](uint32_t i) { return elements.IsNull(i) == order.nulls_first; });
  const ValueReader<T> values(elements);
  const auto begin = order.nulls_first ? middle : ids.begin();
  const auto end = order.nulls_first ? ids.end() : middle;
  std::stable_sort(begin, end, [&](uint32_t a, uint32_t b) {
    return order.ascending ? ValueLess(values[a], values[b]) : ValueLess(values[b], values[a]);
  });
}

Result<ColumnPtr> SortKernel(const KernelCall& call) {
  const ListReader arrays(*call.args[0]);
  const Column& elements = arrays.elements();
  const MutableColumnPtr shape = NullsOf(call);
  PoolVector<uint32_t> ids;
  const PhysicalType physical = ElementType(call.args[0]->type()).physical();
  return DispatchPhysical(physical, [&]<typename T>() -> ColumnPtr {
    return BuildRows(call, *shape, [&](uint32_t row, ColumnBuilder& builder) {
      const ListRange range = arrays[row];
      ids.clear();
      for (uint32_t i = range.begin; i < range.end; ++i) ids.push_back(i);
      SortIndexes<T>(elements, OrderAt(call, row), ids);
      for (const uint32_t i : ids) builder.child(0).AppendFrom(elements, i);
      builder.AppendList();
    });
  });
}

// Positions from 1 and from the end (-1); 0 acts as 1; an end before the start gives no elements.
ListRange Slice(ListRange range, int64_t start, int64_t end) {
  const int64_t size = range.size();
  if (start < 0) start += size + 1;
  if (end < 0) end += size + 1;
  // A start before the first element is moved to the first one. So is an end of 0, or one that
  // counts back to just before the first; an end that lies further in front selects nothing.
  if (start <= 0) start = 1;
  if (end == 0) end = 1;
  end = std::min(end, size);
  if (end < start) return {range.begin, range.begin};
  return {range.begin + static_cast<uint32_t>(start - 1), range.begin + static_cast<uint32_t>(end)};
}

Result<ColumnPtr> SliceKernel(const KernelCall& call) {
  const ListReader arrays(*call.args[0]);
  const ValueReader<int32_t> starts(*call.args[1]);
  const bool has_end = call.args.size() == 3;
  const ValueReader<int32_t> ends(*call.args[has_end ? 2 : 1]);
  return BuildRows(call, *NullsOf(call), [&](uint32_t row, ColumnBuilder& builder) {
    const ListRange range = arrays[row];
    const int64_t end = has_end ? ends[row] : int64_t{range.size()};
    if (range.size() > 0) {
      AppendRange(builder.child(0), arrays.elements(), Slice(range, starts[row], end));
    }
    builder.AppendList();
  });
}

// --- Sets ----------------------------------------------------------------------------------------

Result<ColumnPtr> DistinctKernel(const KernelCall& call) {
  ElementSet seen;
  return BuildRows(call, *NullsOf(call), [&](uint32_t row, ColumnBuilder& builder) {
    seen.Clear();
    for (const ColumnPtr& arg : call.args) {
      const ListReader arrays(*arg);
      const ListRange range = arrays[row];
      for (uint32_t i = range.begin; i < range.end; ++i) {
        if (seen.Add(arrays.elements(), i)) builder.child(0).AppendFrom(arrays.elements(), i);
      }
    }
    builder.AppendList();
  });
}

// The distinct elements of the first array that are (or are not) in the second.
template <bool kWanted>
Result<ColumnPtr> FilterKernel(const KernelCall& call) {
  const ListReader first(*call.args[0]);
  const ListReader second(*call.args[1]);
  ElementSet seen;
  ElementSet others;
  return BuildRows(call, *NullsOf(call), [&](uint32_t row, ColumnBuilder& builder) {
    seen.Clear();
    others.Clear();
    const ListRange other = second[row];
    for (uint32_t i = other.begin; i < other.end; ++i) others.Add(second.elements(), i);
    const ListRange range = first[row];
    for (uint32_t i = range.begin; i < range.end; ++i) {
      if (others.Contains(first.elements(), i) != kWanted) continue;
      if (seen.Add(first.elements(), i)) builder.child(0).AppendFrom(first.elements(), i);
    }
    builder.AppendList();
  });
}

Result<ColumnPtr> ConcatKernel(const KernelCall& call) {
  return BuildRows(call, *NullsOf(call), [&](uint32_t row, ColumnBuilder& builder) {
    for (const ColumnPtr& arg : call.args) {
      const ListReader arrays(*arg);
      AppendRange(builder.child(0), arrays.elements(), arrays[row]);
    }
    builder.AppendList();
  });
}

// --- Text ----------------------------------------------------------------------------------------

bool OfStrings(std::span<const ExprPtr>, std::vector<Type>& types) {
  return ElementType(types[0]).is_character();
}

// NULL elements are left out, or written as the third argument.
Result<ColumnPtr> JoinKernel(const KernelCall& call) {
  const ListReader arrays(*call.args[0]);
  const Column& elements = arrays.elements();
  const StringReader texts(elements);
  const StringReader delimiter(*call.args[1]);
  const bool has_null = call.args.size() == 3;
  const StringReader null(*call.args[has_null ? 2 : 1]);
  return BuildStrings(call, [&](uint32_t row, TextBuilder& text) {
    const ListRange range = arrays[row];
    bool first = true;
    for (uint32_t i = range.begin; i < range.end; ++i) {
      if (elements.IsNull(i) && !has_null) continue;
      if (!first) text.Append(delimiter[row].view());
      text.Append((elements.IsNull(i) ? null[row] : texts[i]).view());
      first = false;
    }
    return true;
  });
}

// Splits a text at every delimiter. An empty delimiter splits it into its characters; an empty text
// gives an empty array.
Result<ColumnPtr> SplitKernel(const KernelCall& call) {
  const StringReader in(*call.args[0]);
  const StringReader delimiters(*call.args[1]);
  return BuildRows(call, *NullsOf(call), [&](uint32_t row, ColumnBuilder& builder) {
    std::string_view text = in[row].view();
    const std::string_view delimiter = delimiters[row].view();
    while (delimiter.empty() && !text.empty()) {
      const size_t length = std::min(Utf8Length(text[0]), text.size());
      builder.child(0).AppendString(text.substr(0, length));
      text.remove_prefix(length);
    }
    while (!text.empty()) {
      const size_t at = text.find(delimiter);
      builder.child(0).AppendString(text.substr(0, at));
      if (at == std::string_view::npos) break;
      text.remove_prefix(at + delimiter.size());
      if (text.empty()) builder.child(0).AppendString("");
    }
    builder.AppendList();
  });
}

Result<Type> SplitRule(Args) {
  return Type::Array(Type::String()).WithNullable(false);
}

// --- The table -----------------------------------------------------------------------------------

std::vector<ScalarFunction> EditingFunctions() {
  return {
      WithNulls(Define("ARRAY_APPEND", "ARRAY_APPEND(array, value) → ARRAY",
                       "The array with the value at its end; NULL is added like a value.",
                       {{{kArray, kAny}, AddedRule, AddKernel<false>, 0, false, UnifyAdded}})),
      WithNulls(Define("ARRAY_PREPEND", "ARRAY_PREPEND(array, value) → ARRAY",
                       "The array with the value at its start; NULL is added like a value.",
                       {{{kArray, kAny}, AddedRule, AddKernel<true>, 0, false, UnifyAdded}})),
      WithNulls(
          Define("ARRAY_CONTAINS", "ARRAY_CONTAINS(array, value) → BOOLEAN",
                 "TRUE if the value is an element; NULL is looked for like a value.",
                 {{{kArray, kAny}, FlagLikeArrayRule, ContainsKernel, 0, false, UnifySought}})),
      Define("ARRAY_POSITION", "ARRAY_POSITION(array, value) → INT",
             "The index of the first such element, counted from 1; 0 when there is none.",
             {{{kArray, kAny}, ReturnsInt, PositionKernel, 0, false, UnifySought}}),
      WithNulls(Define("ARRAY_REMOVE", "ARRAY_REMOVE(array, value) → ARRAY",
                       "Without the elements that equal the value; NULL removes NULLs.",
                       {{{kArray, kAny}, LikeArrayRule, RemoveKernel, 0, false, UnifySought}})),
      Failing(Define("ELEMENT", "ELEMENT(array) → the element's type",
                     "The only element; NULL for an empty array; an error for more.",
                     {{{kArray}, ElementOfRule, OnlyElementKernel}})),
      Define("ARRAY_SLICE", "ARRAY_SLICE(array, start INT[, end INT]) → ARRAY",
             "The elements from `start` to `end`, counted from 1, or from the end by -1.",
             {{{kArray, kInt, kInt}, LikeArrayRule, SliceKernel, 1}}),
      Define("ARRAY_JOIN", "ARRAY_JOIN(array, delimiter[, null text]) → STRING",
             "The strings joined; NULLs are left out, or written as the null text.",
             {{{kArray, kStr, kStr}, ReturnsString, JoinKernel, 1, false, OfStrings}}),
      Define("SPLIT", "SPLIT(string, delimiter) → ARRAY<STRING>",
             "The parts between the delimiters; the characters if the delimiter is empty.",
             {{{kStr, kStr}, SplitRule, SplitKernel}}),
  };
}

std::vector<ScalarFunction> OrderingFunctions() {
  return {
      Define("ARRAY_REVERSE", "ARRAY_REVERSE(array) → ARRAY", "The elements in reverse order.",
             {{{kArray}, LikeArrayRule, ReverseKernel}}),
      Define("ARRAY_SORT", "ARRAY_SORT(array[, ascending BOOLEAN[, nulls first BOOLEAN]]) → ARRAY",
             "Sorted; NULLs first when ascending, last when descending, unless said otherwise.",
             {{{kArray, kBool, kBool}, LikeArrayRule, SortKernel, 2, false, Ordered}}),
      Define("ARRAY_MAX", "ARRAY_MAX(array) → the element's type", "The greatest element.",
             {{{kArray}, ElementOfRule, ExtremeKernel<true>, 0, false, Ordered}}),
      Define("ARRAY_MIN", "ARRAY_MIN(array) → the element's type", "The least element.",
             {{{kArray}, ElementOfRule, ExtremeKernel<false>, 0, false, Ordered}}),
      Define("ARRAY_DISTINCT", "ARRAY_DISTINCT(array) → ARRAY",
             "Every element once, where it occurs first.",
             {{{kArray}, LikeArrayRule, DistinctKernel}}),
      Define("ARRAY_UNION", "ARRAY_UNION(array1, array2) → ARRAY",
             "The elements of both, every one once.",
             {{{kArray, kArray}, LikeArrayRule, DistinctKernel, 0, false, UnifyArrays}}),
      Define("ARRAY_EXCEPT", "ARRAY_EXCEPT(array1, array2) → ARRAY",
             "The elements of the first that are not in the second, every one once.",
             {{{kArray, kArray}, LikeArrayRule, FilterKernel<false>, 0, false, UnifyArrays}}),
      Define("ARRAY_INTERSECT", "ARRAY_INTERSECT(array1, array2) → ARRAY",
             "The elements that are in both, every one once.",
             {{{kArray, kArray}, LikeArrayRule, FilterKernel<true>, 0, false, UnifyArrays}}),
      Define("ARRAY_CONCAT", "ARRAY_CONCAT(array, …) → ARRAY", "The elements of all arrays.",
             {{{kArray}, LikeArrayRule, ConcatKernel, 0, true, UnifyArrays}}),
  };
}

std::vector<ScalarFunction> MakeTable() {
  std::vector<ScalarFunction> table = EditingFunctions();
  for (ScalarFunction& function : OrderingFunctions()) table.push_back(std::move(function));
  return table;
}

}  // namespace

std::span<const ScalarFunction> ArrayFunctions() {
  static const std::vector<ScalarFunction> table = MakeTable();
  return table;
}

}  // namespace weir::expr
