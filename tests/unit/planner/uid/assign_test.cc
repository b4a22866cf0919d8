// What a uid is made of, and what must never change it (docs/design/language-rules.md, "Uids").
#include "planner/uid/assign.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "planner/rules/rule_list.h"
#include "runtime/base/names.h"
#include "tests/unit/planner/plan_builder.h"

namespace weir::planner::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::ElementsAreArray;
using ::testing::HasSubstr;
using ::testing::UnorderedElementsAre;
using ::testing::UnorderedElementsAreArray;

const char kCte[] = "sink:out/cte:m";

// INSERT INTO out WITH m AS (SELECT bidder, COUNT(*) FROM bid GROUP BY bidder) SELECT * FROM m
NodePtr CountsPerBidder(const std::string& sink = "out") {
  return Into(sink, CountBy(Bids(), {"bidder"}, At("sink:" + sink + "/cte:m", 10)));
}

const std::vector<std::string> kBuiltCountUids = {"src:bid", "wm:bid", "sink:out/cte:m/agg",
                                                  "sink:out/sink.w"};

std::vector<std::string> UidsOf(const std::vector<NodePtr>& roots,
                                const PlannerOptions& options = {}) {
  return StateUids(MustPlan(roots, options));
}

TEST(UidTest, IsAPathOfNames) {
  EXPECT_THAT(UidsOf({CountsPerBidder()}), ElementsAreArray(kBuiltCountUids));
}

TEST(UidTest, SaysWhereTheNameComesFrom) {
  std::vector<std::string> words;
  for (const StateRow& row : ExplainState(MustPlan({CountsPerBidder()}).graph)) {
    words.push_back(row.name_from);
  }
  EXPECT_THAT(words, ElementsAre("table bid", "table bid", kCte, "sink:out"));
}

TEST(UidTest, WindowAggregatesHaveTheirOwnRole) {
  const NodePtr windows = Windows(Bids(), TumblingHour(), At(kCte));
  const NodePtr counts = CountBy(windows, {"window_start", "window_end", "bidder"}, At(kCte));
  EXPECT_THAT(UidsOf({Into("out", counts)}),
              ElementsAre("src:bid", "wm:bid", "sink:out/cte:m/wagg", "sink:out/sink.w"));
}

TEST(UidTest, FoldsCaseAndEscapes) {
  EXPECT_THAT(UidsOf({Into("out", CountBy(Bids("My/BID"), {"bidder"}, At(kCte)))}),
              ElementsAre("src:my%2Fbid", "wm:my%2Fbid", "sink:out/cte:m/agg", "sink:out/sink.w"));
  EXPECT_EQ(uid::Escape("A@b~c#d%e"), "a%40b%7Ec%23d%25e");
}

// ---- what must not change a uid ----

TEST(UidStabilityTest, OtherStatementsBefore) {
  const NodePtr other = Into("other", CountBy(Bids("auction"), {"price"}, At("sink:other", 1)));
  const std::vector<std::string> uids = UidsOf({other, CountsPerBidder()});
  EXPECT_THAT(uids, ::testing::IsSupersetOf(kBuiltCountUids));
}

TEST(UidStabilityTest, ProjectionOrder) {
  const NodePtr reordered = SelectNames(Bids(), {"ts", "price", "bidder"}, At(kCte));
  EXPECT_THAT(UidsOf({Into("out", CountBy(reordered, {"bidder"}, At(kCte)))}),
              ElementsAreArray(kBuiltCountUids));
}

TEST(UidStabilityTest, AStatelessClause) {
  const NodePtr input = Bids();
  const NodePtr filtered = Where(input, Call(">", {Column(input, "price"), BigInt(5)}), At(kCte));
  const NodePtr before = CountBy(filtered, {"bidder"}, At(kCte));
  const NodePtr counts = CountBy(Bids(), {"bidder"}, At(kCte));
  const NodePtr after =
      Where(counts, Call(">", {Column(counts, "bidder"), BigInt(5)}), At("sink:out"));
  EXPECT_THAT(UidsOf({Into("out", before)}), ElementsAreArray(kBuiltCountUids));
  EXPECT_THAT(UidsOf({Into("out", after)}), ElementsAreArray(kBuiltCountUids));
}

