// Aggregates over state rows: folding, retraction, merging, result types.
#include <gmock/gmock.h>

#include "tests/unit/runtime/expr/aggregate_groups.h"

namespace weir::expr::testing {
namespace {

std::vector<Value> Ints(const std::vector<int>& values) {
  std::vector<Value> result;
  for (const int value : values) result.push_back(I(value));
  return result;
}

TEST(AggregatesTest, CountStar) {
  Groups groups(MakeCall("COUNT", {}), false, 2);
  groups.Fold({}, {0, 1, 0});
  EXPECT_EQ(groups.Results(), "2 1");
  groups.Fold({}, {0}, {-1});
  EXPECT_EQ(groups.Results(), "1 1");
}

TEST(AggregatesTest, NullsAreSkipped) {
  const std::vector<Value> values = {I(4), N(Type::Int()), N(Type::Int()), I(5)};
  for (const auto& [function, expected] :
       std::vector<std::pair<std::string, std::string>>{{"COUNT", "2 0"},
                                                        {"SUM", "9 NULL"},
                                                        {"AVG", "4 NULL"},
                                                        {"MIN", "4 NULL"},
                                                        {"MAX", "5 NULL"}}) {
    Groups groups(MakeCall(function, {Type::Int()}), false, 2);
    groups.Fold(values, {0, 0, 1, 0});
    EXPECT_EQ(groups.Results(), expected) << function;
  }
}

TEST(AggregatesTest, RetractionReturnsToNull) {
  for (const std::string function : {"SUM", "AVG"}) {
    Groups groups(MakeCall(function, {Type::Int()}), true, 1);
    groups.Fold(Ints({4, 6}), {0, 0});
    groups.Fold(Ints({4, 6}), {0, 0}, {-1, -1});
    EXPECT_EQ(groups.Results(), "NULL") << function;
    groups.Fold(Ints({-7}), {0});
    EXPECT_EQ(groups.Results(), "-7") << function;
  }
}

TEST(AggregatesTest, SumsWrapAndDecimalsBecomeNull) {
  Groups tiny(MakeCall("SUM", {Type::TinyInt()}), false, 1);
  tiny.Fold({T(100), T(100)}, {0, 0});
  EXPECT_EQ(tiny.Results(), "-56");
  const std::string most(38, '9');
  Groups decimal(MakeCall("SUM", {Type::Decimal(38, 0)}), false, 1);
  decimal.Fold({Dec(most, 38, 0), Dec(most, 38, 0)}, {0, 0});
  EXPECT_EQ(decimal.Results(), "NULL");
}

TEST(AggregatesTest, EveryNumericType) {
  struct Example {
    std::string function;
    std::vector<Value> values;
    std::string result;
  };
  const std::vector<Example> examples = {
      {"SUM", {L(1), L(2)}, "3"},
      {"SUM", {D(0.5), D(0.25)}, "0.75"},
      {"SUM", {F(0.5F), F(0.25F)}, "0.75"},
      {"SUM", {Dec("1.50", 10, 2), Dec("2.25", 10, 2)}, "3.75"},
      {"SUM", {Dec("1.50", 30, 2), Dec("2.25", 30, 2)}, "3.75"},
      {"AVG", {T(1), T(2)}, "1"},
      {"AVG", {L(-1), L(-2)}, "-1"},
      {"AVG", {D(1), D(2)}, "1.5"},
      {"AVG", {F(1), F(2)}, "1.5"},
      {"AVG", {Dec("1.00", 10, 2), Dec("2.01", 10, 2)}, "1.505000"},
      {"AVG", {Dec("1.00", 30, 2), Dec("2.01", 30, 2)}, "1.505000"},
      {"MAX", {S("a long string that lies in the heap"), S("b")}, "b"},
      {"MIN",
       {S("b"), S("a long string that lies in the heap")},
       "a long string that lies in the heap"},
      {"MAX", {Date("2024-01-01"), Date("2023-01-01")}, "2024-01-01"},
      {"MIN", {Ts("2024-01-01 00:00:00"), Ts("2023-01-01 00:00:00")}, "2023-01-01 00:00:00.000"},
      {"MIN", {B(true), B(false)}, "FALSE"},
      {"MAX", {Dec("1.50", 30, 2), Dec("2.25", 30, 2)}, "2.25"},
  };
  for (const Example& example : examples) {
    Groups groups(MakeCall(example.function, {example.values[0].type()}), false, 1);
    groups.Fold(example.values, {0, 0});
    EXPECT_EQ(groups.Results(), example.result)
        << example.function << " " << example.values[0].type().ToString();
    Groups merged(MakeCall(example.function, {example.values[0].type()}), false, 1);
    merged.Fold({example.values[1]}, {0});
    Groups part(MakeCall(example.function, {example.values[0].type()}), false, 1);
    part.Fold({example.values[0]}, {0});
    merged.Merge(part);
    EXPECT_EQ(merged.Results(), example.result) << "merged " << example.function;
  }
}

TEST(AggregatesTest, ResultTypes) {
  const auto type = [](std::string_view function, const std::vector<Type>& args) {
    const Result<AggregateFunction> known = FindAggregate(function);
    if (!known.ok()) return std::string(known.status().id());
    const Result<Type> result = AggregateResultType(*known, args, {});
    return result.ok() ? result->ToString() : std::string(result.status().id());
  };
  EXPECT_EQ(type("COUNT", {}), "BIGINT NOT NULL");
  EXPECT_EQ(type("sum", {Type::Int()}), "INT");
  EXPECT_EQ(type("SUM", {Type::Decimal(10, 2)}), "DECIMAL(38, 2)");
  EXPECT_EQ(type("AVG", {Type::Decimal(10, 2)}), "DECIMAL(38, 6)");
  EXPECT_EQ(type("AVG", {Type::Decimal(10, 8)}), "DECIMAL(38, 8)");
  EXPECT_EQ(type("MAX", {Type::Timestamp(3)}), "TIMESTAMP(3)");
  EXPECT_EQ(type("SUM", {Type::String()}), "E2005");
  EXPECT_EQ(type("SUMM", {Type::Int()}), "E2005");
  EXPECT_TRUE(IsAggregateFunction("max"));
  EXPECT_FALSE(IsAggregateFunction("UPPER"));
  EXPECT_EQ(AggregateFunctions().size(), 19U);
  EXPECT_EQ(AggregateName(*FindAggregate("stddev")), "STDDEV_SAMP");
  EXPECT_EQ(type("APPROX_COUNT_DISTINCT", {Type::Int()}), "E1002");
}

TEST(AggregatesTest, StateFieldsAreNamedAfterTheCall) {
  const AggregateCall sum = MakeCall("SUM", {Type::Int()});
  EXPECT_EQ(StateFields(sum, false).size(), 1U);
  EXPECT_EQ(StateFields(sum, true)[1].name, "SUM.count");
  AggregateCall maximum = MakeCall("MAX", {Type::Int()});
  EXPECT_EQ(StateFields(maximum, true), StateFields(maximum, false));
  EXPECT_TRUE(NeedsValueMap(maximum, true));
  EXPECT_FALSE(NeedsValueMap(maximum, false));
  AggregateCall distinct = sum;
  distinct.distinct = true;
  EXPECT_TRUE(NeedsValueMap(distinct, false));
}

}  // namespace
}  // namespace weir::expr::testing
