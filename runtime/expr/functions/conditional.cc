// GREATEST, LEAST, tests of text, TYPEOF. CASE, COALESCE, IF and NULLIF are forms of the evaluator.
#include <re2/re2.h>

#include <cmath>

#include "runtime/expr/declared_type.h"
#include "runtime/expr/functions/list.h"
#include "runtime/expr/functions/rules.h"
#include "runtime/expr/functions/text.h"
#include "runtime/expr/type_rules.h"

namespace weir::expr {
namespace {

// Java's compare: -0.0 is less than 0.0, NaN greater than everything.
template <typename T>
bool IsLess(const T& a, const T& b) {
  if constexpr (std::is_floating_point_v<T>) {
    if (a != a || b != b) return a == a && b != b;
    return a < b || (a == b && std::signbit(a) && !std::signbit(b));
  } else {
    return a < b;
  }
}

template <bool kGreatest>
Result<ColumnPtr> ExtremeKernel(const KernelCall& call) {
  MutableColumnPtr out = call.MakeResult();
  DispatchPhysical(call.type().physical(), [&]<typename T>() {
    T* result = out->template mutable_data<T>();
    const ValueReader<T> first(*call.args[0]);
    ForValidRows(call.rows, out->validity(), [&](uint32_t row) { result[row] = first[row]; });
    for (const ColumnPtr& arg : call.args.subspan(1)) {
      const ValueReader<T> values(*arg);
      ForValidRows(call.rows, out->validity(), [&](uint32_t row) {
        const T& value = values[row];
        const bool better = kGreatest ? IsLess(result[row], value) : IsLess(value, result[row]);
        if (better) result[row] = value;
      });
    }
  });
  for (const ColumnPtr& arg : call.args) out->ShareHeaps(*arg);
  return ColumnPtr(std::move(out));
}

bool UnifyAll(std::span<const ExprPtr>, std::vector<Type>& types) {
  Type common;
  for (const Type& type : types) {
    const std::optional<Type> next = CommonTypeOf(common, type);
    if (!next) return false;
    common = *next;
  }
  if (common.value_bytes() == 0) return false;
  std::fill(types.begin(), types.end(), common);
  return true;
}

// The common type of all arguments. Texts of different lengths are not cast to it, as a cast to a
// longer VARCHAR changes nothing.
Result<Type> CommonRule(Args args) {
  Type common;
  for (const ExprPtr& arg : args) common = CommonTypeOf(common, arg->type).value_or(common);
  return common.WithNullable(false);
}

// --- Tests of text: FALSE for NULL ---------------------------------------------------------------

// Characters beyond U+FFFF are neither letters nor digits: Java looks at halves of them.
bool IsAllOf(std::string_view text, const re2::RE2& category) {
  if (text.empty()) return false;
  for (const char c : text) {
    if (static_cast<uint8_t>(c) >= 0xF0) return false;
  }
  return re2::RE2::FullMatch({text.data(), text.size()}, category);
}

bool IsDigits(std::string_view text) {
  static const re2::RE2 digits("\\p{Nd}+");
  return IsAllOf(text, digits);
}

bool IsAlpha(std::string_view text) {
  static const re2::RE2 letters("\\p{L}+");
  return IsAllOf(text, letters);
}

// Digits, or what Java's Double.parseDouble takes: blanks around it, a sign, NaN, an exponent, a
// suffix, hexadecimal digits.
bool IsDecimal(std::string_view text) {
  static const re2::RE2 number(
      "[\\x00-\\x20]*[+-]?(NaN|Infinity|"
      "([0-9]+\\.?[0-9]*|\\.[0-9]+)([eE][+-]?[0-9]+)?[dDfF]?|"
      "0[xX]([0-9a-fA-F]+\\.?|[0-9a-fA-F]*\\.[0-9a-fA-F]+)[pP][+-]?[0-9]+[dDfF]?)[\\x00-\\x20]*");
  return IsDigits(text) || re2::RE2::FullMatch({text.data(), text.size()}, number);
}

template <bool (*kTest)(std::string_view)>
Result<ColumnPtr> TestKernel(const KernelCall& call) {
  const Column& in = *call.args[0];
  MutableColumnPtr out = call.MakeResult();
  auto* result = out->mutable_data<uint8_t>();
  const bool number = in.type().is_numeric();
  ForRows(call.rows, [&](uint32_t row) {
    result[row] = !in.IsNull(row) && (number || kTest(in.ValueAt<StringRef>(row).view()));
  });
  return ColumnPtr(std::move(out));
}

Result<ColumnPtr> TypeofKernel(const KernelCall& call) {
  MutableColumnPtr out = Column::Make(call.type(), call.length, /*constant=*/true);
  out->SetString(0, DeclaredTypeName(call.expression->args[0], {}));
  return ColumnPtr(std::move(out));
}

// A value, and of how many rows it is: none where that is NULL.
Result<ColumnPtr> OnlyRowKernel(const KernelCall& call) {
  const ValueReader<int64_t> counts(*call.args[1]);
  RETURN_IF_ERROR(TryValidRows(call.rows, call.args[1]->validity(), [&](uint32_t row) -> Status {
    if (counts[row] <= 1) return {};
    return call.Fail(Status::DataError("a scalar subquery gave several rows").WithId("E3011"));
  }));
  return call.args[0]->WithType(call.type());
}

std::vector<ScalarFunction> MakeTable() {
  return {
      Define("GREATEST", "GREATEST(value, …) → the common type",
             "The greatest value; NULL if one is NULL.",
             {{{kAny}, CommonRule, ExtremeKernel<true>, 0, true, UnifyAll}}),
      Define("LEAST", "LEAST(value, …) → the common type", "The least value; NULL if one is NULL.",
             {{{kAny}, CommonRule, ExtremeKernel<false>, 0, true, UnifyAll}}),
      WithNulls(Define("IS_ALPHA", "IS_ALPHA(string) → BOOLEAN",
                       "TRUE if all characters are letters.",
                       {{{kStr}, ReturnsBoolean, TestKernel<IsAlpha>}})),
      WithNulls(Define("IS_DIGIT", "IS_DIGIT(string) → BOOLEAN",
                       "TRUE if all characters are digits.",
                       {{{kStr}, ReturnsBoolean, TestKernel<IsDigits>}})),
      WithNulls(Define("IS_DECIMAL", "IS_DECIMAL(value) → BOOLEAN", "TRUE if it is a number.",
                       {{{kStr}, ReturnsBoolean, TestKernel<IsDecimal>},
                        {{ArgumentClass::kNumeric}, ReturnsBoolean, TestKernel<IsDecimal>}})),
      Failing(
          WithNulls(Define("SCALAR SUBQUERY", "(SELECT value FROM …) → its type",
                           "The value of the one row that the query gives; NULL if it gives none.",
                           {{{kAny, ArgumentClass::kBigInt}, ReturnsFirst, OnlyRowKernel}}))),
      WithNulls(Define("TYPEOF", "TYPEOF(value[, serializable BOOLEAN]) → STRING",
                       "The type of the value.",
                       {{{kAny, kBool}, ReturnsString, TypeofKernel, 1}})),
  };
}

}  // namespace

std::span<const ScalarFunction> ConditionalFunctions() {
  static const std::vector<ScalarFunction> table = MakeTable();
  return table;
}

}  // namespace weir::expr