TEST(UidStabilityTest, ASiblingAggregate) {
  const NodePtr input = Bids();
  const NodePtr more =
      GroupBy(input, {"bidder"},
              {Aggregation(input, "MAX", "price"), Aggregation(input, "COUNT", "")}, At(kCte));
  EXPECT_THAT(UidsOf({Into("out", more)}), ElementsAreArray(kBuiltCountUids));
  const NodePtr above = CountBy(CountBy(Bids(), {"bidder"}, At(kCte)), {"c0"}, At("sink:out"));
  EXPECT_THAT(UidsOf({Into("out", above)}), ElementsAre("src:bid", "wm:bid", "sink:out/cte:m/agg",
                                                        "sink:out/agg", "sink:out/sink.w"));
}

TEST(UidStabilityTest, OrderOfTheStatementSet) {
  const NodePtr first = CountsPerBidder("a");
  const NodePtr second = Into("b", CountBy(Bids("ask"), {"bidder"}, At("sink:b")));
  EXPECT_THAT(UidsOf({first, second}), UnorderedElementsAreArray(UidsOf({second, first})));
}

TEST(UidStabilityTest, OrderOfUnionAll) {
  const auto branch = [](const std::string& table) {
    return CountBy(Bids(table), {"bidder"}, At("sink:out"));
  };
  const auto plan = [&](const std::string& a, const std::string& b) {
    return UidsOf({Into("out", UnionAll({branch(a), branch(b)}, At("sink:out")))});
  };
  const std::vector<std::string> uids = plan("bid", "ask");
  EXPECT_THAT(uids, UnorderedElementsAreArray(plan("ask", "bid")));
  EXPECT_THAT(
      uids, ::testing::IsSupersetOf({"sink:out/agg:k(bidder)@bid", "sink:out/agg:k(bidder)@ask"}));
}

TEST(UidStabilityTest, ASecondSink) {
  EXPECT_THAT(UidsOf({CountsPerBidder(), Into("raw", Bids())}),
              ::testing::IsSupersetOf(kBuiltCountUids));
}

TEST(UidStabilityTest, Parallelism) {
  EXPECT_THAT(UidsOf({CountsPerBidder()}, {.parallelism = 7}), ElementsAreArray(kBuiltCountUids));
}

TEST(UidStabilityTest, AnyRuleSwitchedOff) {
  const NodePtr input = Bids();
  const NodePtr projected = SelectNames(input, {"bidder", "price", "ts"}, At(kCte));
  const NodePtr filtered =
      Where(projected, Call(">", {Column(projected, "price"), BigInt(5)}), At(kCte));
  const NodePtr sink = Into("out", CountBy(filtered, {"bidder"}, At(kCte)));
  std::vector<std::string> all;
  for (const rules::Rule& rule : rules::RuleList()) {
    SCOPED_TRACE(rule.name);
    all.emplace_back(rule.name);
    EXPECT_THAT(UidsOf({sink}, {.parallelism = 2, .disabled_rules = {std::string(rule.name)}}),
                ElementsAreArray(kBuiltCountUids));
  }
  EXPECT_THAT(UidsOf({sink}, {.parallelism = 2, .disabled_rules = all}),
              ElementsAreArray(kBuiltCountUids));
}

TEST(UidStabilityTest, StateSchemasDoNotDependOnRulesEither) {
  const NodePtr projected = SelectNames(Bids(), {"bidder", "price", "ts"}, At(kCte));
  const NodePtr sink = Into(
      "out", GroupBy(projected, {"bidder"}, {Aggregation(projected, "SUM", "price")}, At(kCte)));
  std::vector<std::string> all;
  for (const rules::Rule& rule : rules::RuleList()) all.emplace_back(rule.name);
  const std::vector<StateRow> with = ExplainState(MustPlan({sink}, {.parallelism = 2}).graph);
  const std::vector<StateRow> without =
      ExplainState(MustPlan({sink}, {.parallelism = 2, .disabled_rules = all}).graph);
  ASSERT_EQ(with.size(), without.size());
  for (size_t i = 0; i < with.size(); ++i) {
    EXPECT_EQ(with[i].state, without[i].state);
    EXPECT_EQ(with[i].key, without[i].key);
  }
}

// ---- telling operators apart ----

