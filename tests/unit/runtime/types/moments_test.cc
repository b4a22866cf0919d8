// Exact sums and variances against rational arithmetic of any length (Boost.Multiprecision), which
// the code under test uses for its last step only.
#include "runtime/types/moments.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <boost/multiprecision/cpp_int.hpp>
#include <cmath>
#include <vector>

#include "runtime/base/random.h"
#include "runtime/types/decimal.h"
#include "runtime/types/moments_fields.h"
#include "tests/seed.h"

namespace weir {
namespace {

using boost::multiprecision::cpp_int;
using boost::multiprecision::cpp_rational;

constexpr uint64_t kMomentSeed = 20261124;

cpp_rational RationalOf(const WideNumber& number) {
  cpp_int whole = 0;
  for (int i = number.count - 1; i >= 0; --i) whole = (whole << 64) + number.words[i];
  const bool negative = number.count > 0 && (number.words[number.count - 1] >> 63) != 0;
  if (negative) whole -= cpp_int(1) << (64 * number.count);
  cpp_rational value = whole;
  const cpp_int power = cpp_int(1) << std::abs(number.exponent);
  if (number.exponent >= 0) return value * power;
  return value / power;
}

// Any finite double: every exponent is as likely as every other.
double AnyDouble(Random& random) {
  while (true) {
    const auto value = std::bit_cast<double>(random.Next64());
    if (std::isfinite(value)) return value;
  }
}

void Add(BinarySum& sum, double value, bool negative) {
  const BinaryParts parts = PartsOf(value);
  sum.Add(parts.mantissa, 0, parts.exponent, parts.negative != negative);
}
void AddSquare(BinarySum& sum, double value, bool negative) {
  const BinaryParts parts = PartsOf(value);
  const UInt128 square = UInt128{parts.mantissa} * parts.mantissa;
  sum.Add(static_cast<uint64_t>(square), static_cast<uint64_t>(square >> 64), 2 * parts.exponent,
          negative);
}

std::string BytesOf(const BinarySum& sum) {
  std::string bytes;
  sum.Append(bytes);
  return bytes;
}

TEST(PartsOf, GivesTheDouble) {
  Random random(SeedOf(kMomentSeed));
  std::vector<double> values = {
      0.0, -0.0, 1.0, -1.5, 5e-324, -2.2250738585072014e-308, 1.7976931348623157e308};
  for (int i = 0; i < 1000; ++i) values.push_back(AnyDouble(random));
  for (const double value : values) {
    const BinaryParts parts = PartsOf(value);
    const double back = std::ldexp(static_cast<double>(parts.mantissa), parts.exponent);
    EXPECT_EQ(parts.negative ? -back : back, value);
  }
}

TEST(BinarySum, IsExactInAnyOrder) {
  Random random(SeedOf(kMomentSeed));
  for (int run = 0; run < 50; ++run) {
    std::vector<std::pair<double, bool>> terms;
    cpp_rational expected = 0;
    cpp_rational squares = 0;
    for (uint64_t i = 0; i < 1 + random.Below(40); ++i) {
      const bool narrow = random.Below(2) == 0;
      const double value = narrow ? static_cast<double>(random.Below(1000)) / 8 : AnyDouble(random);
      const bool negative = random.Below(3) == 0;
      terms.emplace_back(value, negative);
      const cpp_rational exact(value);
      expected += negative ? cpp_rational(-exact) : exact;
      squares += negative ? cpp_rational(-exact * exact) : cpp_rational(exact * exact);
    }
    BinarySum forth;
    BinarySum back;
    BinarySum of_squares;
    for (const auto& [value, negative] : terms) {
      Add(forth, value, negative);
      AddSquare(of_squares, value, negative);
    }
    std::ranges::reverse(terms);
    for (const auto& [value, negative] : terms) Add(back, value, negative);
    EXPECT_EQ(RationalOf(forth.number()), expected);
    EXPECT_EQ(RationalOf(of_squares.number()), squares);
    EXPECT_EQ(BytesOf(forth), BytesOf(back));
    // What came goes, and nothing is left of it.
    for (const auto& [value, negative] : terms) Add(forth, value, !negative);
    EXPECT_EQ(BytesOf(forth), BytesOf(BinarySum()));
  }
}

TEST(BinarySum, PartsAddUp) {
  Random random(SeedOf(kMomentSeed));
  for (int run = 0; run < 100; ++run) {
    BinarySum whole;
    BinarySum merged;
    for (int part = 0; part < 5; ++part) {
      BinarySum one;
      for (uint64_t i = 0; i < random.Below(6); ++i) {
        const double value = AnyDouble(random);
        Add(one, value, false);
        Add(whole, value, part == 3);
      }
      // As it comes from a row of state.
      const std::string bytes = BytesOf(one);
      ByteReader in(bytes);
      BinarySum read;
      ASSERT_TRUE(read.Load(in) && in.at_end());
      ASSERT_EQ(BytesOf(read), bytes);
      merged.Add(read, part == 3);
    }
    EXPECT_EQ(BytesOf(merged), BytesOf(whole));
  }
}

// 2^63 times the greatest double: no order of additions comes to the end of the words.
TEST(BinarySum, HoldsTheGreatestSums) {
  BinarySum sum;
  Add(sum, 1.7976931348623157e308, false);
  cpp_rational expected(1.7976931348623157e308);
  for (int i = 0; i < 63; ++i) {
    std::string bytes = BytesOf(sum);
    ByteReader in(bytes);
    BinarySum same;
    ASSERT_TRUE(same.Load(in));
    sum.Add(same, false);
    expected *= 2;
    ASSERT_EQ(RationalOf(sum.number()), expected) << i;
  }
}

TEST(BinarySum, RefusesWhatItDidNotWrite) {
  BinarySum sum;
  Add(sum, 1e300, false);
  Add(sum, 1e-300, false);
  const std::string good = BytesOf(sum);
  for (size_t length = 0; length < good.size(); ++length) {
    ByteReader in(std::string_view(good).substr(0, length));
    EXPECT_FALSE(sum.Load(in)) << length;
  }
  std::string far;
  AppendVarint(far, 2 * 36);  // the last word, and one behind it
  AppendVarint(far, 2);
  far.append(16, '\1');
  for (const std::string& bytes : {far, std::string("\xff\xff\xff\xff\x0f\x01", 6)}) {
    ByteReader in(bytes);
    EXPECT_FALSE(sum.Load(in));
  }
}

// The definition, in fractions.
double Expected(const std::vector<double>& values, bool sample) {
  cpp_rational sum = 0;
  cpp_rational squares = 0;
  for (const double value : values) {
    const cpp_rational exact(value);
    sum += exact;
    squares += exact * exact;
  }
  const auto count = static_cast<int64_t>(values.size());
  const cpp_rational variance = (squares - sum * sum / count) / (sample ? count - 1 : count);
  return static_cast<double>(variance);
}

// A few numbers: any, those that are close together far from zero, or whole ones of some length.
std::vector<double> SomeNumbers(Random& random) {
  std::vector<double> values;
  const uint64_t kind = random.Below(3);
  const int bits = 11 + static_cast<int>(random.Below(52));
  for (uint64_t i = 0; i < 2 + random.Below(30); ++i) {
    if (kind == 0) {
      values.push_back(AnyDouble(random) / 1e160);
    } else if (kind == 1) {
      values.push_back(1e9 + static_cast<double>(random.Below(1000)) / 100);
    } else {
      values.push_back(static_cast<double>(static_cast<int64_t>(random.Next64()) >> bits));
    }
  }
  return values;
}

TEST(Variance, IsThatOfTheDefinition) {
  Random random(SeedOf(kMomentSeed));
  for (int run = 0; run < 3000; ++run) {
    BinarySum sum;
    BinarySum squares;
    const std::vector<double> values = SomeNumbers(random);
    for (const double value : values) {
      Add(sum, value, false);
      AddSquare(squares, value, false);
    }
    // As they come from a row of state, without words that hold nothing.
    const std::string bytes = BytesOf(sum) + BytesOf(squares);
    ByteReader in(bytes);
    ASSERT_TRUE(sum.Load(in) && squares.Load(in));
    const auto count = static_cast<int64_t>(values.size());
    for (const bool sample : {false, true}) {
      const int64_t divisor = count - (sample ? 1 : 0);
      const double expected = Expected(values, sample);
      EXPECT_DOUBLE_EQ(Variance(sum.number(), squares.number(), {count, divisor, 0, false}),
                       expected);
      // The square of a deviation may have few digits, or none.
      if (!std::isfinite(expected) || expected < 1e-290) continue;
      EXPECT_DOUBLE_EQ(Variance(sum.number(), squares.number(), {count, divisor, 0, true}),
                       std::sqrt(expected));
    }
  }
}

// Whatever arithmetic the length of the numbers chooses, of values times 10^scale as well.
TEST(Variance, OfDecimalsIsThatOfTheDefinition) {
  Random random(SeedOf(kMomentSeed));
  for (int run = 0; run < 3000; ++run) {
    const int scale = static_cast<int>(random.Below(20));
    const int bits = 2 + static_cast<int>(random.Below(60));
    cpp_int total = 0;
    cpp_int all = 0;
    Int128 sum = 0;
    UInt128 squares = 0;
    const int64_t count = 2 + static_cast<int64_t>(random.Below(30));
    for (int64_t i = 0; i < count; ++i) {
      const int64_t value = static_cast<int64_t>(random.Next64()) >> bits;
      total += value;
      all += cpp_int(value) * value;
      sum += value;
      squares += static_cast<UInt128>(Int128{value} * value);
    }
    const uint64_t sum_words[] = {static_cast<uint64_t>(sum), static_cast<uint64_t>(sum >> 64)};
    const uint64_t square_words[] = {static_cast<uint64_t>(squares),
                                     static_cast<uint64_t>(squares >> 64), 0};
    const cpp_int steps = boost::multiprecision::pow(cpp_int(10), 2 * static_cast<unsigned>(scale));
    const cpp_rational expected(cpp_int(all * count - total * total),
                                cpp_int(cpp_int(count) * (count - 1) * steps));
    EXPECT_DOUBLE_EQ(
        Variance({sum_words, 2, 0}, {square_words, 3, 0}, {count, count - 1, scale, false}),
        static_cast<double>(expected))
        << scale << " " << bits;
  }
}

// A deviation that a double holds though no double holds its square.
TEST(Variance, RootsOfWhatIsBeyondDoubles) {
  BinarySum sum;
  BinarySum squares;
  for (const double value : {1e200, -1e200}) {
    Add(sum, value, false);
    AddSquare(squares, value, false);
  }
  EXPECT_EQ(Variance(sum.number(), squares.number(), {2, 2, 0, false}), HUGE_VAL);
  EXPECT_DOUBLE_EQ(Variance(sum.number(), squares.number(), {2, 2, 0, true}), 1e200);
}

// As older versions added them up (Welford).
FormerMoments Former(const std::vector<double>& values) {
  FormerMoments former;
  for (const double value : values) {
    ++former.count;
    const double distance = value - former.mean;
    former.mean += distance / static_cast<double>(former.count);
    former.squares += distance * (value - former.mean);
  }
  return former;
}

TEST(FormerMoments, SumsOfWholeNumbersComeOutRight) {
  Random random(SeedOf(kMomentSeed));
  for (int run = 0; run < 200; ++run) {
    std::vector<double> values;
    int64_t total = 0;
    int64_t squares = 0;
    for (uint64_t i = 0; i < 1 + random.Below(50); ++i) {
      const int64_t value = static_cast<int64_t>(random.Below(2001)) - 1000;
      total += value;
      squares += value * value;
      values.push_back(static_cast<double>(value) / 100);
    }
    uint64_t sum[kMostSumWords] = {};
    uint64_t of_squares[kMostSquareWords] = {};
    CarryWhole(Former(values), 2, sum, of_squares);
    EXPECT_EQ(RationalOf({sum, kMostSumWords, 0}), cpp_rational(total));
    EXPECT_EQ(RationalOf({of_squares, kMostSquareWords, 0}), cpp_rational(squares));
  }
}

// Partial results that took more away than they added had sums in the places of the two.
TEST(FormerMoments, WithoutValuesTheyAreSums) {
  uint64_t sum[2] = {};
  uint64_t squares[3] = {};
  CarryWhole({.count = -1, .mean = -7, .squares = -49}, 0, sum, squares);
  EXPECT_EQ(RationalOf({sum, 2, 0}), cpp_rational(-7));
  EXPECT_EQ(RationalOf({squares, 3, 0}), cpp_rational(-49));
  BinarySum of_values;
  BinarySum of_squares;
  CarryBinary({.count = 0, .mean = -1.5, .squares = 2.25}, of_values, of_squares);
  EXPECT_EQ(RationalOf(of_values.number()), cpp_rational(-1.5));
  EXPECT_EQ(RationalOf(of_squares.number()), cpp_rational(2.25));
}

// The variance goes on as it was, though sums of squares as doubles would have lost it.
TEST(FormerMoments, BinaryOnesKeepTheirVariance) {
  const FormerMoments former = {.count = 3, .mean = 1e9 + 1.0 / 3, .squares = 2.7182818};
  BinarySum sum;
  BinarySum squares;
  CarryBinary(former, sum, squares);
  EXPECT_DOUBLE_EQ(Variance(sum.number(), squares.number(), {3, 2, 0, false}), 2.7182818 / 2);
}

TEST(MomentsFields, AreTakenForOlderOnesOnlyWhereTheseWere) {
  const Type real = Type::Double().WithNullable(false);
  const Type number = Type::BigInt().WithNullable(false);
  const std::vector<Field> older = {{"row_count", number},        {"avg(x)", Type::Double()},
                                    {"avg(x).count", number},     {"var_pop(x)", real},
                                    {"var_pop(x).squares", real}, {"var_pop(x).count", number}};
  std::vector<Field> newer = {
      {"row_count", number}, {"avg(x)", Type::Double()}, {"avg(x).count", number}};
  EXPECT_TRUE(CarriedBetween(older, newer).empty());
  for (const Type& type : {Type::Int(), Type::Decimal(10, 2), Type::Double()}) {
    std::vector<Field> now = newer;
    const std::vector<Field> fields = MomentsFields("var_pop(x)", type);
    now.insert(now.end(), fields.begin(), fields.end());
    const std::vector<CarriedMoments> carried = CarriedBetween(older, now);
    ASSERT_EQ(carried.size(), 1U);
    EXPECT_EQ(carried[0].to, 3U);
    EXPECT_EQ(carried[0].fields, fields.size());
    EXPECT_TRUE(CarriedBetween(now, now).empty());
    for (const Field& field : fields) EXPECT_EQ(AccumulatorOf(field.name), "var_pop(x)");
  }
}

}  // namespace
}  // namespace weir
