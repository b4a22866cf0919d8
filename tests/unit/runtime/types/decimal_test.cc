#include "runtime/types/decimal.h"

#include <gtest/gtest.h>

#include <string>

#include "runtime/base/random.h"
#include "runtime/types/number_text.h"
#include "tests/seed.h"

namespace weir {
namespace {

std::string Text(Int128 unscaled, int scale) {
  char text[kMaxDecimalText];
  return {text, FormatDecimal(unscaled, scale, text)};
}
std::string Text(std::optional<Int128> unscaled, int scale) {
  return unscaled ? Text(*unscaled, scale) : "NULL";
}
Decimal D(std::string_view text) {
  return *ParseDecimalExactly(text);
}

TEST(DecimalTypes, FollowFlink) {
  const Type int_type = Type::Int();
  EXPECT_EQ(DecimalDivideType(int_type, Type::Decimal(2, 1)), Type::Decimal(17, 6));
  EXPECT_EQ(DecimalDivideType(Type::Decimal(2, 1), int_type), Type::Decimal(13, 12));
  EXPECT_EQ(DecimalAddType(Type::Decimal(10, 2), Type::Decimal(5, 4)), Type::Decimal(13, 4));
  EXPECT_EQ(DecimalAddType(Type::Decimal(38, 10), Type::Decimal(38, 10)), Type::Decimal(38, 9));
  EXPECT_EQ(DecimalMultiplyType(Type::Decimal(10, 2), Type::Decimal(5, 1)), Type::Decimal(16, 3));
  EXPECT_EQ(DecimalMultiplyType(Type::Decimal(38, 18), Type::Decimal(38, 18)),
            Type::Decimal(38, 6));
  EXPECT_EQ(DecimalModuloType(Type::Decimal(10, 2), Type::Decimal(5, 3)), Type::Decimal(5, 3));
  EXPECT_EQ(DecimalSumType(Type::Decimal(10, 2)), Type::Decimal(38, 2));
  EXPECT_EQ(DecimalAverageType(Type::Decimal(10, 2)), Type::Decimal(38, 6));
  EXPECT_EQ(DecimalRoundType(Type::Decimal(10, 4), 2), Type::Decimal(9, 2));
  EXPECT_EQ(DecimalRoundType(Type::Decimal(10, 4), -1), Type::Decimal(7, 0));
  EXPECT_EQ(DecimalCommonType(Type::BigInt(), Type::Decimal(5, 2)), Type::Decimal(21, 2));
  EXPECT_FALSE(
      DecimalAddType(Type::Decimal(5, 2).WithNullable(false), Type::Int().WithNullable(false))
          .nullable());
}

TEST(Decimal, ParsesAndRounds) {
  EXPECT_EQ(Text(ParseDecimal("1.005", 10, 2), 2), "1.01");
  EXPECT_EQ(Text(ParseDecimal("-1.005", 10, 2), 2), "-1.01");
  EXPECT_EQ(Text(ParseDecimal(" +12 ", 10, 2), 2), "12.00");
  EXPECT_EQ(Text(ParseDecimal("1e3", 10, 2), 2), "1000.00");
  EXPECT_EQ(Text(ParseDecimal("15e-2", 10, 1), 1), "0.2");
  EXPECT_EQ(Text(ParseDecimal("9.99", 2, 1), 1), "NULL");
  EXPECT_EQ(Text(ParseDecimal("0.0004", 10, 2), 2), "0.00");
  EXPECT_EQ(Text(ParseDecimal("00000000000000000000000000000000000000000001", 1, 0), 0), "1");
  EXPECT_EQ(Text(ParseDecimal("1e40", 38, 0), 0), "NULL");
  for (const char* bad : {"", ".", "-", "1e", "abc", "1 2", "1.2.3", "0x1"}) {
    EXPECT_FALSE(ParseDecimal(bad, 10, 2)) << bad;
  }
}

TEST(Decimal, FormatsEveryScale) {
  EXPECT_EQ(Text(Int128{-5}, 3), "-0.005");
  EXPECT_EQ(Text(Int128{0}, 2), "0.00");
  EXPECT_EQ(Text(PowerOfTen(38) - 1, 38), "0.99999999999999999999999999999999999999");
  EXPECT_EQ(Text(-(PowerOfTen(38) - 1), 0), "-99999999999999999999999999999999999999");
}

TEST(Decimal, OverflowIsNothing) {
  const Decimal big{PowerOfTen(38) - 1, 0};
  EXPECT_FALSE(AddDecimal(big, {1, 0}, 38, 0));
  EXPECT_FALSE(MultiplyDecimal(big, big, 38, 6));
  EXPECT_FALSE(DivideDecimal(big, {1, 38}, 38, 6));
  EXPECT_EQ(Text(AddDecimal(big, {-1, 0}, 38, 0), 0), "99999999999999999999999999999999999998");
}

TEST(Decimal, KeepsExactnessBeyond128Bits) {
  const Decimal big{PowerOfTen(37), 0};
  // 10^37 + 10^-38 needs 75 digits before it is rounded.
  EXPECT_EQ(Text(AddDecimal(big, {1, 38}, 38, 0), 0), Text(PowerOfTen(37), 0));
  EXPECT_EQ(Text(MultiplyDecimal({PowerOfTen(37), 37}, {PowerOfTen(37), 37}, 38, 6), 6),
            "1.000000");
  EXPECT_EQ(Text(DivideDecimal({PowerOfTen(37), 30}, {3 * PowerOfTen(30), 30}, 38, 6), 6),
            "3333333.333333");
  EXPECT_EQ(Text(ModuloDecimal(big, {3, 38}, 38, 38), 38),
            "0.00000000000000000000000000000000000001");
  EXPECT_EQ(CompareDecimal(big, {1, 38}), 1);
  EXPECT_EQ(CompareDecimal({-PowerOfTen(37), 0}, {1, 38}), -1);
  EXPECT_EQ(CompareDecimal(D("1.50"), D("1.5")), 0);
}

TEST(Decimal, DividesHalfUp) {
  EXPECT_EQ(Text(DivideDecimal(D("2"), D("3"), 38, 6), 6), "0.666667");
  EXPECT_EQ(Text(DivideDecimal(D("-1"), D("8"), 38, 2), 2), "-0.13");
  EXPECT_EQ(Text(ModuloDecimal(D("-7.5"), D("2"), 10, 1), 1), "-1.5");
}

TEST(Decimal, RoundsToDigits) {
  using enum DecimalRounding;
  EXPECT_EQ(Text(RoundDecimal(12345, 2, 1, kHalfUp), 1), "123.5");
  EXPECT_EQ(Text(RoundDecimal(12345, 2, -1, kHalfUp), 0), "120");
  EXPECT_EQ(Text(RoundDecimal(-150, 2, 0, kFloor), 0), "-2");
  EXPECT_EQ(Text(RoundDecimal(-150, 2, 0, kCeiling), 0), "-1");
  EXPECT_EQ(Text(RoundDecimal(199, 2, 0, kTruncate), 0), "1");
}

TEST(Decimal, ConvertsDoubles) {
  EXPECT_EQ(DecimalToDouble(15, 1), 1.5);
  EXPECT_EQ(DecimalToDouble(PowerOfTen(30) + 1, 30), 1.0);
  EXPECT_EQ(Text(DecimalFromDouble(0.1, 10, 3), 3), "0.100");
  EXPECT_EQ(Text(DecimalFromDouble(1e39, 38, 0), 0), "NULL");
  EXPECT_FALSE(DecimalFromDouble(std::numeric_limits<double>::quiet_NaN(), 10, 2));
}

// Against arithmetic on small numbers, where doubles would be exact as well.
TEST(Decimal, AgreesWithIntegers) {
  const uint64_t seed = 11;
  SCOPED_TRACE(seed);
  Random random(SeedOf(seed));
  for (int i = 0; i < 20'000; ++i) {
    const auto a = static_cast<int64_t>(random.Below(2'000'001)) - 1'000'000;
    const auto b = static_cast<int64_t>(random.Below(2'000'001)) - 1'000'000;
    const int scale_a = static_cast<int>(random.Below(5));
    const int scale_b = static_cast<int>(random.Below(5));
    const auto at5 = [](int64_t v, int s) { return static_cast<int64_t>(v * PowerOfTen(5 - s)); };
    ASSERT_EQ(*AddDecimal({a, scale_a}, {b, scale_b}, 38, 5), at5(a, scale_a) + at5(b, scale_b));
    ASSERT_EQ(*SubtractDecimal({a, scale_a}, {b, scale_b}, 38, 5),
              at5(a, scale_a) - at5(b, scale_b));
    ASSERT_EQ(*MultiplyDecimal({a, scale_a}, {b, scale_b}, 38, 10),
              Int128{at5(a, scale_a)} * at5(b, scale_b));
    const std::string text = Text(Int128{a}, scale_a);
    ASSERT_EQ(*ParseDecimal(text, 38, scale_a), Int128{a}) << text;
    ASSERT_EQ(CompareDecimal({a, scale_a}, {b, scale_b}),
              at5(a, scale_a) < at5(b, scale_b) ? -1 : at5(a, scale_a) > at5(b, scale_b));
  }
}

TEST(NumberText, IsJavas) {
  const std::pair<double, std::string_view> texts[] = {{1, "1.0"},
                                                       {-0.0, "-0.0"},
                                                       {1e7, "1.0E7"},
                                                       {9999999, "9999999.0"},
                                                       {0.001, "0.001"},
                                                       {0.0001, "1.0E-4"},
                                                       {123456789.125, "1.23456789125E8"},
                                                       {1e300, "1.0E300"}};
  for (const auto& [value, expected] : texts) {
    char text[kMaxFloatingText];
    EXPECT_EQ(std::string(text, FormatDouble(value, text)), expected);
    EXPECT_EQ(ParseDouble(expected), value);
  }
  char text[kMaxFloatingText];
  EXPECT_EQ(std::string(text, FormatFloat(0.1F, text)), "0.1");
}

TEST(NumberText, ParsesExtremes) {
  EXPECT_EQ(ParseDouble("1e400"), std::numeric_limits<double>::infinity());
  EXPECT_EQ(ParseDouble("-1e400"), -std::numeric_limits<double>::infinity());
  EXPECT_EQ(ParseDouble("1e-400"), 0.0);
  EXPECT_EQ(ParseDouble("0.000001e-399"), 0.0);
  EXPECT_EQ(ParseDouble(" 1.5 "), 1.5);
  for (const char* bad : {"", "inf", "nan", "1.5x", "0x10", "+-1", "1 2"}) {
    EXPECT_FALSE(ParseDouble(bad)) << bad;
  }
  EXPECT_EQ(ParseInt64("+5"), 5);
  EXPECT_FALSE(ParseInt64("9223372036854775808"));
  EXPECT_FALSE(ParseInt64("+-5"));
}

}  // namespace
}  // namespace weir
