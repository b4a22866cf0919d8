// From plans built by hand to graphs: operators, exchanges, phases, parallelism.
#include "planner/lower/lower.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "tests/unit/planner/plan_builder.h"

namespace weir::planner::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

std::string GraphOf(const std::vector<NodePtr>& roots, const PlannerOptions& options = {}) {
  return ToString(MustPlan(roots, options).graph);
}

const graph::Node& Find(const PlannedJob& job, const std::string& kind) {
  for (const graph::Node& node : job.graph.nodes) {
    if (graph::OperatorKindName(node.spec) == kind) return node;
  }
  ADD_FAILURE() << "no " << kind << " in\n" << ToString(job.graph);
  return job.graph.nodes.front();
}

TEST(LowerTest, FiltersAndProjectionsAreOneCalcInOneChain) {
  const NodePtr bids = Bids();
  const NodePtr some = Where(bids, Call(">", {Column(bids, "price"), BigInt(5)}), At("sink:out"));
  const PlannedJob job = MustPlan({Into("out", SelectNames(some, {"bidder"}, At("sink:out")))});
  EXPECT_EQ(job.graph.nodes.size(), 4U);
  EXPECT_THAT(graph::ChainsOf(job.graph, 4), ElementsAre(0, 0, 0, 0));
  const graph::Node& calc = Find(job, "Calc");
  EXPECT_EQ(calc.uid, "sink:out/calc");
  EXPECT_EQ(calc.name, "Calc(out)");
  EXPECT_NE(std::get<graph::CalcSpec>(calc.spec).filter, nullptr);
  EXPECT_EQ(calc.output.fields[0].name, "bidder");
}

TEST(LowerTest, KeyedAggregatesFollowAHashExchange) {
  EXPECT_EQ(GraphOf({Into("out", CountBy(Scan("bid"), {"bidder"}, At("sink:out")))}),
            "#0 src:bid Scan(bid; columns: bidder)\n"
            "#1 sink:out/agg GroupAggregate(keys: bidder; calls: count(*)) <- hash(bidder) #0\n"
            "#2 sink:out/sink.w Sink(out; columns: bidder, c0) <- forward #1\n");
}

TEST(LowerTest, AggregatesWithoutKeysRunOnOneSubtask) {
  const PlannedJob job = MustPlan({Into("out", CountBy(Scan("bid"), {}, At("sink:out")))});
  const graph::Node& aggregate = Find(job, "GroupAggregate");
  EXPECT_EQ(aggregate.parallelism, 1U);
  EXPECT_EQ(aggregate.inputs[0].exchange, graph::ExchangeKind::kSingleton);
  const graph::Node& sink = Find(job, "Sink");
  EXPECT_EQ(sink.parallelism, 1U) << "what follows stays there";
  EXPECT_EQ(sink.inputs[0].exchange, graph::ExchangeKind::kForward);
}

// ---- phases ----

TEST(LowerPhasesTest, TwoWhereTheyPay) {
  const NodePtr sink = Into("out", CountBy(Bids(), {"bidder"}, At("sink:out")));
  EXPECT_EQ(
      GraphOf({sink}, {.parallelism = 4}),
      "#0 src:bid Scan(bid; columns: bidder, ts)\n"
      "#1 wm:bid Watermark(ts: ts) <- forward #0\n"
      "#2 sink:out/agg.local GroupAggregate(local; keys: bidder; calls: count(*)) <- forward #1\n"
      "#3 sink:out/agg GroupAggregate(global; keys: bidder; calls: count(*)) <- hash(bidder) #2\n"
      "#4 sink:out/sink.w Sink(out; columns: bidder, c0) <- forward #3\n");
}

TEST(LowerPhasesTest, OneAtParallelismOneOrWhenAskedFor) {
  const NodePtr sink = Into("out", CountBy(Bids(), {"bidder"}, At("sink:out")));
  EXPECT_THAT(GraphOf({sink}), ::testing::Not(HasSubstr("local")));
  EXPECT_THAT(GraphOf({sink}, {.parallelism = 4, .phases = lower::PhaseStrategy::kOnePhase}),
              ::testing::Not(HasSubstr("local")));
  EXPECT_THAT(GraphOf({sink}, {.parallelism = 4, .disabled_rules = {"two-phase-aggregation"}}),
              ::testing::Not(HasSubstr("local")));
  EXPECT_THAT(GraphOf({sink}, {.phases = lower::PhaseStrategy::kTwoPhase}), HasSubstr("local"));
}

