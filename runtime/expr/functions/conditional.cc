// GREATEST, LEAST, tests of text, TYPEOF. CASE, COALESCE, IF and NULLIF are forms of the evaluator.
#include "runtime/expr/functions/list.h"
#include "runtime/expr/functions/rules.h"
#include "runtime/expr/functions/text.h"
#include "runtime/expr/type_rules.h"

namespace weir::expr {
namespace {

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
        const bool better = kGreatest ? result[row] < values[row] : values[row] < result[row];
        if (better) result[row] = values[row];
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

Result<Type> CommonRule(Args args) {
  return args[0]->type.WithNullable(false);
}

// --- Tests of text: FALSE for NULL ---------------------------------------------------------------

bool IsDigit(char c) {
  return c >= '0' && c <= '9';
}

bool IsDigits(std::string_view text) {
  if (text.empty()) return false;
  for (const char c : text) {
    if (!IsDigit(c)) return false;
  }
  return true;
}

bool IsAlpha(std::string_view text) {
  if (text.empty()) return false;
  for (size_t offset = 0; offset < text.size();) {
    const uint32_t c = NextCodePoint(text, offset);
    const bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c >= 0xC0;
    if (!letter) return false;
  }
  return true;
}

// A sign, digits, a point among them, an exponent: what Java's BigDecimal takes.
bool IsDecimal(std::string_view text) {
  size_t i = 0;
  const auto digits = [&] {
    const size_t from = i;
    while (i < text.size() && IsDigit(text[i])) ++i;
    return i - from;
  };
  if (i < text.size() && (text[i] == '+' || text[i] == '-')) ++i;
  size_t count = digits();
  if (i < text.size() && text[i] == '.') {
    ++i;
    count += digits();
  }
  if (count == 0) return false;
  if (i < text.size() && (text[i] == 'e' || text[i] == 'E')) {
    ++i;
    if (i < text.size() && (text[i] == '+' || text[i] == '-')) ++i;
    if (digits() == 0) return false;
  }
  return i == text.size();
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
  out->SetString(0, call.expression->args[0]->type.ToString());
  return ColumnPtr(std::move(out));
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
      WithNulls(Define("TYPEOF", "TYPEOF(value) → STRING", "The type of the value.",
                       {{{kAny}, ReturnsString, TypeofKernel}})),
  };
}

}  // namespace

std::span<const ScalarFunction> ConditionalFunctions() {
  static const std::vector<ScalarFunction> table = MakeTable();
  return table;
}

}  // namespace weir::expr
