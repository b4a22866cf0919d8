// DECIMAL(p, s): unscaled integers with a scale known to the type, up to 38 digits. Results round
// half away from zero; what does not fit is std::nullopt, which SQL makes NULL (Flink's rule).
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

#include "runtime/types/type.h"

namespace weir {

__extension__ typedef unsigned __int128 UInt128;  // NOLINT(modernize-use-using): __extension__

namespace decimal_internal {
struct PowerTable {
  Int128 powers[39];
};
// 10 to the power of 0 … 38.
constexpr PowerTable MakePowers() {
  PowerTable table{};
  Int128 power = 1;
  for (int i = 0; i < 39; ++i) {
    table.powers[i] = power;
    if (i < 38) power *= 10;
  }
  return table;
}
inline constexpr PowerTable kPowers = MakePowers();
}  // namespace decimal_internal

// 10^n. REQUIRES: 0 <= n <= 38.
constexpr Int128 PowerOfTen(int n) {
  return decimal_internal::kPowers.powers[n];
}

// Whether an unscaled value has at most `precision` digits.
constexpr bool FitsPrecision(Int128 unscaled, int precision) {
  return unscaled < PowerOfTen(precision) && unscaled > -PowerOfTen(precision);
}

// The quotient rounded half away from zero. REQUIRES: divisor > 0.
constexpr Int128 DivideRoundHalfUp(Int128 value, Int128 divisor) {
  const Int128 quotient = value / divisor;
  const Int128 remainder = value % divisor;
  const Int128 magnitude = remainder < 0 ? -remainder : remainder;
  if (magnitude >= divisor - magnitude) return quotient + (value < 0 ? -1 : 1);
  return quotient;
}

// An unscaled value and its type's numbers; stands for unscaled / 10^scale.
struct Decimal {
  Int128 unscaled = 0;
  int scale = 0;
};

// --- types of results: Flink's rules ---------------------------------------------------------

// The result types of a + b and a - b, a * b, a / b, a % b over DECIMAL types (AsDecimalType makes
// DECIMALs of integers). If the precision would exceed 38, digits of the scale are given up, down
// to 6. Nullable when an operand is. The rules are those of Flink's LogicalTypeMerging, which
// follows Hive and SQL Server.
Type DecimalAddType(const Type& a, const Type& b);
Type DecimalMultiplyType(const Type& a, const Type& b);
Type DecimalDivideType(const Type& a, const Type& b);
Type DecimalModuloType(const Type& a, const Type& b);
// SUM: DECIMAL(38, s). AVG: DECIMAL(38, max(6, s)).
Type DecimalSumType(const Type& a);
Type DecimalAverageType(const Type& a);
// ROUND(a, digits): its scale is at most `digits`; see RoundDecimal.
Type DecimalRoundType(const Type& a, int digits);
// The smallest DECIMAL that holds both operands' values: UNION, CASE, COALESCE.
Type DecimalCommonType(const Type& a, const Type& b);
// DECIMAL(3, 0), (5, 0), (10, 0), (19, 0) for the integer types; DECIMAL itself. REQUIRES: exact
// numeric.
Type AsDecimalType(const Type& type);

// --- Arithmetic ----------------------------------------------------------------------------------

// `unscaled` at scale `from` brought to scale `to`, rounding half up; std::nullopt when it then has
// more than `precision` digits.
inline std::optional<Int128> RescaleDecimal(Int128 unscaled, int from, int to, int precision) {
  if (to < from) {
    const int drop = from - to;
    unscaled = drop > 38 ? 0 : DivideRoundHalfUp(unscaled, PowerOfTen(drop));
  } else if (to > from) {
    if (unscaled == 0) return Int128{0};
    if (to - from > 38 || __builtin_mul_overflow(unscaled, PowerOfTen(to - from), &unscaled)) {
      return std::nullopt;
    }
  }
  if (!FitsPrecision(unscaled, precision)) return std::nullopt;
  return unscaled;
}

// a + b, a - b and a * b as DECIMAL(precision, scale): exact until it is rounded to `scale`.
// std::nullopt when the result has more than `precision` digits.
std::optional<Int128> AddDecimal(Decimal a, Decimal b, int precision, int scale);
std::optional<Int128> SubtractDecimal(Decimal a, Decimal b, int precision, int scale);
std::optional<Int128> MultiplyDecimal(Decimal a, Decimal b, int precision, int scale);
// std::nullopt for overflow. REQUIRES: b.unscaled != 0 (division by zero is the caller's error).
std::optional<Int128> DivideDecimal(Decimal a, Decimal b, int precision, int scale);
// Has the sign of a. REQUIRES: b.unscaled != 0.
std::optional<Int128> ModuloDecimal(Decimal a, Decimal b, int precision, int scale);

// -1, 0 or 1: the exact order of the two numbers. Never overflows, whatever the scales.
int CompareDecimal(Decimal a, Decimal b);

// kHalfUp is away from zero at the half; kFloor and kCeiling towards the infinities.
enum class DecimalRounding : uint8_t { kHalfUp, kFloor, kCeiling, kTruncate };
// `unscaled` of scale `scale` rounded to `digits` after the point (negative: before it), as an
// unscaled value of scale clamp(digits, 0, scale): what DecimalRoundType says. May have one digit
// more.
Int128 RoundDecimal(Int128 unscaled, int scale, int digits, DecimalRounding rounding);

// --- Conversions ---------------------------------------------------------------------------------

// The double that is nearest to the number.
double DecimalToDouble(Int128 unscaled, int scale);
// From the shortest decimal text of the number (java.math.BigDecimal.valueOf), rounded half up;
// std::nullopt for NaN, infinities and overflow.
std::optional<Int128> DecimalFromDouble(double value, int precision, int scale);
// Drops the fraction. What does not fit 64 bits wraps around, as Java's longValue does.
inline int64_t DecimalToInt64(Int128 unscaled, int scale) {
  return static_cast<int64_t>(unscaled / PowerOfTen(scale));
}

// [+-]digits[.digits][e[+-]digits] with blanks around, rounded half up to `scale`; std::nullopt for
// other text and for overflow. No allocation.
std::optional<Int128> ParseDecimal(std::string_view text, int precision, int scale);
// The value with as many digits after the point as the text has, for SQL literals. std::nullopt for
// other text and above 38 digits.
std::optional<Decimal> ParseDecimalExactly(std::string_view text);

// Bytes that no decimal's text exceeds.
inline constexpr size_t kMaxDecimalText = 48;
// Plain notation with exactly `scale` fractional digits ("-0.50"). Writes at `out`, returns the
// end.
char* FormatDecimal(Int128 unscaled, int scale, char* out);

}  // namespace weir
