#include "runtime/types/moments.h"

#include <algorithm>
#include <bit>
#include <boost/multiprecision/cpp_int.hpp>
#include <cmath>
#include <optional>

#include "runtime/types/decimal.h"

namespace weir {
namespace {

namespace mp = boost::multiprecision;

// Whole numbers of up to kBits bits on the stack. Making one clears all of its words, so a long
// type is slow even for small values; kUsualBits is what nearly all sums need.
template <unsigned kBits>
using Fixed =
    mp::number<mp::cpp_int_backend<kBits, kBits, mp::signed_magnitude, mp::unchecked, void>>;
constexpr unsigned kUsualBits = 1024;
using Whole = Fixed<12288>;

template <typename Number>
int BitsOf(const Number& number) {
  return number.is_zero() ? 0 : static_cast<int>(mp::msb(mp::abs(number))) + 1;
}

template <typename Number>
Number NumberOf(const WideNumber& number) {
  if (number.count == 0) return 0;
  const bool negative = (number.words[number.count - 1] >> 63) != 0;
  Number magnitude = 0;
  for (int i = number.count - 1; i >= 0; --i) {
    magnitude <<= 64;
    magnitude |= negative ? ~number.words[i] : number.words[i];
  }
  return negative ? Number(-(magnitude + 1)) : magnitude;
}

template <typename Number>
Number PowerOfTenOf(int exponent) {
  return mp::pow(Number(10), static_cast<unsigned>(exponent));
}

// A number cut to its 64 leading bits, times a power of 2. The lowest bit is set if anything was
// cut off ("sticky bit"), so rounding it to a double gives what rounding the exact number would
// give.
struct Leading {
  uint64_t bits = 0;
  int exponent = 0;
};

// numerator / denominator · 2^exponent.
template <typename Number>
Leading Quotient(Number numerator, const Number& denominator, int exponent) {
  // Makes the numerator so much longer that the quotient has more than 64 bits.
  constexpr int kEnough = 66;
  const int more = std::max(0, kEnough - (BitsOf(numerator) - BitsOf(denominator)));
  numerator <<= static_cast<unsigned>(more);
  Number quotient;
  Number rest;
  mp::divide_qr(numerator, denominator, quotient, rest);
  if (quotient.is_zero()) return {};  // only sums that nobody added up are that long
  const int over = BitsOf(quotient) - 64;
  const bool cut = !rest.is_zero() || static_cast<int>(mp::lsb(quotient)) < over;
  quotient >>= static_cast<unsigned>(over);
  return {static_cast<uint64_t>(quotient) | static_cast<uint64_t>(cut), exponent - more + over};
}

// The power of 2 that sum² and the squares are both multiples of.
int CommonExponent(const WideNumber& sum, const WideNumber& squares) {
  return sum.count == 0 ? squares.exponent : std::min(2 * sum.exponent, squares.exponent);
}

template <typename Number>
Leading VarianceBits(const WideNumber& sum, const WideNumber& squares, const VarianceOf& of) {
  const int exponent = CommonExponent(sum, squares);
  Number total = NumberOf<Number>(sum);
  total *= total;
  Number all = NumberOf<Number>(squares) * of.count;
  if (!total.is_zero()) total <<= static_cast<unsigned>(2 * sum.exponent - exponent);
  all <<= static_cast<unsigned>(squares.exponent - exponent);
  all -= total;
  if (all <= 0) return {};
  const Number denominator = Number(of.count) * of.divisor * PowerOfTenOf<Number>(2 * of.scale);
  return Quotient<Number>(all, denominator, exponent);
}

// Whether no number on the way is longer than kUsualBits.
bool IsUsual(const WideNumber& sum, const WideNumber& squares) {
  constexpr int kMargin = 128;  // the count, a sign, and what a quotient needs
  const int exponent = CommonExponent(sum, squares);
  const int total = sum.count * 128 + (sum.count == 0 ? 0 : 2 * sum.exponent - exponent);
  const int all = squares.count * 64 + squares.exponent - exponent;
  return std::max(total, all) + kMargin <= static_cast<int>(kUsualBits);
}

// VarianceBits in 128-bit arithmetic, if the sums are whole numbers of 63 and 127 bits and the
// denominator has at most 63 bits; std::nullopt otherwise.
std::optional<Leading> ShortVarianceBits(const WideNumber& sum, const WideNumber& squares,
                                         const VarianceOf& of) {
  const auto word = [](const WideNumber& number, int i) {
    const uint64_t sign =
        number.count > 0 && (number.words[number.count - 1] >> 63) != 0 ? ~uint64_t{0} : 0;
    return i < number.count ? number.words[i] : sign;
  };
  const auto fits = [&](const WideNumber& number, int words) {
    const auto sign = static_cast<uint64_t>(static_cast<int64_t>(word(number, words - 1)) >> 63);
    for (int i = words; i < number.count; ++i) {
      if (number.words[i] != sign) return false;
    }
    return number.count == 0 || number.exponent == 0;
  };
  if (!fits(sum, 1) || !fits(squares, 2)) return std::nullopt;
  constexpr UInt128 kMost = UInt128{1} << 63;
  UInt128 denominator =
      UInt128{static_cast<uint64_t>(of.count)} * static_cast<uint64_t>(of.divisor);
  for (int i = 0; i < 2 * of.scale && denominator < kMost; ++i) denominator *= 10;
  const UInt128 all = UInt128{word(squares, 1)} << 64 | word(squares, 0);
  if (denominator >= kMost || all > (UInt128{1} << 126) / static_cast<uint64_t>(of.count))
    return std::nullopt;
  const auto total = static_cast<Int128>(static_cast<int64_t>(word(sum, 0)));
  const Int128 numerator =
      static_cast<Int128>(all * static_cast<uint64_t>(of.count)) - total * total;
  if (numerator <= 0) return Leading{};
  const UInt128 whole = static_cast<UInt128>(numerator) / denominator;
  if (whole == 0) return std::nullopt;  // fewer than 64 bits would be left
  const UInt128 rest = (static_cast<UInt128>(numerator) % denominator) << 64;
  const auto fraction = static_cast<uint64_t>(rest / denominator);
  const bool cut = rest % denominator != 0;
  const auto high = static_cast<uint64_t>(whole >> 64);
  const auto low = static_cast<uint64_t>(whole);
  if (high != 0) {
    const int over = 64 - std::countl_zero(high);
    const bool below = (low & ((uint64_t{1} << over) - 1)) != 0 || fraction != 0 || cut;
    return Leading{static_cast<uint64_t>(whole >> over) | static_cast<uint64_t>(below), over};
  }
  const int above = std::countl_zero(low);  // places for bits of the fraction
  if (above == 0) return Leading{low | static_cast<uint64_t>(fraction != 0 || cut), 0};
  const bool below = (fraction << above) != 0 || cut;
  return Leading{(low << above | fraction >> (64 - above)) | static_cast<uint64_t>(below), -above};
}

// The common case, in which every number is a whole one that a double holds: the same result.
bool SmallVariance(const WideNumber& sum, const WideNumber& squares, const VarianceOf& of,
                   double& result) {
  constexpr uint64_t kExact = uint64_t{1} << 53;
  constexpr int kMostScale = 7;  // 10^(2 · 7) is below 2^53
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
  std::optional<Leading> leading = ShortVarianceBits(sum, squares, of);
  if (!leading) {
    leading = IsUsual(sum, squares) ? VarianceBits<Fixed<kUsualBits>>(sum, squares, of)
                                    : VarianceBits<Whole>(sum, squares, of);
  }
  const auto [bits, power] = *leading;
  if (!of.root) return std::ldexp(static_cast<double>(bits), power);
  const int odd = power & 1;
  return std::ldexp(std::sqrt(std::ldexp(static_cast<double>(bits), odd)), (power - odd) / 2);
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
  const Whole steps = PowerOfTenOf<Whole>(scale);
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