TEST(LowerPhasesTest, OneWhereValuesAreKept) {
  const NodePtr bids = Bids();
  expr::AggregateCall distinct = Aggregation(bids, "COUNT", "auction");
  distinct.distinct = true;
  distinct.state_name = "count(distinct auction)";
  const NodePtr sink = Into("out", GroupBy(bids, {"bidder"}, {distinct}, At("sink:out")));
  EXPECT_THAT(GraphOf({sink}, {.parallelism = 4, .phases = lower::PhaseStrategy::kTwoPhase}),
              ::testing::Not(HasSubstr("local")));
}

TEST(LowerPhasesTest, OneOverEndlessInputWithoutWatermarks) {
  logical::Scan scan = std::get<logical::Scan>(Scan("bid")->operation);
  scan.spec.options.push_back({"unbounded", "true"});
  const NodePtr endless = logical::MakeNode(scan, {}, Scan("bid")->columns, At(""));
  const NodePtr sink = Into("out", CountBy(endless, {"bidder"}, At("sink:out")));
  const PlannedJob job = MustPlan({sink}, {.parallelism = 4});
  EXPECT_THAT(ToString(job.graph), ::testing::Not(HasSubstr("local")));
  EXPECT_FALSE(job.bounded);
}

TEST(LowerPhasesTest, TheLocalOneSendsKeysAndPartialState) {
  const NodePtr bids = Bids();
  const NodePtr sink =
      Into("out", GroupBy(bids, {"bidder"}, {Aggregation(bids, "SUM", "price")}, At("sink:out")));
  const PlannedJob job = MustPlan({sink}, {.parallelism = 2});
  const graph::Node& local = Find(job, "GroupAggregate");
  EXPECT_EQ(local.name, "LocalGroupAggregate(out)");
  EXPECT_EQ(local.output, graph::PartialSchema(local.spec, job.graph.nodes[1].output));
  EXPECT_TRUE(local.changelog.append_only());
  EXPECT_TRUE(StateOf(local.spec, job.graph.nodes[1].output).tables.empty());
}

// ---- windows ----

TEST(LowerWindowTest, AggregatesCarryTheirWindowTypeAndZone) {
  const NodePtr windows = Windows(Bids(), TumblingHour(), At("sink:out"));
  const NodePtr counts = CountBy(windows, {"window_start", "window_end", "bidder"}, At("sink:out"));
  const PlannedJob job =
      MustPlan({Into("out", counts)}, {.parallelism = 2, .time_zone = "Europe/Berlin"});
  EXPECT_THAT(ToString(job.graph),
              HasSubstr("WindowAggregate(local; " + TumblingHour().ToString()));
  const graph::Node& global = job.graph.nodes[3];
  const auto& spec = std::get<graph::WindowAggregateSpec>(global.spec);
  EXPECT_EQ(spec.phase, graph::AggregatePhase::kGlobal);
  EXPECT_EQ(spec.window_type, Type::Timestamp(3).WithNullable(false));
  EXPECT_EQ(spec.time_zone, "") << "the time is no local one";
  EXPECT_TRUE(global.changelog.append_only());
  EXPECT_THAT(global.upsert_key, ElementsAre(0, 2, 3));
}

TEST(LowerWindowTest, BareWindowTablesAreAssigned) {
  const NodePtr windows = Windows(Bids(), TumblingHour(), At("sink:out"));
  EXPECT_THAT(GraphOf({Into("out", windows)}), HasSubstr("sink:out/window WindowAssign("));
}

// ---- spreading ----

