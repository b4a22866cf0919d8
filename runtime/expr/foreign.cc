#include "runtime/expr/foreign.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <deque>
#include <tuple>

#include "runtime/base/leaf_mutex.h"
#include "runtime/expr/kernel.h"

namespace weir::expr {
namespace {

// The rows that no argument is NULL for.
Rows RowsWithoutNulls(const KernelCall& call, const Rows& rows, PoolVector<uint32_t>& kept) {
  const bool any = std::ranges::any_of(
      call.args, [](const ColumnPtr& column) { return column->has_validity(); });
  if (!any) return rows;
  kept.reserve(rows.count);
  ForRows(rows, [&](uint32_t row) {
    const bool null = std::ranges::any_of(
        call.args, [&](const ColumnPtr& column) { return column->IsNull(row); });
    if (!null) kept.push_back(row);
  });
  return {kept.data(), static_cast<uint32_t>(kept.size()), 0};
}

Result<ColumnPtr> CallForeign(const KernelCall& call) {
  const ForeignFunction& function = *AsForeign(call.expression->function);
  if (call.context->foreign == nullptr) {
    return call.Fail(Status::Unsupported(
        fmt::format("{} is a function in another language than SQL, which only a running job calls",
                    function.shown_name)));
  }
  MutableColumnPtr out = Column::Make(call.type(), call.length, call.constant);
  std::memset(out->MutableValidity(), 0, BitmapWords(out->stored()) * sizeof(uint64_t));
  PoolVector<uint32_t> kept;
  const Rows rows = function.called_on_null ? call.rows : RowsWithoutNulls(call, call.rows, kept);
  if (rows.count == 0) return ColumnPtr(std::move(out));
  Status called = call.context->foreign->Call({&function, call.args, rows}, *out);
  if (!called.ok()) return call.Fail(std::move(called));
  return ColumnPtr(std::move(out));
}

bool SameDescription(const ForeignFunction& a, const ForeignFunction& b) {
  const auto parts = [](const ForeignFunction& one) {
    return std::tie(one.language, one.full_name, one.implementation, one.library, one.version,
                    one.called_on_null, one.determinism, one.names, one.parameters, one.returns);
  };
  return parts(a) == parts(b);
}

}  // namespace

const ForeignFunction* AsForeign(const ScalarFunction* function) {
  if (function == nullptr || function->overloads.empty() ||
      function->overloads[0].kernel != CallForeign)
    return nullptr;
  return static_cast<const ForeignFunction*>(function);
}

const ForeignFunction* InternForeign(ForeignFunction described) {
  static LeafMutex mutex;
  // Expressions, plans and jobs point to functions, as they do to the built-in ones. There are as
  // many as CREATE FUNCTION was given different texts.
  static std::deque<ForeignFunction> all;
  const LeafLock lock(mutex);
  for (const ForeignFunction& known : all) {
    if (SameDescription(known, described)) return &known;
  }
  ForeignFunction& added = all.emplace_back(std::move(described));
  added.name = added.shown_name;
  added.nulls = added.called_on_null ? NullRule::kCustom : NullRule::kPropagate;
  added.can_fail = true;
  Overload overload;
  overload.params.assign(added.parameters.size(), ArgumentClass::kAny);
  overload.kernel = CallForeign;
  added.overloads.push_back(std::move(overload));
  return &added;
}

const std::string& PlaceOf(const ForeignFunction& function) {
  return function.language == ForeignLanguage::kNative ? function.library : function.implementation;
}

bool CallsForeign(const Expr& expression) {
  return AsForeign(expression.function) != nullptr ||
         std::ranges::any_of(expression.args,
                             [](const ExprPtr& argument) { return CallsForeign(*argument); });
}

Type ForeignCallType(const ForeignFunction& function, std::span<const ExprPtr> args) {
  const bool null_argument =
      std::ranges::any_of(args, [](const ExprPtr& arg) { return arg->type.nullable(); });
  return function.returns.WithNullable(function.returns.nullable() ||
                                       (null_argument && !function.called_on_null));
}

bool IsForeignType(const Type& type) {
  switch (type.kind()) {
    case TypeKind::kBoolean:
    case TypeKind::kTinyInt:
    case TypeKind::kSmallInt:
    case TypeKind::kInt:
    case TypeKind::kBigInt:
    case TypeKind::kFloat:
    case TypeKind::kDouble:
    case TypeKind::kDecimal:
    case TypeKind::kChar:
    case TypeKind::kVarChar:
    case TypeKind::kBinary:
    case TypeKind::kVarBinary:
    case TypeKind::kDate:
    case TypeKind::kTime:
    case TypeKind::kTimestamp:
    case TypeKind::kTimestampLtz:
      return true;
    case TypeKind::kNull:
    case TypeKind::kIntervalYearMonth:
    case TypeKind::kIntervalDayTime:
    case TypeKind::kArray:
    case TypeKind::kMap:
    case TypeKind::kMultiset:
    case TypeKind::kRow:
      return false;
  }
  WEIR_UNREACHABLE();
}

}  // namespace weir::expr
