// Each rule turns a plan built by hand into the expected one; plans are compared by their text.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <regex>

#include "planner/rules/predicates.h"
#include "planner/rules/rule_list.h"
#include "planner/rules/time_sorts.h"
#include "tests/unit/planner/plan_builder.h"

namespace weir::planner::testing {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

using Apply = Result<logical::Plan> (*)(const logical::Plan&);

// Plans as text, BIGINT literals written as plain numbers.
std::string TextOf(const logical::Plan& plan) {
  static const std::regex kLiteral(R"(CAST\((\d+) AS BIGINT\))");
  return std::regex_replace(ToString(plan), kLiteral, "$1");
}

std::string After(Apply rule, const std::vector<NodePtr>& roots) {
  const auto plan = rule(logical::Plan{roots});
  if (!plan.ok()) return plan.status().ToString();
  EXPECT_TRUE(Verify(*plan).ok()) << Verify(*plan).ToString();
  return TextOf(*plan);
}

expr::ExprPtr Above(const NodePtr& node, const std::string& column, int64_t least) {
  return Call(">", {Column(node, column), BigInt(least)});
}

TEST(FoldConstantsTest, ComputesWhatHasNoColumns) {
  const NodePtr scan = Scan("bid");
  const NodePtr project = Select(
      scan, {{"x", Call("+", {Column(scan, "price"), Call("+", {BigInt(1), BigInt(2)})})}}, At(""));
  EXPECT_EQ(After(rules::FoldConstants, {Collected(project)}),
            "Collect(x)\n"
            "  Project((price + 3) AS x)\n"
            "    Scan(bid: bidder, auction, price, ts)\n");
}

TEST(FoldConstantsTest, RemovesFiltersThatAreAlwaysTrue) {
  const NodePtr filter = Where(Scan("bid"), Call("<", {BigInt(1), BigInt(2)}), At(""));
  EXPECT_EQ(After(rules::FoldConstants, {Collected(filter)}),
            "Collect(bidder, auction, price, ts)\n"
            "  Scan(bid: bidder, auction, price, ts)\n");
}

TEST(FoldConstantsTest, AFailingConstantIsAnErrorOfPlanning) {
  const NodePtr scan = Scan("bid");
  const NodePtr project = Select(scan, {{"x", Call("/", {BigInt(1), BigInt(0)})}}, At(""));
  EXPECT_FALSE(rules::FoldConstants(logical::Plan{{Collected(project)}}).ok());
}

TEST(MergeProjectsTest, SubstitutesTheInnerExpressions) {
  const NodePtr scan = Scan("bid");
  const NodePtr inner =
      Select(scan, {{"d", Call("*", {Column(scan, "price"), BigInt(2)})}}, At(""));
  const NodePtr outer = Select(inner, {{"x", Call("+", {Column(inner, "d"), BigInt(1)})}}, At(""));
  EXPECT_EQ(After(rules::MergeProjects, {Collected(outer)}),
            "Collect(x)\n"
            "  Project(((price * 2) + 1) AS x)\n"
            "    Scan(bid: bidder, auction, price, ts)\n");
}

TEST(MergeProjectsTest, KeepsRandomNumbersAndSharedProjectionsApart) {
  const NodePtr scan = Scan("bid");
  const NodePtr random = Select(scan, {{"r", Call("RAND", {})}}, At(""));
  const NodePtr twice =
      Select(random, {{"a", Column(random, "r")}, {"b", Column(random, "r")}}, At(""));
  EXPECT_THAT(After(rules::MergeProjects, {Collected(twice)}),
              HasSubstr("Project(r AS a, r AS b)"));
  const NodePtr inner = SelectNames(scan, {"price", "ts"}, At(""));
  const NodePtr outer = SelectNames(inner, {"price"}, At(""));
  EXPECT_THAT(After(rules::MergeProjects, {Into("x", outer), Into("y", inner)}),
              HasSubstr("Project(price, ts)"));
}

TEST(PushFiltersTest, GoThroughProjectionsIntoTheScan) {
  const NodePtr scan = Scan("bid");
  const NodePtr doubled =
      Select(scan, {{"d", Call("*", {Column(scan, "price"), BigInt(2)})}}, At(""));
  EXPECT_EQ(After(rules::PushFilters, {Collected(Where(doubled, Above(doubled, "d", 10), At("")))}),
            "Collect(d)\n"
            "  Project((price * 2) AS d)\n"
            "    Filter(((price * 2) > 10))\n"
            "      Scan(bid: bidder, auction, price, ts; filter: ((price * 2) > 10))\n");
}

TEST(PushFiltersTest, EveryRecordCountsForTheWatermark) {
  const NodePtr bids = Bids();
  EXPECT_EQ(After(rules::PushFilters, {Collected(Where(bids, Above(bids, "price", 10), At("")))}),
            "Collect(bidder, auction, price, ts)\n"
            "  Filter((price > 10))\n"
            "    Watermark(ts: ts)\n"
            "      Scan(bid: bidder, auction, price, ts; filter: (price > 10))\n");
}

TEST(PushFiltersTest, StayAboveAWatermarkOverComputedTime) {
  const NodePtr scan = Scan("bid");
  const NodePtr computed =
      Select(scan,
             {{"price", Column(scan, "price")},
              {"ts", Call("COALESCE", {Column(scan, "ts"), Column(scan, "ts")})}},
             At(""));
  const NodePtr bids = Watermarked(computed);
  EXPECT_THAT(After(rules::PushFilters, {Collected(Where(bids, Above(bids, "price", 10), At("")))}),
              Not(HasSubstr("filter:")));
}

TEST(PushFiltersTest, GoBelowUnionsAndWindowTables) {
  const NodePtr both = UnionAll({Scan("a"), Scan("b")}, At(""));
  const std::string united =
      After(rules::PushFilters, {Collected(Where(both, Above(both, "price", 1), At("")))});
  EXPECT_THAT(united, HasSubstr("  Union\n    Filter((price > 1))\n      Scan(a"));
  EXPECT_THAT(united, HasSubstr("    Filter((price > 1))\n      Scan(b"));
  const NodePtr windows = Windows(Bids(), TumblingHour(), At(""));
  const NodePtr mixed =
      Where(Where(windows, Call("IS NOT NULL", {Column(windows, "window_start")}), At("")),
            Above(windows, "price", 1), At(""));
  const std::string windowed = After(rules::PushFilters, {Collected(mixed)});
  EXPECT_THAT(windowed, HasSubstr("  Filter((window_start IS NOT NULL))\n    WindowTable"));
  EXPECT_THAT(windowed, HasSubstr("      Filter((price > 1))\n        Watermark"));
}

TEST(PushFiltersTest, DoNotNarrowWhatOthersRead) {
  const NodePtr bids = Bids();
  const NodePtr some = Where(bids, Above(bids, "price", 10), At(""));
  EXPECT_THAT(After(rules::PushFilters, {Into("x", some), Into("y", bids)}),
              Not(HasSubstr("filter:")));
}

TEST(PushFiltersTest, ADivisionDoesNotOvertakeItsGuard) {
  const NodePtr windows = Windows(Bids(), TumblingHour(), At(""));
  const expr::ExprPtr guard = Call("IS NOT NULL", {Column(windows, "window_start")});
  const expr::ExprPtr risky =
      Call(">", {Call("/", {BigInt(10), Column(windows, "price")}), BigInt(1)});
  const std::string text =
      After(rules::PushFilters, {Collected(Where(windows, Call("AND", {guard, risky}), At("")))});
  EXPECT_THAT(
      text,
      HasSubstr("Filter(((window_start IS NOT NULL) AND ((10 / price) > 1)))\n    WindowTable"));
}

TEST(PushFiltersTest, OnlyPhysicalColumnsReachTheReader) {
  logical::Scan scan = std::get<logical::Scan>(Scan("bid")->operation);
  scan.spec.metadata_keys[2] = "offset";
  const NodePtr node = logical::MakeNode(scan, {}, Scan("bid")->columns, At(""));
  EXPECT_THAT(After(rules::PushFilters, {Collected(Where(node, Above(node, "price", 10), At("")))}),
              Not(HasSubstr("filter:")));
}

TEST(MergeFiltersTest, TheInnerConditionComesFirst) {
  const NodePtr scan = Scan("bid");
  const NodePtr inner = Where(scan, Above(scan, "price", 0), At(""));
  const NodePtr outer = Where(inner, Above(inner, "bidder", 7), At(""));
  EXPECT_EQ(After(rules::MergeFilters, {Collected(outer)}),
            "Collect(bidder, auction, price, ts)\n"
            "  Filter(((price > 0) AND (bidder > 7)))\n"
            "    Scan(bid: bidder, auction, price, ts)\n");
}

TEST(PruneColumnsTest, DropsWhatNobodyReads) {
  const NodePtr scan = Scan("bid");
  const NodePtr some = Where(scan, Above(scan, "price", 0), At(""));
  EXPECT_EQ(After(rules::PruneColumns, {Collected(SelectNames(some, {"auction"}, At("")))}),
            "Collect(auction)\n"
            "  Project(auction)\n"
            "    Filter((price > 0))\n"
            "      Scan(bid: auction, price)\n");
}

TEST(PruneColumnsTest, KeepsWhatWatermarksAndWindowsRead) {
  const NodePtr windows = Windows(Bids(), TumblingHour(), At(""));
  EXPECT_EQ(After(rules::PruneColumns, {Collected(SelectNames(windows, {"price"}, At("")))}),
            "Collect(price)\n"
            "  Project(price)\n"
            "    WindowTable(" +
                TumblingHour().ToString() +
                " of ts)\n"
                "      Watermark(ts: ts)\n"
                "        Scan(bid: price, ts)\n");
}

TEST(PruneColumnsTest, ServesEveryConsumerOfASharedScan) {
  const NodePtr scan = Scan("bid");
  const std::string text =
      After(rules::PruneColumns, {Into("x", SelectNames(scan, {"ts"}, At(""))),
                                  Into("y", SelectNames(scan, {"bidder"}, At("")))});
  EXPECT_THAT(text, HasSubstr("Scan(bid: bidder, ts)"));
}

TEST(PruneColumnsTest, BranchesOfAUnionAgree) {
  const NodePtr a = Scan("a");
  const NodePtr both = UnionAll({Where(a, Above(a, "price", 0), At("")), Scan("b")}, At(""));
  const std::string text =
      After(rules::PruneColumns, {Collected(SelectNames(both, {"bidder"}, At("")))});
  EXPECT_THAT(
      text,
      HasSubstr("Project(bidder)\n        Filter((price > 0))\n          Scan(a: bidder, price)"));
  EXPECT_THAT(text, HasSubstr("      Scan(b: bidder)"));
}

TEST(PruneColumnsTest, KeepsAColumnToCountRowsBy) {
  EXPECT_THAT(After(rules::PruneColumns, {Collected(CountBy(Scan("bid"), {}, At("")))}),
              HasSubstr("Scan(bid: bidder)"));
}

TEST(PruneColumnsTest, KeepsAggregatesThatAreInTheState) {
  const NodePtr scan = Scan("bid");
  const NodePtr group =
      GroupBy(scan, {"bidder"}, {Aggregation(scan, "MAX", "price"), Aggregation(scan, "COUNT", "")},
              At(""));
  EXPECT_THAT(After(rules::PruneColumns, {Collected(SelectNames(group, {"c1"}, At("")))}),
              HasSubstr("calls: max(price), count(*)"));
}

TEST(DropIdentityProjectsTest, DropsOnlyWhatChangesNothing) {
  const NodePtr scan = Scan("bid");
  const NodePtr same = SelectNames(scan, {"bidder", "auction", "price", "ts"}, At(""));
  EXPECT_THAT(After(rules::DropIdentityProjects, {Collected(same)}), Not(HasSubstr("Project")));
  const NodePtr renamed = Select(scan,
                                 {{"b", Column(scan, "bidder")},
                                  {"auction", Column(scan, "auction")},
                                  {"price", Column(scan, "price")},
                                  {"ts", Column(scan, "ts")}},
                                 At(""));
  EXPECT_THAT(After(rules::DropIdentityProjects, {Collected(renamed)}), HasSubstr("Project"))
      << "names of columns are names of state";
}

// ---- window aggregates ----

NodePtr HourlyWindows() {
  return Windows(Bids(), TumblingHour(), At("cte:w"));
}

TEST(GroupWindowsTest, FindsAggregatesOverWindowTables) {
  const NodePtr counts =
      CountBy(HourlyWindows(), {"window_start", "bidder", "window_end"}, At("q"));
  EXPECT_EQ(After(rules::GroupWindows, {Collected(counts)}),
            "Collect(window_start, bidder, window_end, c0)\n"
            "  Project(window_start, bidder, window_end, c0)\n"
            "    WindowAggregate(" +
                TumblingHour().ToString() +
                " of ts; keys: bidder; calls: count(*))\n"
                "      Watermark(ts: ts)\n"
                "        Scan(bid: bidder, auction, price, ts)\n");
}

TEST(GroupWindowsTest, SeesThroughRenamesAndFilters) {
  const NodePtr windows = HourlyWindows();
  const NodePtr some = Where(windows, Above(windows, "price", 5), At(""));
  const NodePtr renamed = Select(some,
                                 {{"s", Column(some, "window_start")},
                                  {"e", Column(some, "window_end")},
                                  {"who", Column(some, "bidder")}},
                                 At(""));
  const std::string text =
      After(rules::GroupWindows, {Collected(CountBy(renamed, {"who", "s", "e"}, At("")))});
  EXPECT_THAT(text, HasSubstr("WindowAggregate"));
  EXPECT_THAT(text, HasSubstr("Project(bidder AS who, ts)\n        Filter((price > 5))"));
}

TEST(GroupWindowsTest, ConditionsOnWindowsAreJudgedAfterGrouping) {
  const NodePtr windows = HourlyWindows();
  const NodePtr some = Where(windows, Call("IS NOT NULL", {Column(windows, "window_end")}), At(""));
  const std::string text = After(
      rules::GroupWindows, {Collected(CountBy(some, {"window_start", "window_end"}, At("")))});
  EXPECT_THAT(text, HasSubstr("Filter((window_end IS NOT NULL))\n      WindowAggregate"));
}

TEST(GroupWindowsTest, WindowEndAloneStaysAnUpdatingAggregate) {
  EXPECT_THAT(
      After(rules::GroupWindows, {Collected(CountBy(HourlyWindows(), {"window_end"}, At("")))}),
      Not(HasSubstr("WindowAggregate")));
}

TEST(GroupWindowsTest, TheSameTumblingWindowAgainIsAWindowOverItsTime) {
  const NodePtr first = CountBy(HourlyWindows(), {"window_start", "window_end", "bidder"}, At("a"));
  const NodePtr second =
      GroupBy(first, {"window_start", "window_end"}, {Aggregation(first, "MAX", "c0")}, At("b"));
  const std::string text = After(rules::GroupWindows, {Collected(second)});
  EXPECT_THAT(text, HasSubstr("of window_time; calls: max(c0))"));
  EXPECT_THAT(text, HasSubstr("of ts; keys: bidder; calls: count(*))"));
}

TEST(GroupWindowsTest, RefusesWhatItCannotDo) {
  window::WindowSpec uneven{.kind = window::WindowKind::kHop, .size = 5000, .slide = 2000};
  const NodePtr hop = Windows(Bids(), uneven, At(""));
  const auto plan = rules::GroupWindows(
      logical::Plan{{Collected(CountBy(hop, {"window_start", "window_end"}, At("")))}});
  ASSERT_FALSE(plan.ok());
  EXPECT_EQ(plan.status().id(), "E2010");
}

// Rows get their windows first where something reads both.
TEST(GroupWindowsTest, WhatReadsWindowsAndRowsTogetherIsJudgedOnRowsWithWindows) {
  const NodePtr windows = HourlyWindows();
  const NodePtr some =
      Where(windows, Call("<", {Column(windows, "ts"), Column(windows, "window_time")}), At(""));
  const std::string filtered = After(
      rules::GroupWindows, {Collected(CountBy(some, {"window_start", "window_end"}, At("")))});
  EXPECT_THAT(filtered, HasSubstr("WindowAggregate"));
  EXPECT_THAT(filtered, HasSubstr("Filter((ts < window_time))\n          WindowTable"));
  const NodePtr counts = GroupBy(windows, {"window_start", "window_end"},
                                 {Aggregation(windows, "COUNT", "window_time")}, At(""));
  const std::string counted = After(rules::GroupWindows, {Collected(counts)});
  EXPECT_THAT(counted, HasSubstr("WindowAggregate"));
  EXPECT_THAT(counted, HasSubstr("count(window_time)"));
  EXPECT_THAT(counted, HasSubstr("WindowTable"));
}

// A row that is left out below would no longer make its session longer.
TEST(PushFiltersTest, OnlyConditionsOnKeysPassSessions) {
  window::WindowSpec sessions{.kind = window::WindowKind::kSession, .size = 5000};
  const NodePtr bids = Bids();
  const NodePtr plain = Windows(bids, sessions, At(""));
  EXPECT_THAT(
      After(rules::PushFilters, {Collected(Where(plain, Above(plain, "price", 5), At("")))}),
      HasSubstr("Filter((price > 5))\n    WindowTable"));
  logical::WindowTable keyed = std::get<logical::WindowTable>(plain->operation);
  keyed.keys = {0};  // bidder
  const NodePtr by_bidder = logical::MakeNode(keyed, {bids}, plain->columns, At(""));
  const NodePtr both = Where(Where(by_bidder, Above(by_bidder, "price", 5), At("")),
                             Above(by_bidder, "bidder", 7), At(""));
  const std::string text = After(rules::PushFilters, {Collected(both)});
  EXPECT_THAT(text, HasSubstr("Filter((price > 5))\n    WindowTable"));
  EXPECT_THAT(text, HasSubstr("Filter((bidder > 7))\n        Watermark"));
}

// ---- orders by time ----

NodePtr Endless() {
  logical::Scan scan = std::get<logical::Scan>(Scan("bid")->operation);
  scan.spec.options.push_back({"unbounded", "true"});
  return Watermarked(logical::MakeNode(scan, {}, Scan("bid")->columns, At("", 4)));
}

NodePtr Sorted(const NodePtr& input, const std::vector<graph::SortKey>& keys, bool nested = false) {
  return logical::MakeNode(logical::Sort{.keys = keys, .nested = nested}, {input}, input->columns,
                           At(""));
}

std::string TimeSorted(const std::vector<NodePtr>& roots) {
  return After([](const logical::Plan& plan) { return rules::FindTimeSorts(plan, Connectors()); },
               roots);
}

TEST(TimeSortsTest, AnOrderThatIsSeenIsByTimeWhereItsFirstKeyIsOne) {
  const NodePtr bids = Endless();
  const int ts = IndexOf(bids, "ts");
  const auto above = [](const NodePtr& sorted) {
    return Collected(
        SelectNames(Where(sorted, Above(sorted, "price", 5), At("")), {"price"}, At("")));
  };
  EXPECT_THAT(TimeSorted({above(Sorted(bids, {{ts}, {0, true, false}}))}),
              HasSubstr("Sort(ts, bidder DESC; by time)"));
  EXPECT_THAT(TimeSorted({above(Sorted(bids, {{ts, true, false}}))}), HasSubstr("Sort(ts DESC)"));
  EXPECT_THAT(TimeSorted({above(Sorted(bids, {{0}, {ts}}))}), HasSubstr("Sort(bidder, ts)"));
  EXPECT_THAT(TimeSorted({above(Sorted(Bids(), {{ts}}))}), HasSubstr("Sort(ts)\n")) << "it ends";
}

TEST(TimeSortsTest, AnOrderThatNobodySeesIsDropped) {
  const NodePtr bids = Endless();
  const int ts = IndexOf(bids, "ts");
  const NodePtr sorted = Sorted(bids, {{ts}});
  EXPECT_THAT(TimeSorted({Collected(Sorted(bids, {{ts}}, true))}), Not(HasSubstr("Sort")));
  EXPECT_THAT(TimeSorted({Collected(Sorted(bids, {{0}}, true))}), Not(HasSubstr("Sort")));
  EXPECT_THAT(TimeSorted({Collected(CountBy(sorted, {"bidder"}, At("")))}), Not(HasSubstr("Sort")));
  EXPECT_THAT(TimeSorted({Collected(UnionAll({sorted, bids}, At("")))}), Not(HasSubstr("Sort")));
  EXPECT_THAT(TimeSorted({Collected(Sorted(sorted, {{ts}, {0}}))}),
              HasSubstr("Sort(ts, bidder; by time)\n    Watermark"));
  const NodePtr ends = Sorted(Bids(), {{ts}}, true);
  EXPECT_THAT(TimeSorted({Collected(CountBy(ends, {"bidder"}, At("")))}), HasSubstr("Sort(ts)"));
}

TEST(TimeSortsTest, ALimitWithoutAnOrderPassesItOn) {
  const NodePtr bids = Endless();
  const NodePtr sorted = Sorted(bids, {{IndexOf(bids, "ts")}});
  const NodePtr first =
      logical::MakeNode(logical::Sort{.limit = 3}, {sorted}, sorted->columns, At(""));
  EXPECT_THAT(TimeSorted({Collected(first)}), HasSubstr("Sort(limit: 3)\n    Sort(ts; by time)"));
}

// One reader sees the order, another does not; two that do share it.
TEST(TimeSortsTest, EachReaderSeesTheOrderOrDoesNot) {
  const NodePtr bids = Endless();
  const NodePtr sorted = Sorted(bids, {{IndexOf(bids, "ts")}});
  const auto plan = rules::FindTimeSorts(
      logical::Plan{
          {Into("a", sorted), Into("b", CountBy(sorted, {"bidder"}, At(""))), Into("c", sorted)}},
      Connectors());
  ASSERT_TRUE(plan.ok()) << plan.status().ToString();
  EXPECT_EQ(plan->roots[0]->inputs[0], plan->roots[2]->inputs[0]);
  EXPECT_EQ(plan->roots[0]->inputs[0]->inputs[0], bids);
  EXPECT_EQ(plan->roots[1]->inputs[0]->inputs[0], bids);
}

// ---- the list ----

TEST(RuleListTest, NamesAreChecked) {
  const auto plan = rules::Optimize({}, {"push-filtres"});
  ASSERT_FALSE(plan.ok());
  EXPECT_EQ(plan.status().id(), "E6001");
  EXPECT_THAT(plan.status().hint(), HasSubstr("push-filters"));
  EXPECT_TRUE(ParseRuleNames("push-filters, Prune-Columns;merge-filters").ok());
  EXPECT_FALSE(ParseRuleNames("all").ok());
}

TEST(RuleListTest, TogetherTheyReachTheScan) {
  const NodePtr bids = Bids();
  const NodePtr projected = Select(
      bids,
      {{"who", Column(bids, "bidder")}, {"p", Column(bids, "price")}, {"ts", Column(bids, "ts")}},
      At(""));
  const NodePtr some = Where(projected, Above(projected, "p", 10), At(""));
  const auto plan = rules::Optimize(
      logical::Plan{{Collected(CountBy(SelectNames(some, {"who"}, At("")), {"who"}, At("")))}}, {});
  ASSERT_TRUE(plan.ok()) << plan.status().ToString();
  EXPECT_EQ(TextOf(*plan),
            "Collect(who, c0)\n"
            "  Aggregate(keys: who; calls: count(*))\n"
            "    Project(bidder AS who)\n"
            "      Filter((price > 10))\n"
            "        Watermark(ts: ts)\n"
            "          Scan(bid: bidder, price, ts; filter: (price > 10))\n");
}

TEST(PredicatesTest, SplitAndJoin) {
  const NodePtr scan = Scan("bid");
  const expr::ExprPtr a = Above(scan, "price", 1);
  const expr::ExprPtr b = Above(scan, "bidder", 2);
  const std::vector<expr::ExprPtr> parts =
      rules::SplitConjunction(Call("AND", {Call("AND", {a, b}), a}));
  EXPECT_EQ(parts.size(), 3U);
  EXPECT_EQ(rules::SplitConjunction(rules::MakeConjunction(parts)).size(), 2U) << "written once";
  EXPECT_EQ(rules::MakeConjunction({}), nullptr);
  EXPECT_TRUE(rules::CannotFail(*a));
  EXPECT_FALSE(rules::CannotFail(*Call("/", {BigInt(1), Column(scan, "price")})));
}

}  // namespace
}  // namespace weir::planner::testing
