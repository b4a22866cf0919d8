#include "runtime/types/decimal.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstring>
#include <limits>
#include <utility>

#include "runtime/base/check.h"

namespace weir {
namespace {

constexpr int kMaxPrecision = Type::kMaxDecimalPrecision;
constexpr int kMinimumScale = 6;  // digits of the scale that overlong precisions keep

// LogicalTypeMerging.adjustPrecisionScale: integer digits win over the scale down to six digits of
// it.
Type Adjusted(int precision, int scale, bool nullable) {
  if (precision > kMaxPrecision) {
    const int integer_digits = precision - scale;
    scale = std::max(kMaxPrecision - integer_digits, std::min(scale, kMinimumScale));
    precision = kMaxPrecision;
  }
  return Type::Decimal(precision, scale).WithNullable(nullable);
}

struct Operands {
  Operands(const Type& left, const Type& right)
      : a(AsDecimalType(left)), b(AsDecimalType(right)), nullable(a.nullable() || b.nullable()) {}
  Type a;
  Type b;
  bool nullable;
};

// --- 256-bit magnitudes, for what exceeds 128 bits on the way to a result ------------------------

UInt128 Magnitude(Int128 value) {
  return value < 0 ? -static_cast<UInt128>(value) : static_cast<UInt128>(value);
}

struct Wide {
  UInt128 high = 0;
  UInt128 low = 0;
};

bool operator<(const Wide& a, const Wide& b) {
  return a.high != b.high ? a.high < b.high : a.low < b.low;
}

Wide Sum(const Wide& a, const Wide& b) {
  const UInt128 low = a.low + b.low;
  return {a.high + b.high + (low < a.low ? 1 : 0), low};
}

Wide Difference(const Wide& a, const Wide& b) {
  return {a.high - b.high - (a.low < b.low ? 1 : 0), a.low - b.low};
}

Wide Product(UInt128 a, UInt128 b) {
  constexpr UInt128 kMask = ~uint64_t{0};
  const UInt128 low = (a & kMask) * (b & kMask);
  const UInt128 middle1 = (a >> 64) * (b & kMask);
  const UInt128 middle2 = (a & kMask) * (b >> 64);
  const UInt128 middle = (low >> 64) + (middle1 & kMask) + (middle2 & kMask);
  return {(a >> 64) * (b >> 64) + (middle1 >> 64) + (middle2 >> 64) + (middle >> 64),
          (middle << 64) | (low & kMask)};
}

// std::nullopt beyond 256 bits.
std::optional<Wide> Scaled(Wide value, int powers) {
  while (powers > 0) {
    const int step = std::min(powers, 38);
    const auto factor = static_cast<UInt128>(PowerOfTen(step));
    Wide result = Product(value.low, factor);
    const Wide carry = Product(value.high, factor);
    if (carry.high != 0 || result.high + carry.low < carry.low) return std::nullopt;
    result.high += carry.low;
    value = result;
    powers -= step;
  }
  return value;
}

Wide Doubled(const Wide& value) {
  return {(value.high << 1) | (value.low >> 127), value.low << 1};
}

struct WideDivision {
  Wide quotient;
  Wide remainder;
};

// Long division bit by bit: slow but short, since few quotients need 256 bits.
WideDivision Divide(const Wide& value, const Wide& divisor) {
  WideDivision result;
  for (int bit = 255; bit >= 0; --bit) {
    const UInt128 part = bit >= 128 ? value.high : value.low;
    result.remainder = Doubled(result.remainder);
    result.remainder.low |= (part >> (bit % 128)) & 1;
    result.quotient = Doubled(result.quotient);
    if (result.remainder < divisor) continue;
    result.remainder = Difference(result.remainder, divisor);
    result.quotient.low |= 1;
  }
  return result;
}

std::optional<Int128> Signed(const Wide& magnitude, bool negative, int precision) {
  if (magnitude.high != 0 || magnitude.low >= static_cast<UInt128>(PowerOfTen(precision))) {
    return std::nullopt;
  }
  const auto value = static_cast<Int128>(magnitude.low);
  return negative ? -value : value;
}

std::optional<Int128> DivideRounded(const Wide& value, const Wide& divisor, bool negative,
                                    int precision) {
  WideDivision result = Divide(value, divisor);
  const bool up = !(result.remainder < Difference(divisor, result.remainder));
  if (up) result.quotient = Sum(result.quotient, {0, 1});
  return Signed(result.quotient, negative, precision);
}

// Brings a magnitude from scale `from` to scale `to`, rounding half up. std::nullopt when the
// result has more than `precision` digits.
std::optional<Int128> RescaleWide(const Wide& value, bool negative, int from, int to,
                                  int precision) {
  if (to >= from) {
    const std::optional<Wide> scaled = Scaled(value, to - from);
    return scaled ? Signed(*scaled, negative, precision) : std::nullopt;
  }
  const std::optional<Wide> divisor = Scaled({0, 1}, from - to);
  return divisor ? DivideRounded(value, *divisor, negative, precision) : Int128{0};
}

// Both at the larger scale. Scales are at most 38, so 256 bits always hold them.
std::pair<Wide, Wide> Aligned(const Decimal& a, const Decimal& b) {
  const int scale = std::max(a.scale, b.scale);
  return {*Scaled({0, Magnitude(a.unscaled)}, scale - a.scale),
          *Scaled({0, Magnitude(b.unscaled)}, scale - b.scale)};
}

// Both at the larger scale in 128 bits; false when one does not fit.
bool AlignNarrow(Decimal& a, Decimal& b) {
  if (a.scale == b.scale) return true;
  Decimal& shorter = a.scale < b.scale ? a : b;
  const int scale = std::max(a.scale, b.scale);
  const Int128 factor = PowerOfTen(scale - shorter.scale);
  if (__builtin_mul_overflow(shorter.unscaled, factor, &shorter.unscaled)) return false;
  shorter.scale = scale;
  return true;
}

}  // namespace

Type AsDecimalType(const Type& type) {
  switch (type.kind()) {
    case TypeKind::kTinyInt:
      return Type::Decimal(3, 0).WithNullable(type.nullable());
    case TypeKind::kSmallInt:
      return Type::Decimal(5, 0).WithNullable(type.nullable());
    case TypeKind::kInt:
      return Type::Decimal(10, 0).WithNullable(type.nullable());
    case TypeKind::kBigInt:
      return Type::Decimal(19, 0).WithNullable(type.nullable());
    default:
      WEIR_CHECK(type.kind() == TypeKind::kDecimal);
      return type;
  }
}

Type DecimalAddType(const Type& left, const Type& right) {
  const Operands o(left, right);
  const int scale = std::max(o.a.scale(), o.b.scale());
  const int integer_digits = std::max(o.a.precision() - o.a.scale(), o.b.precision() - o.b.scale());
  return Adjusted(integer_digits + scale + 1, scale, o.nullable);
}

Type DecimalMultiplyType(const Type& left, const Type& right) {
  const Operands o(left, right);
  return Adjusted(o.a.precision() + o.b.precision() + 1, o.a.scale() + o.b.scale(), o.nullable);
}

Type DecimalDivideType(const Type& left, const Type& right) {
  const Operands o(left, right);
  const int scale = std::max(kMinimumScale, o.a.scale() + o.b.precision() + 1);
  return Adjusted(o.a.precision() - o.a.scale() + o.b.scale() + scale, scale, o.nullable);
}

Type DecimalModuloType(const Type& left, const Type& right) {
  const Operands o(left, right);
  const int scale = std::max(o.a.scale(), o.b.scale());
  const int integer_digits = std::min(o.a.precision() - o.a.scale(), o.b.precision() - o.b.scale());
  return Adjusted(std::max(integer_digits + scale, 1), scale, o.nullable);
}

Type DecimalSumType(const Type& a) {
  return Type::Decimal(kMaxPrecision, AsDecimalType(a).scale());
}

Type DecimalAverageType(const Type& a) {
  return Type::Decimal(kMaxPrecision, std::max(kMinimumScale, AsDecimalType(a).scale()));
}

Type DecimalRoundType(const Type& type, int digits) {
  const Type a = AsDecimalType(type);
  if (digits >= a.scale()) return a;
  const int scale = std::max(digits, 0);
  const int precision = std::min(kMaxPrecision, 1 + a.precision() - a.scale() + scale);
  return Type::Decimal(precision, scale).WithNullable(a.nullable());
}

Type DecimalCommonType(const Type& left, const Type& right) {
  const Operands o(left, right);
  const int scale = std::max(o.a.scale(), o.b.scale());
  const int integer_digits = std::max(o.a.precision() - o.a.scale(), o.b.precision() - o.b.scale());
  // As in Flink, all digits before the point are kept, and of those behind it what 38 digits allow.
  const int kept = std::min(scale, kMaxPrecision - integer_digits);
  return Type::Decimal(integer_digits + kept, kept).WithNullable(o.nullable);
}

std::optional<Int128> AddDecimal(Decimal a, Decimal b, int precision, int scale) {
  Decimal narrow_a = a;
  Decimal narrow_b = b;
  Int128 sum = 0;
  if (AlignNarrow(narrow_a, narrow_b) &&
      !__builtin_add_overflow(narrow_a.unscaled, narrow_b.unscaled, &sum)) {
    return RescaleDecimal(sum, narrow_a.scale, scale, precision);
  }
  const auto [wide_a, wide_b] = Aligned(a, b);
  const int common = std::max(a.scale, b.scale);
  const bool negative_a = a.unscaled < 0;
  if (negative_a == (b.unscaled < 0)) {
    return RescaleWide(Sum(wide_a, wide_b), negative_a, common, scale, precision);
  }
  if (wide_a < wide_b) {
    return RescaleWide(Difference(wide_b, wide_a), !negative_a, common, scale, precision);
  }
  return RescaleWide(Difference(wide_a, wide_b), negative_a, common, scale, precision);
}

std::optional<Int128> SubtractDecimal(Decimal a, Decimal b, int precision, int scale) {
  return AddDecimal(a, {-b.unscaled, b.scale}, precision, scale);
}

std::optional<Int128> MultiplyDecimal(Decimal a, Decimal b, int precision, int scale) {
  Int128 product = 0;
  if (!__builtin_mul_overflow(a.unscaled, b.unscaled, &product) &&
      a.scale + b.scale - scale <= 38) {
    return RescaleDecimal(product, a.scale + b.scale, scale, precision);
  }
  const bool negative = (a.unscaled < 0) != (b.unscaled < 0);
  return RescaleWide(Product(Magnitude(a.unscaled), Magnitude(b.unscaled)), negative,
                     a.scale + b.scale, scale, precision);
}

std::optional<Int128> DivideDecimal(Decimal a, Decimal b, int precision, int scale) {
  const bool negative = (a.unscaled < 0) != (b.unscaled < 0);
  const int shift = scale - a.scale + b.scale;
  const Int128 divisor = b.unscaled < 0 ? -b.unscaled : b.unscaled;
  Int128 value = a.unscaled < 0 ? -a.unscaled : a.unscaled;
  if (shift >= 0 && shift <= 38 && !__builtin_mul_overflow(value, PowerOfTen(shift), &value)) {
    const Int128 quotient = DivideRoundHalfUp(value, divisor);
    if (!FitsPrecision(quotient, precision)) return std::nullopt;
    return negative ? -quotient : quotient;
  }
  const std::optional<Wide> wide = Scaled({0, Magnitude(a.unscaled)}, std::max(shift, 0));
  if (!wide) return std::nullopt;  // beyond 10^76, so the quotient is beyond 10^38
  return DivideRounded(*wide, *Scaled({0, Magnitude(b.unscaled)}, std::max(-shift, 0)), negative,
                       precision);
}

std::optional<Int128> ModuloDecimal(Decimal a, Decimal b, int precision, int scale) {
  Decimal narrow_a = a;
  Decimal narrow_b = b;
  if (AlignNarrow(narrow_a, narrow_b)) {
    return RescaleDecimal(narrow_a.unscaled % narrow_b.unscaled, narrow_a.scale, scale, precision);
  }
  const auto [wide_a, wide_b] = Aligned(a, b);
  return RescaleWide(Divide(wide_a, wide_b).remainder, a.unscaled < 0, std::max(a.scale, b.scale),
                     scale, precision);
}

int CompareDecimal(Decimal a, Decimal b) {
  Decimal narrow_a = a;
  Decimal narrow_b = b;
  if (AlignNarrow(narrow_a, narrow_b))
    return narrow_a.unscaled < narrow_b.unscaled ? -1 : narrow_a.unscaled > narrow_b.unscaled;
  if ((a.unscaled < 0) != (b.unscaled < 0)) return a.unscaled < 0 ? -1 : 1;
  const auto [wide_a, wide_b] = Aligned(a, b);
  const int sign = a.unscaled < 0 ? -1 : 1;
  if (wide_a < wide_b) return -sign;
  return wide_b < wide_a ? sign : 0;
}

Int128 RoundDecimal(Int128 unscaled, int scale, int digits, DecimalRounding rounding) {
  if (digits >= scale) return unscaled;
  const int drop = scale - digits;
  if (drop > 38) return 0;
  const Int128 unit = PowerOfTen(drop);
  const Int128 remainder = unscaled % unit;
  Int128 quotient = unscaled / unit;
  switch (rounding) {
    case DecimalRounding::kHalfUp:
      quotient = DivideRoundHalfUp(unscaled, unit);
      break;
    case DecimalRounding::kFloor:
      quotient -= remainder < 0 ? 1 : 0;
      break;
    case DecimalRounding::kCeiling:
      quotient += remainder > 0 ? 1 : 0;
      break;
    case DecimalRounding::kTruncate:
      break;
  }
  return digits < 0 ? quotient * PowerOfTen(-digits) : quotient;
}

}  // namespace weir
