// CAST and TRY_CAST between every pair of families, as Flink does them.
#include "tests/unit/runtime/expr/expressions.h"

namespace weir::expr::testing {
namespace {

struct CastExample {
  Value value;
  Type target;
  std::string result;
};

void CheckCasts(const std::vector<CastExample>& examples) {
  for (const CastExample& example : examples) {
    SCOPED_TRACE(::testing::Message()
                 << example.value.ToString() << " AS " << example.target.ToString());
    EXPECT_EQ(Cast(example.value, example.target), example.result);
  }
}

TEST(CastTest, Numbers) {
  CheckCasts({{I(300), Type::TinyInt(), "44"},
              {L(-1), Type::Int(), "-1"},
              {I(1), Type::Boolean(), "TRUE"},
              {B(true), Type::Int(), "1"},
              {D(1e30), Type::Int(), "2147483647"},
              {D(-1e30), Type::BigInt(), "-9223372036854775808"},
              {D(300.7), Type::TinyInt(), "44"},
              {D(1.9), Type::Int(), "1"},
              {F(1.5F), Type::Double(), "1.5"},
              {I(12), Type::Decimal(5, 2), "12.00"},
              {I(12345), Type::Decimal(3, 0), "NULL"},
              {D(1.005), Type::Decimal(5, 2), "1.01"},
              {Dec("1.255", 5, 3), Type::Decimal(5, 2), "1.26"},
              {Dec("1.255", 5, 3), Type::Int(), "1"},
              {Dec("1.255", 5, 3), Type::Double(), "1.255"},
              {Dec("1.25", 5, 2), Type::Decimal(38, 10), "1.2500000000"},
              {N(Type::Int()), Type::BigInt(), "NULL"}});
}

TEST(CastTest, TextToNumbers) {
  CheckCasts({{S(" 12 "), Type::Int(), "12"},
              {S("1.9"), Type::Int(), "1"},
              {S("-.5"), Type::Int(), "0"},
              {S("1e3"), Type::Int(), "E3001"},
              {S(""), Type::Int(), "E3001"},
              {S("99999999999"), Type::Int(), "E3001"},
              {S("1e3"), Type::Decimal(10, 1), "1000.0"},
              {S("99999"), Type::Decimal(3, 0), "E3001"},
              {S("\t5"), Type::Int(), "E3001"},
              {S("\t5"), Type::Decimal(3, 1), "5.0"},
              {S("."), Type::Int(), "E3001"},
              {S("-."), Type::Int(), "E3001"},
              {S("x"), Type::Decimal(3, 0), "E3001"},
              {S("1.5"), Type::Double(), "1.5"},
              {S("1e400"), Type::Double(), "Infinity"},
              {S("NaN"), Type::Double(), "NaN"},
              {S("abc"), Type::Double(), "E3001"},
              {S("YES"), Type::Boolean(), "TRUE"},
              {S("0"), Type::Boolean(), "FALSE"},
              {S("on"), Type::Boolean(), "E3001"},
              {S(" true "), Type::Boolean(), "E3001"}});
  EXPECT_EQ(Cast(S("x"), Type::Int(), /*try_cast=*/true), "NULL");
  EXPECT_EQ(Cast(S("99999"), Type::Decimal(3, 0), /*try_cast=*/true), "NULL");
  EXPECT_EQ(Cast(I(300), Type::TinyInt(), /*try_cast=*/true), "44");
}

TEST(CastTest, ToText) {
  CheckCasts({{I(12), Type::String(), "12"},
              {B(true), Type::String(), "TRUE"},
              {Dec("1.50", 5, 2), Type::String(), "1.50"},
              {S("abcdef"), Type::VarChar(3), "abc"},
              {S("häß"), Type::VarChar(2), "hä"},
              {S("ab"), Type::Char(4), "ab  "},
              {I(7), Type::Char(3), "7  "},
              {Date("2024-01-02"), Type::String(), "2024-01-02"},
              {Ts("2024-01-02 03:04:05.678"), Type::String(), "2024-01-02 03:04:05.678"},
              {Text(Type::Array(Type::Int()), "[1, 2]"), Type::String(), "[1, 2]"}});
  EXPECT_EQ(Call("=", {Text(Type::Char(5), "'ab   '"), S("ab")}), "FALSE");
}

TEST(CastTest, Times) {
  CheckCasts({{S("2024"), Type::Date(), "2024-01-01"},
              {S("2023-02-29"), Type::Date(), "E3001"},
              {S("2023-02-29 00:00:00"), Type::Timestamp(3), "2023-02-28 00:00:00.000"},
              {S("2024-01-01T00:00:00"), Type::Timestamp(3), "E3001"},
              {S("2024-01-01 24:00:00"), Type::Timestamp(0), "2024-01-02 00:00:00"},
              {S("12:34:56"), Type::Time(0), "12:34:56"},
              {Date("2024-01-02"), Type::Timestamp(3), "2024-01-02 00:00:00.000"},
              {Ts("2024-01-02 03:04:05.678"), Type::Date(), "2024-01-02"},
              {Ts("2024-01-02 03:04:05.678"), Type::Time(0), "03:04:05"},
              {Ts("2024-01-02 03:04:05.678"), Type::Timestamp(0), "2024-01-02 03:04:05"},
              {Ts("2024-01-02 03:04:05.678"), Type::Timestamp(9), "2024-01-02 03:04:05.678000000"},
              {Ts("1969-12-31 23:59:59.999"), Type::Date(), "1969-12-31"}});
  EvaluationContext berlin;
  berlin.time_zone = "Europe/Berlin";
  EXPECT_EQ(Cast(Ts("2024-07-01 14:00:00"), Type::TimestampLtz(3), false, berlin),
            "2024-07-01 12:00:00.000");
  EXPECT_EQ(Cast(Ltz("2024-07-01 12:00:00"), Type::Timestamp(3), false, berlin),
            "2024-07-01 14:00:00.000");
  EXPECT_EQ(Cast(Ltz("2024-07-01 12:00:00"), Type::String(), false, berlin),
            "2024-07-01 14:00:00.000");
}

TEST(CastTest, NestedValuesByTheirParts) {
  const Value row = Text(Type::Row({{"a", Type::Int()}, {"b", Type::String()}}), "(1, 2)");
  EXPECT_EQ(Cast(row, Type::Row({{"x", Type::BigInt()}, {"y", Type::Double()}})), "(1, 2.0)");
  const Value list = Text(Type::Array(Type::Int()), "[1, NULL, 300]");
  EXPECT_EQ(Cast(list, Type::Array(Type::TinyInt())), "[1, NULL, 44]");
}

TEST(CastTest, WhatFlinkDoesNotCastIsRefused) {
  EXPECT_EQ(Cast(Date("2024-01-01"), Type::Int()), "E2006");
  EXPECT_EQ(Cast(I(1), Type::Timestamp(3)), "E2006");
  EXPECT_EQ(Cast(B(true), Type::Date()), "E2006");
  EXPECT_EQ(Cast(I(1), Type::Array(Type::Int())), "E2006");
}

}  // namespace
}  // namespace weir::expr::testing