TEST(UidDiscriminatorTest, KeyColumnsTellAggregatesOfOneScopeApart) {
  const NodePtr by_bidder = CountBy(Bids(), {"bidder"}, At("sink:out"));
  const NodePtr by_both = CountBy(Bids(), {"price", "bidder"}, At("sink:out"));
  const std::vector<std::string> uids =
      UidsOf({Into("a", by_bidder), Into("b", SelectNames(by_both, {"bidder"}, At("sink:out")))});
  EXPECT_THAT(uids,
              ::testing::IsSupersetOf({"sink:out/agg:k(bidder)", "sink:out/agg:k(bidder,price)"}));
}

TEST(UidDiscriminatorTest, ANameGoesBeforeKeys) {
  logical::Origin hourly = At("sink:out");
  hourly.discriminator = "hourly";
  const NodePtr a = CountBy(Bids(), {"bidder"}, hourly);
  const NodePtr b = CountBy(Bids(), {"price"}, At("sink:out"));
  EXPECT_THAT(UidsOf({Into("a", a), Into("b", b)}),
              ::testing::IsSupersetOf({"sink:out/agg:hourly", "sink:out/agg:k(price)"}));
}

TEST(UidDiscriminatorTest, ALastResortIsAnOrdinalThatIsReported) {
  const NodePtr input = Bids();
  const auto branch = [&](int64_t least) {
    const NodePtr some =
        Where(input, Call(">", {Column(input, "price"), BigInt(least)}), At("sink:out"));
    return CountBy(some, {"bidder"}, At("sink:out"));
  };
  const std::vector<std::string> uids =
      UidsOf({Into("out", UnionAll({branch(1), branch(2)}, At("sink:out")))});
  EXPECT_THAT(uids, ::testing::IsSupersetOf({"sink:out/agg:k(bidder)@bid (generated)",
                                             "sink:out/agg:k(bidder)@bid#2 (generated)"}));
  EXPECT_THAT(uids, UnorderedElementsAreArray(
                        UidsOf({Into("out", UnionAll({branch(2), branch(1)}, At("sink:out")))})));
}

// Who reads the view as it is keeps its name when somebody reads it with a condition, which parts
// the clause; names that tell clauses apart come first.
TEST(UidDiscriminatorTest, AClauseThatReadersPartKeepsItsNameWhereNoConditionIs) {
  const auto read = [](const NodePtr& bids) { return CountBy(bids, {"bidder"}, At("view:v")); };
  const NodePtr input = Bids();
  const NodePtr some = Where(input, Call(">", {Column(input, "price"), BigInt(1)}), At("view:v"));
  EXPECT_THAT(UidsOf({Into("x", read(some)), Into("y", read(input))}),
              ::testing::IsSupersetOf({"view:v/agg (generated)", "view:v/agg#2 (generated)"}));
  EXPECT_THAT(UidsOf({Into("y", read(input))}), ::testing::Contains("view:v/agg"));
  const NodePtr by_price = CountBy(input, {"price"}, At("view:v"));
  EXPECT_THAT(UidsOf({Into("x", read(input)), Into("y", by_price)}),
              ::testing::IsSupersetOf({"view:v/agg:k(bidder)", "view:v/agg:k(price)"}));
}

TEST(UidDiscriminatorTest, ScansOfOneTableWithOtherOptionsTakeTheirAlias) {
  const NodePtr plain = Scan("bid", "a");
  logical::Scan other = std::get<logical::Scan>(Scan("bid", "b")->operation);
  other.spec.options.push_back({"rate", "7"});
  const NodePtr hinted = logical::MakeNode(other, {}, plain->columns, At(""));
  EXPECT_THAT(UidsOf({Into("x", plain), Into("y", hinted)}),
              ::testing::IsSupersetOf({"src:bid@a", "src:bid@b"}));
}

// ---- merging ----

TEST(UidMergeTest, OneScanServesAllReadersWithEqualOptions) {
  const PlannedJob job = MustPlan({Into("x", Bids("bid", "a")), Into("y", Bids("bid", "b"))});
  EXPECT_THAT(StateUids(job),
              UnorderedElementsAre("src:bid", "wm:bid", "sink:x/sink.w", "sink:y/sink.w"));
}

TEST(UidMergeTest, EqualSubPlansAreOneOperatorThatListsTheOthers) {
  const NodePtr first = CountBy(Bids(), {"bidder"}, At("sink:x/cte:m", 10));
  const NodePtr second = CountBy(Bids(), {"bidder"}, At("sink:y/cte:n", 90));
  for (const std::vector<NodePtr>& roots :
       {std::vector<NodePtr>{Into("x", first), Into("y", second)},
        std::vector<NodePtr>{Into("y", second), Into("x", first)}}) {
    const std::vector<StateRow> rows = ExplainState(MustPlan(roots).graph);
    ASSERT_EQ(rows.size(), 5U);
    EXPECT_EQ(rows[2].uid, "sink:x/cte:m/agg") << "the first in the text";
    EXPECT_THAT(rows[2].also, ElementsAre("sink:y/cte:n/agg"));
  }
}

