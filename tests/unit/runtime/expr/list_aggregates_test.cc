// Aggregates that keep lists, and the variances, over state rows: folding, taking back, merging.
#include <gmock/gmock.h>

#include "runtime/expr/aggregate_function.h"
#include "runtime/expr/functions/lists.h"
#include "tests/unit/runtime/expr/aggregate_lists.h"

namespace weir::expr::testing {
namespace {

const Value kNull = N(Type::String());

TEST(ListAggregatesTest, ListaggJoinsInOrderOfArrival) {
  Lists lists({.function = "LISTAGG", .argument = Type::String(), .parameter = "|"}, 3);
  lists.Fold({S("a"), S("x"), kNull, S("b")}, {0, 1, 0, 0});
  EXPECT_EQ(lists.Results(), "a|b / x / NULL");
  lists.Fold({S("a string longer than twelve bytes"), S("")}, {0, 1});
  EXPECT_EQ(lists.Results(), "a|b|a string longer than twelve bytes / x| / NULL");
}

TEST(ListAggregatesTest, WhatGoesTakesTheFirstEqualAway) {
  Lists lists(
      {.function = "LISTAGG", .argument = Type::String(), .parameter = ",", .retracts = true}, 1);
  lists.Fold({S("a"), S("b"), S("a"), S("c")}, {0, 0, 0, 0});
  lists.Fold({S("a"), S("z")}, {0, 0}, {-1, -1});
  EXPECT_EQ(lists.Results(), "b,a,c");
  lists.Fold({S("b"), S("b2")}, {0, 0}, {-1, 1});
  EXPECT_EQ(lists.Results(), "a,c,b2") << "an updated value moves to the end";
  lists.Fold({S("a"), S("c"), S("b2")}, {0, 0, 0}, {-1, -1, -1});
  EXPECT_EQ(lists.Results(), "NULL");
}

TEST(ListAggregatesTest, ArrayAggKeepsNull) {
  Lists all({.function = "ARRAY_AGG", .argument = Type::Int()}, 2);
  all.Fold({I(1), N(Type::Int()), I(1)}, {0, 0, 0});
  EXPECT_EQ(all.Results(), "[1, NULL, 1] / NULL");
  Lists distinct({.function = "ARRAY_AGG", .argument = Type::Int(), .distinct = true}, 1);
  distinct.Fold({I(1), N(Type::Int()), I(1), N(Type::Int()), I(2)}, {0, 0, 0, 0, 0});
  EXPECT_EQ(distinct.Results(), "[1, NULL, 2]");
  Lists ignoring({.function = "ARRAY_AGG", .argument = Type::Int(), .parameter = "IGNORE NULLS"},
                 1);
  ignoring.Fold({I(1), N(Type::Int())}, {0, 0});
  EXPECT_EQ(ignoring.Results(), "[1]");
}

TEST(ListAggregatesTest, NestedValuesAreKeptAndFoundAgain) {
  const Type rows = Type::Row({{"a", Type::Int()}, {"b", Type::Array(Type::String())}});
  Lists lists({.function = "ARRAY_AGG", .argument = rows, .retracts = true}, 1);
  const auto row = [&](std::string_view text) { return Text(rows, text); };
  lists.Fold({row("(1, [x, y])"), row("(2, [])"), row("(3, NULL)")}, {0, 0, 0});
  EXPECT_EQ(lists.Results(), "[(1, [x, y]), (2, []), (3, NULL)]");
  lists.Fold({row("(2, [])")}, {0}, {-1});
  EXPECT_EQ(lists.Results(), "[(1, [x, y]), (3, NULL)]");
}

TEST(ListAggregatesTest, EveryTypeIsTakenBack) {
  const std::vector<Value> values = {B(true),
                                     T(-3),
                                     Value(Type::SmallInt(), int16_t{-300}),
                                     I(-70000),
                                     L(1'000'000'000'000),
                                     F(1.5F),
                                     D(-0.25),
                                     Dec("1.50", 10, 2),
                                     Dec("12345678901234567890.5", 30, 1),
                                     Date("2024-02-29"),
                                     Ts("2024-01-01 00:00:00.123"),
                                     Ts("2024-01-01 00:00:00.123456789", 9),
                                     S("text"),
                                     Text(Type::Map(Type::String(), Type::Int()), "{a=1}")};
  for (const Value& value : values) {
    SCOPED_TRACE(value.type().ToString());
    Lists lists({.function = "ARRAY_AGG", .argument = value.type(), .retracts = true}, 1);
    const Value null = N(value.type().WithNullable(true));
    lists.Fold({null, value, value}, {0, 0, 0});
    lists.Fold({value}, {0}, {-1});
    EXPECT_EQ(lists.Results(), "[NULL, " + value.ToString() + "]");
  }
}

TEST(ListAggregatesTest, CollectCounts) {
  Lists lists({.function = "COLLECT", .argument = Type::String()}, 2);
  lists.Fold({S("a"), S("b"), S("a"), kNull}, {0, 0, 0, 0});
  EXPECT_EQ(lists.Results(), "{a=2, b=1} / {}");
  Lists distinct({.function = "COLLECT", .argument = Type::String(), .distinct = true}, 1);
  distinct.Fold({S("a"), S("a")}, {0, 0});
  EXPECT_EQ(distinct.Results(), "{a=1}");
}

TEST(ListAggregatesTest, FirstAndLastOfWhatIsStillThere) {
  for (const std::string_view function : {"FIRST_VALUE", "LAST_VALUE"}) {
    const bool last = function == "LAST_VALUE";
    Lists lists({.function = std::string(function), .argument = Type::Int(), .retracts = true}, 1);
    EXPECT_EQ(lists.Results(), "NULL");
    lists.Fold({I(1), I(2), I(3)}, {0, 0, 0});
    EXPECT_EQ(lists.Results(), last ? "3" : "1");
    lists.Fold({I(last ? 3 : 1)}, {0}, {-1});
    EXPECT_EQ(lists.Results(), "2");
    Lists plain({.function = std::string(function), .argument = Type::String()}, 1);
    plain.Fold({kNull, S("a"), S("b"), kNull}, {0, 0, 0, 0});
    EXPECT_EQ(plain.Results(), last ? "b" : "a");
  }
}

TEST(ListAggregatesTest, PercentilesAreInterpolated) {
  Lists one({.function = "PERCENTILE", .argument = Type::Double(), .parameter = "0.5"}, 2);
  one.Fold({D(4), D(1), D(2), D(10)}, {0, 0, 0, 0});
  EXPECT_EQ(one.Results(), "3.0 / NULL");
  Lists many({.function = "PERCENTILE",
              .argument = Type::Double(),
              .parameter = "[0,0.25,1]",
              .result = Type::Array(Type::Double())},
             1);
  many.Fold({D(4), D(1), D(2), D(10)}, {0, 0, 0, 0});
  EXPECT_EQ(many.Results(), "[1.0, 1.75, 10.0]");
}

TEST(ListAggregatesTest, JsonAggregatesPutTextTogether) {
  Lists array({.function = "JSON_ARRAYAGG", .argument = Type::String()}, 2);
  array.Fold({S("1"), S("\"a\""), S("null")}, {0, 0, 0});
  EXPECT_EQ(array.Results(), "[1,\"a\",null] / []");
  Lists object({.function = "JSON_OBJECTAGG", .argument = Type::String()}, 2);
  object.Fold({S("{\"b\":1}"), S("{}"), S("{\"a\":[2]}")}, {0, 0, 0});
  EXPECT_EQ(object.Results(), "{\"a\":[2],\"b\":1} / {}");
  object.Fold({S("{\"b\":3}")}, {0});
  EXPECT_EQ(object.Results(), "E3001") << "a key twice is an error, as in Flink";
}

TEST(ListAggregatesTest, ListsAreMergedBehindEachOther) {
  const Shape shape{.function = "LISTAGG", .argument = Type::String(), .parameter = ","};
  Lists a(shape, 1);
  Lists b(shape, 1);
  a.MergeList(b);
  EXPECT_EQ(a.Results(), "NULL");
  b.Fold({S("x"), S("y")}, {0, 0});
  a.MergeList(b);
  a.Fold({S("z")}, {0});
  a.MergeList(b);
  EXPECT_EQ(a.Results(), "x,y,z,x,y");
}

TEST(ListAggregatesTest, KeepsListWhereValuesCanGo) {
  AggregateCall call;
  call.function = AggregateFunction::kFirstValue;
  call.argument_types = {Type::Int()};
  EXPECT_FALSE(KeepsList(call, false));
  EXPECT_TRUE(KeepsList(call, true));
  EXPECT_FALSE(NeedsValueMap(call, true));
  call.distinct = true;
  EXPECT_TRUE(KeepsList(call, false));
  call.function = AggregateFunction::kStddevPop;
  EXPECT_FALSE(KeepsList(call, true));
  EXPECT_TRUE(NeedsValueMap(call, false));
}

TEST(VarianceTest, IsThatOfFractions) {
  for (const auto& [function, result] :
       std::vector<std::pair<std::string, std::string>>{{"VAR_POP", "1.1288889132605675"},
                                                        {"VAR_SAMP", "1.6933333698908513"},
                                                        {"STDDEV_POP", "1.0624918415030618"}}) {
    Lists values({.function = function, .argument = Type::Double()}, 1);
    values.Fold({D(1000000001.1), D(1000000002.3), D(1000000003.7)}, {0, 0, 0});
    EXPECT_EQ(values.Results(), result) << function << ": of the doubles, by Python's fractions";
  }
}

TEST(VarianceTest, ForgetsWhatGoes) {
  Lists values({.function = "VAR_SAMP", .argument = Type::Double(), .retracts = true}, 1);
  EXPECT_EQ(values.Results(), "NULL");
  values.Fold({D(1), D(2), D(3)}, {0, 0, 0});
  values.Fold({D(3)}, {0}, {-1});
  EXPECT_EQ(values.Results(), "0.5");
  values.Fold({D(1)}, {0}, {-1});
  EXPECT_EQ(values.Results(), "NULL") << "a sample of one has none";
  values.Fold({D(2)}, {0}, {-1});
  EXPECT_EQ(values.Results(), "NULL");
}

TEST(VarianceTest, HasTheTypeOfItsArgument) {
  Lists ints({.function = "VAR_SAMP", .argument = Type::Int()}, 1);
  ints.Fold({I(1), I(4)}, {0, 0});
  EXPECT_EQ(ints.Results(), "4") << "4.5, cut";
  Lists decimals({.function = "VAR_POP", .argument = Type::Decimal(10, 2)}, 1);
  decimals.Fold({Dec("1.50", 10, 2), Dec("10.10", 10, 2), Dec("1.50", 10, 2)}, {0, 0, 0});
  EXPECT_EQ(decimals.Results(), "16.435556");
}

TEST(ElementSetTest, TellsNestedValuesApart) {
  const std::vector<Value> values = {
      Text(Type::Array(Type::Double()), "[1.0, NULL]"), Text(Type::Array(Type::Double()), "[1.0]"),
      Text(Type::Array(Type::Double()), "[1.0, NULL]"), Text(Type::Array(Type::Double()), "[]"),
      N(Type::Array(Type::Double()))};
  const ColumnPtr column = MakeColumn(Type::Array(Type::Double()), values);
  ElementSet set;
  for (int round = 0; round < 2; ++round) {
    std::vector<bool> added;
    for (uint32_t i = 0; i < values.size(); ++i) added.push_back(set.Add(*column, i));
    EXPECT_THAT(added, ::testing::ElementsAre(true, true, false, true, true));
    EXPECT_TRUE(set.Contains(*column, 3));
    set.Clear();
    EXPECT_FALSE(set.Contains(*column, 3));
  }
}

TEST(ElementSetTest, GrowsAndEmptiesItself) {
  std::vector<Value> values;
  for (int i = 0; i < 1000; ++i) values.push_back(I(i * 37 % 500));
  const ColumnPtr column = MakeColumn(Type::Int(), values);
  ElementSet set;
  for (int round = 0; round < 3; ++round) {
    uint32_t distinct = 0;
    for (uint32_t i = 0; i < 1000; ++i) distinct += set.Add(*column, i) ? 1 : 0;
    EXPECT_EQ(distinct, 500U);
    EXPECT_EQ(set.size(), 500U);
    set.Clear();
  }
}

}  // namespace
}  // namespace weir::expr::testing
