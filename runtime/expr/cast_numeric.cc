// Casts between BOOLEAN, numbers and intervals. Integers wrap, floating point saturates, DECIMAL
// overflow is NULL, as in Flink.
#include "runtime/expr/cast.h"
#include "runtime/expr/kernel.h"
#include "runtime/expr/saturating_cast.h"
#include "runtime/types/decimal.h"

namespace weir::expr {
namespace {

template <typename From, typename To>
To PlainCast(From value) {
  if constexpr (std::is_floating_point_v<From> && std::is_integral_v<To>) {
    return SaturatingCast<To>(value);
  } else {
    return static_cast<To>(value);
  }
}

template <typename From, typename To>
Result<ColumnPtr> PlainKernel(CastCall& call) {
  MutableColumnPtr out = call.MakeResult(/*adds_nulls=*/false);
  const From* in = call.input->data<From>();
  To* result = out->mutable_data<To>();
  ForRows(call.rows, [=](uint32_t row) { result[row] = PlainCast<From, To>(in[row]); });
  return ColumnPtr(std::move(out));
}

template <typename From>
Result<ColumnPtr> ToBooleanKernel(CastCall& call) {
  MutableColumnPtr out = call.MakeResult(/*adds_nulls=*/false);
  const From* in = call.input->data<From>();
  auto* result = out->mutable_data<uint8_t>();
  ForRows(call.rows, [=](uint32_t row) { result[row] = in[row] != 0; });
  return ColumnPtr(std::move(out));
}

// Fills a DECIMAL column from convert(value), whose std::nullopt is NULL.
template <typename From, typename To, typename Convert>
ColumnPtr FillDecimals(CastCall& call, Convert convert) {
  MutableColumnPtr out = call.MakeResult(/*adds_nulls=*/true);
  const From* in = call.input->data<From>();
  To* result = out->template mutable_data<To>();
  ForValidRows(call.rows, call.input->validity(), [&](uint32_t row) {
    const std::optional<Int128> unscaled = convert(in[row]);
    if (unscaled) {
      result[row] = static_cast<To>(*unscaled);
    } else {
      out->SetNull(row);
    }
  });
  return out;
}

template <typename From, typename To>
Result<ColumnPtr> ToDecimalKernel(CastCall& call) {
  const int from_scale = call.plan->from.scale();
  const int precision = call.plan->to.precision();
  const int scale = call.plan->to.scale();
  if constexpr (std::is_floating_point_v<From>) {
    return FillDecimals<From, To>(call, [=](From value) {
      return DecimalFromDouble(static_cast<double>(value), precision, scale);
    });
  }
  return FillDecimals<From, To>(call, [=](From value) {
    return RescaleDecimal(static_cast<Int128>(value), from_scale, scale, precision);
  });
}

template <typename From, typename To>
Result<ColumnPtr> FromDecimalKernel(CastCall& call) {
  MutableColumnPtr out = call.MakeResult(/*adds_nulls=*/false);
  const From* in = call.input->data<From>();
  To* result = out->mutable_data<To>();
  const int scale = call.plan->from.scale();
  ForValidRows(call.rows, call.input->validity(), [=](uint32_t row) {
    if constexpr (std::is_floating_point_v<To>) {
      result[row] = static_cast<To>(DecimalToDouble(in[row], scale));
    } else {
      result[row] = static_cast<To>(DecimalToInt64(in[row], scale));
    }
  });
  return ColumnPtr(std::move(out));
}

template <typename From>
CastKernel ToDecimal(const Type& to) {
  return to.physical() == PhysicalType::kInt64 ? ToDecimalKernel<From, int64_t>
                                               : ToDecimalKernel<From, Int128>;
}

template <typename From>
CastKernel FromDecimal(const Type& to) {
  switch (to.kind()) {
    case TypeKind::kBoolean:
      return ToBooleanKernel<From>;
    case TypeKind::kTinyInt:
      return FromDecimalKernel<From, int8_t>;
    case TypeKind::kSmallInt:
      return FromDecimalKernel<From, int16_t>;
    case TypeKind::kInt:
      return FromDecimalKernel<From, int32_t>;
    case TypeKind::kBigInt:
      return FromDecimalKernel<From, int64_t>;
    case TypeKind::kFloat:
      return FromDecimalKernel<From, float>;
    case TypeKind::kDouble:
      return FromDecimalKernel<From, double>;
    case TypeKind::kDecimal:
      return ToDecimal<From>(to);
    default:
      return nullptr;
  }
}

template <typename From>
CastKernel FromPlain(const Type& to) {
  switch (to.kind()) {
    case TypeKind::kBoolean:
      return ToBooleanKernel<From>;
    case TypeKind::kTinyInt:
      return PlainKernel<From, int8_t>;
    case TypeKind::kSmallInt:
      return PlainKernel<From, int16_t>;
    case TypeKind::kInt:
    case TypeKind::kIntervalYearMonth:
      return PlainKernel<From, int32_t>;
    case TypeKind::kBigInt:
    case TypeKind::kIntervalDayTime:
      return PlainKernel<From, int64_t>;
    case TypeKind::kFloat:
      return PlainKernel<From, float>;
    case TypeKind::kDouble:
      return PlainKernel<From, double>;
    case TypeKind::kDecimal:
      return ToDecimal<From>(to);
    default:
      return nullptr;
  }
}

}  // namespace

CastKernel FindNumericCast(const Type& from, const Type& to) {
  switch (from.kind()) {
    case TypeKind::kBoolean:
      return FromPlain<uint8_t>(to);
    case TypeKind::kTinyInt:
      return FromPlain<int8_t>(to);
    case TypeKind::kSmallInt:
      return FromPlain<int16_t>(to);
    case TypeKind::kInt:
    case TypeKind::kIntervalYearMonth:
      return FromPlain<int32_t>(to);
    case TypeKind::kBigInt:
    case TypeKind::kIntervalDayTime:
      return FromPlain<int64_t>(to);
    case TypeKind::kFloat:
      return FromPlain<float>(to);
    case TypeKind::kDouble:
      return FromPlain<double>(to);
    case TypeKind::kDecimal:
      return from.physical() == PhysicalType::kInt64 ? FromDecimal<int64_t>(to)
                                                     : FromDecimal<Int128>(to);
    default:
      return nullptr;
  }
}

}  // namespace weir::expr