TEST(UidMergeTest, WhatIsNotDeterministicIsNotMerged) {
  const auto branch = [](const std::string& sink) {
    const NodePtr input = Scan("bid");
    const NodePtr random = Select(input, {{"r", Call("RAND", {})}}, At("sink:" + sink));
    return Into(sink, CountBy(random, {"r"}, At("sink:" + sink)));
  };
  EXPECT_THAT(UidsOf({branch("x"), branch("y")}),
              ::testing::IsSupersetOf({"sink:x/agg", "sink:y/agg"}));
}

// ---- explicit and missing names ----

TEST(UidExplicitTest, StateIdWins) {
  logical::Origin origin = At(kCte);
  origin.explicit_id = "Bidders";
  EXPECT_THAT(UidsOf({Into("out", CountBy(Bids(), {"bidder"}, origin))}),
              ElementsAre("src:bid", "wm:bid", "bidders", "sink:out/sink.w"));
}

TEST(UidExplicitTest, EqualUidsAreAnErrorWithBothPlaces) {
  logical::Origin first = At(kCte, 7);
  logical::Origin second = At(kCte, 15);
  first.explicit_id = second.explicit_id = "same";
  const NodePtr a = CountBy(Bids(), {"bidder"}, first);
  const NodePtr b = CountBy(Bids(), {"price"}, second);
  const auto job = PlanBound(logical::Plan{{Into("a", a), Into("b", b)}}, Connectors(),
                             {.sql = "INSERT\nINTO a\nINTO b"});
  ASSERT_FALSE(job.ok());
  EXPECT_EQ(job.status().id(), "E2012");
  EXPECT_THAT(job.status().message(), HasSubstr("line 2, column 1"));
  EXPECT_THAT(job.status().message(), HasSubstr("line 3, column 2"));
  EXPECT_EQ(job.status().span()->begin, 15U);
}

TEST(UidUnnamedTest, HaveAStructuralIdThatIsReported) {
  const PlannedJob job = MustPlan({Into("out", CountBy(Bids(), {"bidder"}, Unnamed(20)))});
  const StateRow row = ExplainState(job.graph)[2];
  EXPECT_THAT(row.uid, ::testing::MatchesRegex("~agg:[0-9a-f]{12}"));
  EXPECT_FALSE(row.stable);
  EXPECT_EQ(row.suggested_name, "bid_by_bidder");
  ASSERT_EQ(job.warnings.size(), 1U);
  EXPECT_EQ(job.warnings[0].span.begin, 20U);
}

TEST(UidUnnamedTest, AreRefusedWhereNamesAreRequired) {
  const NodePtr sink = Into("out", CountBy(Bids(), {"bidder"}, Unnamed(9)));
  const auto job = PlanBound(logical::Plan{{sink}}, Connectors(),
                             {.auto_generate_uids = false, .sql = "INSERT\nSELECT"});
  ASSERT_FALSE(job.ok());
  EXPECT_EQ(job.status().id(), "E2013");
  EXPECT_THAT(job.status().message(), HasSubstr("line 2, column 3"));
  EXPECT_THAT(job.status().message(), HasSubstr("bid_by_bidder"));
  EXPECT_FALSE(job.status().hint().empty());
}

TEST(UidUnnamedTest, AreRefusedInQueriesThatKeepNothing) {
  const NodePtr query = Collected(CountBy(Bids(), {"bidder"}, Unnamed()));
  EXPECT_TRUE(MustPlan({query}, {}).warnings.empty());
  const auto job = PlanBound(logical::Plan{{query}}, Connectors(), {.auto_generate_uids = false});
  ASSERT_FALSE(job.ok());
  EXPECT_EQ(job.status().id(), "E2013");
  const NodePtr named = CountsPerBidder();
  EXPECT_TRUE(PlanBound(logical::Plan{{named}}, Connectors(), {.auto_generate_uids = false}).ok());
}

}  // namespace
}  // namespace weir::planner::testing
