#include "runtime/types/moments.h"

#include <algorithm>
#include <boost/multiprecision/cpp_int.hpp>
#include <cmath>
#include <utility>

#include "runtime/types/decimal.h"

namespace weir {
namespace {

namespace mp = boost::multiprecision;

// On the stack, and as long to compute with as the number is.
constexpr unsigned kMostBits = 12288;
using Whole = mp::number<
    mp::cpp_int_backend<kMostBits, kMostBits, mp::signed_magnitude, mp::unchecked, void>>;

int BitsOf(const Whole& number) {
  return number.is_zero() ? 0 : static_cast<int>(mp::msb(mp::abs(number))) + 1;
}

Whole WholeOf(const WideNumber& number) {
  if (number.count == 0) return 0;
  const bool negative = (number.words[number.count - 1] >> 63) != 0;
  Whole magnitude = 0;
  for (int i = number.count - 1; i >= 0; --i) {
    magnitude <<= 64;
    magnitude |= negative ? ~number.words[i] : number.words[i];
  }
  return negative ? -(magnitude + 1) : magnitude;
}

Whole PowerOfTenOf(int exponent) {
  return mp::pow(Whole(10), static_cast<unsigned>(exponent));
}

// The sums as whole numbers times a power of 2, which is the same for the squares of both.
struct Aligned {
  Whole numerator;  // count · squares − sum²
  int exponent;
};
Aligned NumeratorOf(const WideNumber& sum, const WideNumber& squares, int64_t count) {
  Whole total = WholeOf(sum);
  total *= total;
  Whole all = WholeOf(squares) * count;
  const int of_total = 2 * sum.exponent;
  const int exponent = sum.count == 0 ? squares.exponent : std::min(of_total, squares.exponent);
  if (!total.is_zero()) total <<= static_cast<unsigned>(of_total - exponent);
  all <<= static_cast<unsigned>(squares.exponent - exponent);
  return {all - total, exponent};
}

// numerator / denominator · 2^exponent as 64 bits times a power of 2, the lowest bit set where
// something is cut off, so that what is made of it rounds as the exact number would.
std::pair<uint64_t, int> Leading(Whole numerator, const Whole& denominator, int exponent) {
  constexpr int kEnough = 66;
  const int more = std::max(0, kEnough - (BitsOf(numerator) - BitsOf(denominator)));
  numerator <<= static_cast<unsigned>(more);
  Whole quotient;
  Whole rest;
  mp::divide_qr(numerator, denominator, quotient, rest);
  if (quotient.is_zero()) return {0, 0};  // only sums that nobody added up are that long
  const int over = BitsOf(quotient) - 64;
  const bool cut = !rest.is_zero() || static_cast<int>(mp::lsb(quotient)) < over;
  quotient >>= static_cast<unsigned>(over);
  return {static_cast<uint64_t>(quotient) | static_cast<uint64_t>(cut), exponent - more + over};
}

// The common case, in which every number is a whole one that a double holds: the same result.
bool SmallVariance(const WideNumber& sum, const WideNumber& squares, const VarianceOf& of,
                   double& result) {
  constexpr uint64_t kExact = uint64_t{1} << 53;
  constexpr int kMostScale = 7;
  const auto small = [](const WideNumber& number) {
    if (number.count == 0) return true;
    const auto sign = static_cast<uint64_t>(static_cast<int64_t>(number.words[0]) >> 63);
    return number.exponent == 0 && std::all_of(number.words + 1, number.words + number.count,
                                               [=](uint64_t word) { return word == sign; });
  };
  if (!small(sum) || !small(squares) || of.scale > kMostScale) return false;
  const auto first = [](const WideNumber& number) {
    return number.count == 0 ? 0 : static_cast<int64_t>(number.words[0]);
  };
  using Wide = Int128;
  const Wide total = first(sum);
  const Wide numerator = Wide{of.count} * first(squares) - total * total;
  Wide denominator = Wide{of.count} * of.divisor;
  for (int i = 0; i < 2 * of.scale && denominator < Wide{kExact}; ++i) denominator *= 10;
  if (numerator < 0 || numerator > Wide{kExact} || denominator > Wide{kExact}) return false;
  result = static_cast<double>(numerator) / static_cast<double>(denominator);
  return true;
}

// |value| = mantissa · 2^exponent as a signed whole number.
Whole MantissaOf(const BinaryParts& parts) {
  return parts.negative ? Whole(-Whole(parts.mantissa)) : Whole(parts.mantissa);
}

// numerator · 2^exponent / denominator to the nearest whole number, halves away from zero.
Whole Nearest(Whole numerator, int exponent, Whole denominator) {
  if (exponent >= 0) {
    numerator <<= static_cast<unsigned>(exponent);
  } else {
    denominator <<= static_cast<unsigned>(-exponent);
  }
  const bool negative = numerator < 0;
  const Whole doubled = mp::abs(numerator) * 2 + denominator;
  const Whole nearest = doubled / (denominator * 2);
  return negative ? Whole(-nearest) : nearest;
}

void StoreWords(Whole number, std::span<uint64_t> words) {
  const bool negative = number < 0;
  if (negative) number = -number - 1;
  for (uint64_t& word : words) {
    word = static_cast<uint64_t>(Whole(number & ~uint64_t{0}));
    if (negative) word = ~word;
    number >>= 64;
  }
}

}  // namespace

double Variance(const WideNumber& sum, const WideNumber& squares, const VarianceOf& of) {
  double small;
  if (SmallVariance(sum, squares, of, small)) return of.root ? std::sqrt(small) : small;
  const auto [numerator, exponent] = NumeratorOf(sum, squares, of.count);
  if (numerator <= 0) return 0;
  const Whole denominator = Whole(of.count) * of.divisor * PowerOfTenOf(2 * of.scale);
  const auto [leading, power] = Leading(numerator, denominator, exponent);
  if (!of.root) return std::ldexp(static_cast<double>(leading), power);
  const int odd = power & 1;
  return std::ldexp(std::sqrt(std::ldexp(static_cast<double>(leading), odd)), (power - odd) / 2);
}

bool FormerMoments::finite() const {
  return std::isfinite(mean) && std::isfinite(squares);
}

void CarryBinary(const FormerMoments& former, BinarySum& sum, BinarySum& squares) {
  if (!former.finite()) return;
  const BinaryParts mean = PartsOf(former.mean);
  const BinaryParts distances = PartsOf(former.squares);
  squares.Add(distances.mantissa, 0, distances.exponent, distances.negative);
  if (former.count <= 0) return sum.Add(mean.mantissa, 0, mean.exponent, mean.negative);
  using Wide = UInt128;
  const auto add = [](BinarySum& to, Wide amount, int exponent, bool negative) {
    to.Add(static_cast<uint64_t>(amount), static_cast<uint64_t>(amount >> 64), exponent, negative);
  };
  const auto count = static_cast<uint64_t>(former.count);
  add(sum, Wide{mean.mantissa} * count, mean.exponent, mean.negative);
  const Wide square = Wide{mean.mantissa} * mean.mantissa;
  add(squares, Wide{static_cast<uint64_t>(square)} * count, 2 * mean.exponent, false);
  add(squares, Wide{static_cast<uint64_t>(square >> 64)} * count, 2 * mean.exponent + 64, false);
}

void CarryWhole(const FormerMoments& former, int scale, std::span<uint64_t> sum,
                std::span<uint64_t> squares) {
  if (!former.finite()) return;
  const BinaryParts mean = PartsOf(former.mean);
  const BinaryParts distances = PartsOf(former.squares);
  const Whole steps = PowerOfTenOf(scale);
  const Whole count = former.count > 0 ? Whole(former.count) : Whole(1);
  const Whole total = Nearest(MantissaOf(mean) * count * steps, mean.exponent, 1);
  StoreWords(total, sum);
  Whole spread = MantissaOf(distances) * steps * steps * count;
  Whole of_mean = former.count > 0 ? Whole(total * total) : Whole(0);
  if (distances.exponent >= 0) {
    spread <<= static_cast<unsigned>(distances.exponent);
    StoreWords(Nearest(spread + of_mean, 0, count), squares);
  } else {
    of_mean <<= static_cast<unsigned>(-distances.exponent);
    StoreWords(Nearest(spread + of_mean, distances.exponent, count), squares);
  }
}

}  // namespace weir
