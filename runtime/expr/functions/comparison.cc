// = <> < <= > >=, IS [NOT] DISTINCT FROM, IS [NOT] NULL.
#include <algorithm>
#include <cstring>

#include "runtime/expr/functions/list.h"
#include "runtime/expr/functions/lists.h"
#include "runtime/expr/functions/rules.h"
#include "runtime/expr/kernel.h"
#include "runtime/expr/type_rules.h"
#include "runtime/types/decimal.h"
#include "runtime/types/value_order.h"

namespace weir::expr {
namespace {

struct Equals {
  template <typename T>
  bool operator()(const T& a, const T& b) const {
    return ValueEquals(a, b);
  }
};
struct Differs {
  template <typename T>
  bool operator()(const T& a, const T& b) const {
    return !ValueEquals(a, b);
  }
};
struct Less {
  template <typename T>
  bool operator()(const T& a, const T& b) const {
    return ValueLess(a, b);
  }
};
struct LessOrEqual {
  template <typename T>
  bool operator()(const T& a, const T& b) const {
    if constexpr (std::is_same_v<T, StringRef> || std::is_floating_point_v<T>)
      return !ValueLess(b, a);
    else
      return a <= b;
  }
};
struct Greater {
  template <typename T>
  bool operator()(const T& a, const T& b) const {
    return ValueLess(b, a);
  }
};
struct GreaterOrEqual {
  template <typename T>
  bool operator()(const T& a, const T& b) const {
    return LessOrEqual()(b, a);
  }
};

// Strings of NULL or deselected rows may point nowhere, so only living rows are read.
template <typename Op>
void CompareStrings(const KernelCall& call, const uint64_t* validity, uint8_t* out) {
  const StringReader a(*call.args[0]);
  const StringReader b(*call.args[1]);
  ForValidRows(call.rows, validity, [&](uint32_t row) { out[row] = Op()(a[row], b[row]); });
}

// Whether both maps have the same entries, in whatever order.
bool EqualMaps(const Column& a, const Column& b, uint32_t row_a, uint32_t row_b) {
  const uint32_t begin_b = b.offsets()[row_b];
  const uint32_t end_b = b.offsets()[row_b + 1];
  const uint32_t end_a = a.offsets()[row_a + 1];
  if (end_a - a.offsets()[row_a] != end_b - begin_b) return false;
  ElementSet keys;
  for (uint32_t i = begin_b; i < end_b; ++i) keys.Add(*b.children()[0], i);
  for (uint32_t i = a.offsets()[row_a]; i < end_a; ++i) {
    if (!keys.Contains(*a.children()[0], i)) return false;
    const uint32_t found = begin_b + keys.Insert(*a.children()[0], i);
    if (!ValuesEqual(*a.children()[1], i, *b.children()[1], found)) return false;
  }
  return true;
}

bool EqualRange(const Column& a, const Column& b, uint32_t row_a, uint32_t row_b) {
  const uint32_t begin_a = a.offsets()[row_a];
  const uint32_t begin_b = b.offsets()[row_b];
  const uint32_t count = a.offsets()[row_a + 1] - begin_a;
  if (count != b.offsets()[row_b + 1] - begin_b) return false;
  for (uint32_t i = 0; i < count; ++i) {
    if (!ValuesEqual(*a.children()[0], begin_a + i, *b.children()[0], begin_b + i)) return false;
  }
  return true;
}

}  // namespace

bool ValuesEqual(const Column& a, uint32_t row_a, const Column& b, uint32_t row_b) {
  const bool null = a.IsNull(row_a);
  if (null || b.IsNull(row_b)) return null == b.IsNull(row_b);
  if (a.is_constant()) row_a = 0;
  if (b.is_constant()) row_b = 0;
  switch (a.type().physical()) {
    case PhysicalType::kNone:
      return true;
    case PhysicalType::kList:
      return a.children().size() == 2 ? EqualMaps(a, b, row_a, row_b)
                                      : EqualRange(a, b, row_a, row_b);
    case PhysicalType::kStruct:
      for (size_t child = 0; child < a.children().size(); ++child) {
        if (!ValuesEqual(*a.children()[child], row_a, *b.children()[child], row_b)) return false;
      }
      return true;
    default:
      return DispatchPhysical(a.type().physical(), [&]<typename T>() {
        return ValueEquals(a.data<T>()[row_a], b.data<T>()[row_b]);
      });
  }
}

namespace {

template <typename Op>
void CompareNested(const KernelCall& call, const uint64_t* validity, uint8_t* out) {
  if constexpr (std::is_same_v<Op, Equals> || std::is_same_v<Op, Differs>) {
    const bool wanted = std::is_same_v<Op, Equals>;
    ForValidRows(call.rows, validity, [&](uint32_t row) {
      out[row] = ValuesEqual(*call.args[0], row, *call.args[1], row) == wanted;
    });
  }
}

// Whether KeepScales has left the sides as DECIMALs of different scales.
bool HaveOwnScales(const KernelCall& call) {
  const Type& a = call.args[0]->type();
  return a.kind() == TypeKind::kDecimal && a.scale() != call.args[1]->type().scale();
}

int CompareScaled(const KernelCall& call, uint32_t row) {
  const ValueReader<Int128> a(*call.args[0]);
  const ValueReader<Int128> b(*call.args[1]);
  return CompareDecimal({a[row], call.args[0]->type().scale()},
                        {b[row], call.args[1]->type().scale()});
}

template <typename Op>
void CompareInto(const KernelCall& call, const uint64_t* validity, uint8_t* out) {
  const PhysicalType physical = call.args[0]->type().physical();
  if (HaveOwnScales(call)) {
    return ForValidRows(call.rows, validity,
                        [&](uint32_t row) { out[row] = Op()(CompareScaled(call, row), 0); });
  }
  if (call.args[0]->type().value_bytes() == 0) return CompareNested<Op>(call, validity, out);
  DispatchPhysical(physical, [&]<typename T>() {
    if constexpr (std::is_same_v<T, StringRef>) {
      CompareStrings<Op>(call, validity, out);
    } else {
      MapBinary<T, T>(call, out, Op());
    }
  });
}

template <typename Op>
Result<ColumnPtr> CompareKernel(const KernelCall& call) {
  MutableColumnPtr out = call.MakeResult();
  CompareInto<Op>(call, out->validity(), out->mutable_data<uint8_t>());
  return ColumnPtr(std::move(out));
}

template <bool kDistinct>
Result<ColumnPtr> DistinctKernel(const KernelCall& call) {
  MutableColumnPtr out = call.MakeResult();
  auto* result = out->mutable_data<uint8_t>();
  const Column& a = *call.args[0];
  const Column& b = *call.args[1];
  const bool own_scales = HaveOwnScales(call);
  ForRows(call.rows, [&](uint32_t row) {
    const bool both = own_scales && !a.IsNull(row) && !b.IsNull(row);
    const bool equal = both ? CompareScaled(call, row) == 0 : ValuesEqual(a, row, b, row);
    result[row] = equal != kDistinct;
  });
  return ColumnPtr(std::move(out));
}

template <bool kNull>
Result<ColumnPtr> IsNullKernel(const KernelCall& call) {
  MutableColumnPtr out = call.MakeResult();
  auto* result = out->mutable_data<uint8_t>();
  const Column& arg = *call.args[0];
  if (arg.type().kind() == TypeKind::kNull || arg.is_constant()) {
    std::memset(result, arg.IsNull(0) == kNull, out->stored());
  } else if (!arg.has_validity()) {
    std::memset(result, !kNull, out->stored());
  } else {
    const uint64_t* validity = arg.validity();
    ForRows(call.rows, [=](uint32_t row) { result[row] = GetBit(validity, row) != kNull; });
  }
  return ColumnPtr(std::move(out));
}

// Exact numbers whose common DECIMAL would cut digits of one of them are compared at their own
// scales: both become DECIMALs of all 38 digits, which takes nothing from either.
bool KeepScales(std::vector<Type>& types) {
  for (const Type& type : types) {
    if (!type.is_integer() && type.kind() != TypeKind::kDecimal) return false;
  }
  if (types[0].is_integer() && types[1].is_integer()) return false;
  const Type a = AsDecimalType(types[0]);
  const Type b = AsDecimalType(types[1]);
  const int digits = std::max(a.precision() - a.scale(), b.precision() - b.scale());
  if (a.scale() == b.scale() ||
      digits + std::max(a.scale(), b.scale()) <= Type::kMaxDecimalPrecision) {
    return false;
  }
  types = {Type::Decimal(Type::kMaxDecimalPrecision, a.scale()),
           Type::Decimal(Type::kMaxDecimalPrecision, b.scale())};
  return true;
}

// A text that is compared with a time is cast to the type of that time. For = and <> the binder has
// cast a column of texts already (TextsAsTimes), so that a text that is no time makes the result
// NULL; for < and so on it fails.
bool TextAsTime(std::vector<Type>& types) {
  for (size_t i = 0; i < 2; ++i) {
    if (!types[i].is_character() || !IsTemporal(types[1 - i])) continue;
    types[i] = types[1 - i].WithNullable(types[i].nullable());
    return true;
  }
  return false;
}

// A text that is compared with a number by < and so on is cast to a number; to a DECIMAL of the
// most digits, if the number is a DECIMAL. Flink refuses = and <> between the two.
bool TextAsNumber(std::vector<Type>& types) {
  constexpr int kScale = Type::kMaxDecimalPrecision / 2;
  for (size_t i = 0; i < 2; ++i) {
    if (!types[i].is_character() || !types[1 - i].is_numeric()) continue;
    const bool decimal = types[1 - i].kind() == TypeKind::kDecimal;
    types[i] = (decimal ? Type::Decimal(Type::kMaxDecimalPrecision, kScale) : types[1 - i])
                   .WithNullable(types[i].nullable());
    return true;
  }
  return false;
}

// One type for both sides. A DATE is not compared with a TIMESTAMP.
bool Unify(std::span<const ExprPtr>, std::vector<Type>& types) {
  for (size_t i = 0; i < 2; ++i) {
    if (types[i].kind() == TypeKind::kNull && types[1 - i].kind() != TypeKind::kNull) {
      types[i] = types[1 - i];
      return true;
    }
  }
  if (TextAsTime(types)) return true;
  if (types[0].kind() == TypeKind::kNull) {
    types[0] = types[1] = Type::Boolean();
    return true;
  }
  if (KeepScales(types)) return true;
  const bool one_date =
      (types[0].kind() == TypeKind::kDate) != (types[1].kind() == TypeKind::kDate);
  const std::optional<Type> common = CommonTypeOf(types[0], types[1]);
  if (!common || (one_date && IsTemporal(types[0]))) return false;
  types[0] = types[1] = *common;
  return true;
}

// For IS [NOT] DISTINCT FROM. Only literals of text are read as times: a text of a column that is
// no time would become NULL and then count as equal to NULL.
bool UnifyDistinct(std::span<const ExprPtr> args, std::vector<Type>& types) {
  for (size_t i = 0; i < 2; ++i) {
    const bool column = types[i].is_character() && args[i]->kind != ExprKind::kLiteral;
    if (column && IsTemporal(types[1 - i])) return false;
  }
  return Unify(args, types);
}

bool UnifyOrdered(std::span<const ExprPtr> args, std::vector<Type>& types) {
  if (TextAsNumber(types) && types[0].kind() != TypeKind::kDecimal &&
      types[1].kind() != TypeKind::kDecimal) {
    return true;
  }
  return Unify(args, types) && !types[0].is_nested();
}

ScalarFunction Comparison(std::string_view name, Kernel kernel, std::string_view doc,
                          bool ordered) {
  ScalarFunction function;
  function.name = name;
  function.signature = "value1 <operator> value2 → BOOLEAN";
  function.doc = doc;
  function.overloads = {
      {{kAny, kAny}, ReturnsBoolean, kernel, 0, false, ordered ? UnifyOrdered : Unify}};
  return function;
}

ScalarFunction NullTest(std::string_view name, Kernel kernel, std::string_view doc) {
  ScalarFunction function;
  function.name = name;
  function.signature = "value IS [NOT] NULL → BOOLEAN";
  function.doc = doc;
  function.overloads = {{{kAny}, ReturnsBoolean, kernel}};
  function.nulls = NullRule::kCustom;
  return function;
}

ScalarFunction DistinctTest(std::string_view name, Kernel kernel, std::string_view doc) {
  ScalarFunction function = Comparison(name, kernel, doc, /*ordered=*/false);
  function.signature = "value1 IS [NOT] DISTINCT FROM value2 → BOOLEAN";
  function.overloads[0].unify = UnifyDistinct;
  function.nulls = NullRule::kCustom;
  return function;
}

std::vector<ScalarFunction> MakeTable() {
  std::vector<ScalarFunction> table = {
      Comparison("=", CompareKernel<Equals>, "TRUE if the values are equal.", false),
      Comparison("<>", CompareKernel<Differs>, "TRUE if the values differ.", false),
      Comparison("<", CompareKernel<Less>, "TRUE if value1 is less.", true),
      Comparison("<=", CompareKernel<LessOrEqual>, "TRUE if value1 is less or equal.", true),
      Comparison(">", CompareKernel<Greater>, "TRUE if value1 is greater.", true),
      Comparison(">=", CompareKernel<GreaterOrEqual>, "TRUE if value1 is greater or equal.", true),
      DistinctTest("IS DISTINCT FROM", DistinctKernel<true>,
                   "TRUE if the values differ; NULL equals NULL."),
      DistinctTest("IS NOT DISTINCT FROM", DistinctKernel<false>,
                   "TRUE if the values are equal; NULL equals NULL."),
      NullTest("IS NULL", IsNullKernel<true>, "TRUE if the value is NULL."),
      NullTest("IS NOT NULL", IsNullKernel<false>, "TRUE if the value is not NULL."),
  };
  table[1].aliases = {"!="};
  return table;
}

}  // namespace

std::span<const ScalarFunction> ComparisonFunctions() {
  static const std::vector<ScalarFunction> table = MakeTable();
  return table;
}

}  // namespace weir::expr