TEST(LowerExchangeTest, OrderedResultsAreMadeOnOneSubtask) {
  const NodePtr counts = CountBy(Scan("bid"), {"bidder"}, Unnamed());
  const NodePtr sorted = logical::MakeNode(logical::Sort{{{1, true, false}}, 0, 10}, {counts},
                                           counts->columns, Unnamed());
  const PlannedJob job = MustPlan({Collected(sorted)}, {.parallelism = 4});
  const graph::Node& sort = Find(job, "SortLimit");
  EXPECT_EQ(sort.parallelism, 1U);
  EXPECT_EQ(sort.inputs[0].exchange, graph::ExchangeKind::kSingleton);
  EXPECT_EQ(Find(job, "Collect").inputs[0].exchange, graph::ExchangeKind::kForward);
}

TEST(LowerExchangeTest, ValuesRunOnceAndAreSpreadWhereTheyMeetOthers) {
  const NodePtr scan = SelectNames(Scan("bid"), {"bidder"}, At("sink:out"));
  const NodePtr values = logical::MakeNode(logical::Values{{{BigInt(1)}}}, {},
                                           {{"bidder", Type::BigInt()}}, At("sink:out"));
  EXPECT_EQ(Find(MustPlan({Into("out", values)}), "Sink").parallelism, 1U);
  const PlannedJob job = MustPlan({Into("out", UnionAll({scan, values}, At("sink:out")))});
  const graph::Node& both = Find(job, "Union");
  EXPECT_EQ(both.parallelism, 0U);
  EXPECT_EQ(both.inputs[0].exchange, graph::ExchangeKind::kForward);
  EXPECT_EQ(both.inputs[1].exchange, graph::ExchangeKind::kRebalance);
}

TEST(LowerExchangeTest, ChangesWithoutAKeyKeepTheirOrder) {
  const NodePtr total = CountBy(Scan("bid"), {}, At("sink:out/t:a"));
  const NodePtr counts =
      SelectNames(CountBy(Scan("ask"), {"bidder"}, At("sink:out/t:b")), {"c0"}, At("sink:out/t:b"));
  const PlannedJob job = MustPlan({Into("out", UnionAll({total, counts}, At("sink:out")))});
  EXPECT_EQ(Find(job, "Union").parallelism, 1U);
}

TEST(LowerExchangeTest, ChangesReachTheWriterOfTheirPrimaryKey) {
  const NodePtr counts = CountBy(Scan("bid"), {"bidder"}, At("sink:out"));
  logical::Sink sink = std::get<logical::Sink>(Into("out", counts)->operation);
  sink.spec.primary_key = {1};
  const NodePtr by_count = logical::MakeNode(sink, {counts}, counts->columns, At("sink:out"));
  const PlannedJob job = MustPlan({by_count});
  EXPECT_EQ(Find(job, "UpsertMaterialize").inputs[0].exchange, graph::ExchangeKind::kHash);
  EXPECT_EQ(Find(job, "Sink").inputs[0].exchange, graph::ExchangeKind::kForward);
  sink.spec.primary_key = {0};
  const NodePtr by_bidder = logical::MakeNode(sink, {counts}, counts->columns, At("sink:out"));
  EXPECT_EQ(Find(MustPlan({by_bidder}), "Sink").inputs[0].exchange, graph::ExchangeKind::kForward);
}

TEST(LowerExchangeTest, SharedNodesAreOneOperator) {
  const NodePtr bids = Bids();
  const PlannedJob job =
      MustPlan({Into("x", bids), Into("y", CountBy(bids, {"bidder"}, At("sink:y")))});
  int scans = 0;
  for (const graph::Node& node : job.graph.nodes) {
    scans += std::holds_alternative<graph::ScanSpec>(node.spec) ? 1 : 0;
  }
  EXPECT_EQ(scans, 1);
}

TEST(LowerTest, UidsAreUniqueInTheGraph) {
  const NodePtr a = SelectNames(Scan("a"), {"bidder"}, At("sink:out"));
  const NodePtr b = SelectNames(Scan("b"), {"bidder"}, At("sink:out"));
  const PlannedJob job = MustPlan({Into("out", UnionAll({a, b}, At("sink:out")))},
                                  {.disabled_rules = {"drop-identity-projects"}});
  std::set<std::string> uids;
  for (const graph::Node& node : job.graph.nodes)
    EXPECT_TRUE(uids.insert(node.uid).second) << node.uid;
  EXPECT_TRUE(uids.count("sink:out/calc#2") == 1);
}

}  // namespace
}  // namespace weir::planner::testing
