// FLOOR, CEIL (of numbers, and of times to a unit), ROUND, TRUNCATE, SIGN.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "runtime/expr/functions/list.h"
#include "runtime/expr/functions/rules.h"
#include "runtime/expr/kernel.h"
#include "runtime/types/datetime.h"
#include "runtime/types/decimal.h"
#include "runtime/types/time_zone.h"

namespace weir::expr {
namespace {

Result<ColumnPtr> IdentityKernel(const KernelCall& call) {
  return call.args[0]->WithType(call.type());
}

// Fills the result by `f`, from one unscaled DECIMAL to another, for both widths of storage. A
// result that does not fit the type's precision is NULL.
template <typename F>
ColumnPtr MapDecimal(const KernelCall& call, F f) {
  MutableColumnPtr out = call.MakeNullableResult();
  const int precision = call.type().precision();
  const auto fill = [&]<typename A, typename R>() {
    const ValueReader<A> values(*call.args[0]);
    R* result = out->template mutable_data<R>();
    ForValidRows(call.rows, out->validity(), [&](uint32_t row) {
      const Int128 value = f(row, Int128{values[row]});
      if (FitsPrecision(value, precision)) {
        result[row] = static_cast<R>(value);
      } else {
        out->SetNull(row);
      }
    });
  };
  const bool narrow_in = call.args[0]->type().physical() == PhysicalType::kInt64;
  const bool narrow_out = call.type().physical() == PhysicalType::kInt64;
  if (narrow_in && narrow_out) fill.template operator()<int64_t, int64_t>();
  if (narrow_in && !narrow_out) fill.template operator()<int64_t, Int128>();
  if (!narrow_in && narrow_out) fill.template operator()<Int128, int64_t>();
  if (!narrow_in && !narrow_out) fill.template operator()<Int128, Int128>();
  return out;
}

template <bool kFloor>
Result<ColumnPtr> FloorFloatingKernel(const KernelCall& call) {
  MutableColumnPtr out = call.MakeResult();
  const auto map = [&]<typename T>() {
    MapUnary<T>(call, out->template mutable_data<T>(),
                [](T a) { return kFloor ? std::floor(a) : std::ceil(a); });
  };
  if (call.type().kind() == TypeKind::kFloat) {
    map.template operator()<float>();
  } else {
    map.template operator()<double>();
  }
  return ColumnPtr(std::move(out));
}

template <bool kFloor>
Result<ColumnPtr> FloorDecimalKernel(const KernelCall& call) {
  const int scale = call.args[0]->type().scale();
  const DecimalRounding rounding = kFloor ? DecimalRounding::kFloor : DecimalRounding::kCeiling;
  return MapDecimal(
      call, [=](uint32_t, Int128 value) { return RoundDecimal(value, scale, 0, rounding); });
}

Result<Type> FloorDecimalRule(Args args) {
  return Type::Decimal(args[0]->type.precision(), 0).WithNullable(false);
}

// E3001 where the unit begins before, or ends behind, what microseconds hold.
template <bool kFloor>
Status FloorMicros(const KernelCall& call, TimeUnit unit, const TimeZone& zone, Column& out) {
  const ValueReader<int64_t> values(*call.args[0]);
  auto* result = out.mutable_data<int64_t>();
  return TryValidRows(call.rows, out.validity(), [&](uint32_t row) -> Status {
    const int64_t local = zone.ToLocalMicros(values[row]);
    const int64_t rounded = kFloor ? FloorTimestamp(unit, local) : CeilTimestamp(unit, local);
    if (kFloor ? rounded > local : rounded < local) {
      return call.Fail(Status::DataError(fmt::format("the {} of the {} is beyond what a {} holds",
                                                     kFloor ? "start" : "end", TimeUnitName(unit),
                                                     call.type().ToStringIgnoringNullability()))
                           .WithId("E3001"));
    }
    result[row] = zone.ToUtcMicros(rounded);
    return {};
  });
}

template <bool kFloor>
Result<ColumnPtr> FloorTimeKernel(const KernelCall& call) {
  const TimeUnit unit = *FindTimeUnit(call.expression->args[1]->literal.get<std::string>());
  MutableColumnPtr out = call.MakeResult();
  const auto fill = [&]<typename T>(auto floor, auto ceil) {
    const ValueReader<T> values(*call.args[0]);
    T* result = out->template mutable_data<T>();
    ForValidRows(call.rows, out->validity(), [&](uint32_t row) {
      result[row] = kFloor ? floor(unit, values[row]) : ceil(unit, values[row]);
    });
  };
  const Type& type = call.type();
  if (type.kind() == TypeKind::kDate) fill.template operator()<int32_t>(FloorDate, CeilDate);
  if (type.kind() == TypeKind::kTime) fill.template operator()<int64_t>(FloorTime, CeilTime);
  if (!type.is_timestamp()) return ColumnPtr(std::move(out));
  // Days of a TIMESTAMP_LTZ begin at the zone's midnight.
  const bool local = type.kind() == TypeKind::kTimestampLtz;
  const TimeZone zone = local ? TRY(call.SessionZone()) : TimeZone::Utc();
  if (type.physical() == PhysicalType::kInt64) {
    RETURN_IF_ERROR(FloorMicros<kFloor>(call, unit, zone, *out));
  } else {
    const auto in_zone = [&zone](auto round) {
      return [&zone, round](TimeUnit to, TimestampNanos t) {
        return zone.ToUtc(round(to, zone.ToLocal(t)));
      };
    };
    fill.template operator()<TimestampNanos>(in_zone(FloorTimestampNanos),
                                             in_zone(CeilTimestampNanos));
  }
  return ColumnPtr(std::move(out));
}

Result<Type> FloorTimeRule(Args args) {
  const std::string& unit = args[1]->literal.get<std::string>();
  if (FindTimeUnit(unit)) return args[0]->type;
  return Status::InvalidSql("no such unit of time: " + unit)
      .WithId("E2005")
      .WithSpan(args[1]->span);
}

// --- ROUND and TRUNCATE --------------------------------------------------------------------------

int32_t DigitsAt(const KernelCall& call, uint32_t row) {
  if (call.args.size() < 2) return 0;
  return ValueReader<int32_t>(*call.args[1])[row];
}

// Halves away from zero, by way of the shortest decimal text as BigDecimal does. Values of 10^20
// and more have no fraction and pass.
template <bool kRound>
double RoundDouble(double value, int digits) {
  if (!std::isfinite(value)) return value;
  constexpr int kMostDigits = 18;
  if (digits > kMostDigits) return value;
  const std::optional<Int128> unscaled = DecimalFromDouble(value, 38, kMostDigits);
  if (!unscaled) return value;
  if (digits < -kMostDigits - 1) return 0;
  const DecimalRounding rounding = kRound ? DecimalRounding::kHalfUp : DecimalRounding::kTruncate;
  return DecimalToDouble(RoundDecimal(*unscaled, kMostDigits, digits, rounding),
                         std::max(digits, 0));
}

template <bool kRound>
Result<ColumnPtr> RoundFloatingKernel(const KernelCall& call) {
  MutableColumnPtr out = call.MakeResult();
  const auto fill = [&]<typename T>() {
    const ValueReader<T> values(*call.args[0]);
    T* result = out->template mutable_data<T>();
    ForValidRows(call.rows, out->validity(), [&](uint32_t row) {
      const auto value = static_cast<double>(values[row]);
      result[row] = static_cast<T>(RoundDouble<kRound>(value, DigitsAt(call, row)));
    });
  };
  if (call.type().kind() == TypeKind::kFloat) {
    fill.template operator()<float>();
  } else {
    fill.template operator()<double>();
  }
  return ColumnPtr(std::move(out));
}

// ROUND and TRUNCATE of integers: only negative digits, those in front of the point, change a
// value. ROUND(15, -1) is 20.
template <bool kRound>
Result<ColumnPtr> RoundIntegerKernel(const KernelCall& call) {
  const DecimalRounding rounding = kRound ? DecimalRounding::kHalfUp : DecimalRounding::kTruncate;
  MutableColumnPtr out = call.MakeResult();
  const auto fill = [&]<typename T>() {
    const ValueReader<T> values(*call.args[0]);
    T* result = out->template mutable_data<T>();
    ForValidRows(call.rows, out->validity(), [&](uint32_t row) {
      const int32_t digits = std::max(DigitsAt(call, row), -38);
      result[row] = digits >= 0 ? values[row]
                                : static_cast<T>(RoundDecimal(values[row], 0, digits, rounding));
    });
  };
  switch (call.type().physical()) {
    case PhysicalType::kInt8:
      fill.template operator()<int8_t>();
      break;
    case PhysicalType::kInt16:
      fill.template operator()<int16_t>();
      break;
    case PhysicalType::kInt32:
      fill.template operator()<int32_t>();
      break;
    default:
      fill.template operator()<int64_t>();
      break;
  }
  return ColumnPtr(std::move(out));
}

template <bool kRound>
Result<ColumnPtr> RoundDecimalKernel(const KernelCall& call) {
  const int scale = call.args[0]->type().scale();
  const int out_scale = call.type().scale();
  const DecimalRounding rounding = kRound ? DecimalRounding::kHalfUp : DecimalRounding::kTruncate;
  return MapDecimal(call, [&, scale](uint32_t row, Int128 value) {
    const int32_t digits = std::clamp(DigitsAt(call, row), -38, scale);
    const Int128 rounded = RoundDecimal(value, scale, digits, rounding);
    // The result's scale is that of the constant digits, or the argument's when they vary.
    return rounded * PowerOfTen(out_scale - std::max(digits, 0));
  });
}

Result<Type> RoundDecimalRule(Args args) {
  if (args.size() < 2) return DecimalRoundType(args[0]->type, 0);
  const Expr& digits = *args[1];
  if (digits.kind != ExprKind::kLiteral || digits.literal.is_null()) return args[0]->type;
  return DecimalRoundType(args[0]->type, digits.literal.get<int32_t>());
}

bool OnlyIntegers(std::span<const ExprPtr>, std::vector<Type>& types) {
  return types[0].is_integer();
}
bool OnlyFloating(std::span<const ExprPtr>, std::vector<Type>& types) {
  return types[0].kind() == TypeKind::kFloat || types[0].kind() == TypeKind::kDouble;
}

// --- SIGN ----------------------------------------------------------------------------------------

template <typename T>
Result<ColumnPtr> SignOf(const KernelCall& call) {
  MutableColumnPtr out = call.MakeResult();
  MapUnary<T>(call, out->template mutable_data<T>(), [](T a) {
    return a > T{0} ? T{1} : a < T{0} ? T{-1} : a;
  });
  return ColumnPtr(std::move(out));
}

Result<ColumnPtr> SignKernel(const KernelCall& call) {
  switch (call.type().physical()) {
    case PhysicalType::kInt8:
      return SignOf<int8_t>(call);
    case PhysicalType::kInt16:
      return SignOf<int16_t>(call);
    case PhysicalType::kInt32:
      return SignOf<int32_t>(call);
    case PhysicalType::kInt64:
      return SignOf<int64_t>(call);
    case PhysicalType::kFloat:
      return SignOf<float>(call);
    default:
      return SignOf<double>(call);
  }
}

Result<ColumnPtr> SignDecimalKernel(const KernelCall& call) {
  const Int128 one = PowerOfTen(call.type().scale());
  return MapDecimal(call, [=](uint32_t, Int128 value) {
    return value > 0 ? one : value < 0 ? -one : 0;
  });
}

bool NoDecimal(std::span<const ExprPtr>, std::vector<Type>& types) {
  return types[0].kind() != TypeKind::kDecimal;
}

constexpr ArgumentClass kNumber = ArgumentClass::kNumeric;

template <bool kFloor>
ScalarFunction FloorFunction(std::string_view name, std::string_view signature,
                             std::string_view doc) {
  ScalarFunction function;
  function.name = name;
  function.signature = signature;
  function.doc = doc;
  function.overloads = {
      {{kNumber}, ReturnsFirst, IdentityKernel, 0, false, OnlyIntegers},
      {{kNumber}, ReturnsFirst, FloorFloatingKernel<kFloor>, 0, false, OnlyFloating},
      {{kNumber}, FloorDecimalRule, FloorDecimalKernel<kFloor>},
      {{ArgumentClass::kTemporal, kUnit},
       FloorTimeRule,
       FloorTimeKernel<kFloor>,
       0,
       false,
       nullptr,
       true},
  };
  return function;
}

template <bool kRound>
ScalarFunction RoundFunction(std::string_view name, std::string_view signature,
                             std::string_view doc) {
  ScalarFunction function;
  function.name = name;
  function.signature = signature;
  function.doc = doc;
  function.overloads = {
      {{kNumber, kInt}, ReturnsFirst, RoundIntegerKernel<kRound>, 1, false, OnlyIntegers},
      {{kNumber, kInt}, ReturnsFirst, RoundFloatingKernel<kRound>, 1, false, OnlyFloating},
      {{kNumber, kInt}, RoundDecimalRule, RoundDecimalKernel<kRound>, 1},
  };
  return function;
}

std::vector<ScalarFunction> MakeTable() {
  ScalarFunction sign;
  sign.name = "SIGN";
  sign.signature = "SIGN(numeric) → its type";
  sign.doc = "-1, 0 or 1 as the number is negative, zero or positive.";
  sign.overloads = {{{kNumber}, ReturnsFirst, SignKernel, 0, false, NoDecimal},
                    {{kNumber}, ReturnsFirst, SignDecimalKernel}};
  std::vector<ScalarFunction> table = {
      FloorFunction<true>("FLOOR", "FLOOR(numeric | time TO unit) → its type", "Rounds down."),
      FloorFunction<false>("CEIL", "CEIL(numeric | time TO unit) → its type", "Rounds up."),
      RoundFunction<true>("ROUND", "ROUND(numeric[, digits INT]) → its type",
                          "Rounds halves away from zero."),
      RoundFunction<false>("TRUNCATE", "TRUNCATE(numeric[, digits INT]) → its type",
                           "Cuts further digits."),
      sign};
  table[1].aliases = {"CEILING"};
  return table;
}

}  // namespace

std::span<const ScalarFunction> RoundingFunctions() {
  static const std::vector<ScalarFunction> table = MakeTable();
  return table;
}

}  // namespace weir::expr
