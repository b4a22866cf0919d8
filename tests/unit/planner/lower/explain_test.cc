#include "planner/explain.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/planner/plan_builder.h"

namespace weir::planner::testing {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

PlannedJob CountsPerBidder() {
  return MustPlan({Into("out", CountBy(Bids(), {"bidder"}, At("sink:out/cte:m")))},
                  {.parallelism = 4});
}

TEST(ExplainTest, PrintsEveryStage) {
  EXPECT_EQ(Explain(CountsPerBidder(), Connectors(), {}),
            "== Abstract Syntax Tree ==\n"
            "Sink(out: bidder, c0)\n"
            "  Aggregate(keys: bidder; calls: count(*))\n"
            "    Watermark(ts: ts)\n"
            "      Scan(bid: bidder, auction, price, ts)\n"
            "\n"
            "== Optimized Logical Plan ==\n"
            "Sink(out: bidder, c0)\n"
            "  Aggregate(keys: bidder; calls: count(*))\n"
            "    Watermark(ts: ts)\n"
            "      Scan(bid: bidder, ts)\n"
            "\n"
            "== Physical Plan ==\n"
            "Sink(out; columns: bidder, c0)  [uid: sink:out/sink.w, chain: 1, parallelism: 4, "
            "exactly-once]\n"
            "  GroupAggregate(global; keys: bidder; calls: count(*))  "
            "[uid: sink:out/cte:m/agg, chain: 1, parallelism: 4]\n"
            "    Exchange(hash(bidder))\n"
            "      GroupAggregate(local; keys: bidder; calls: count(*))  "
            "[uid: sink:out/cte:m/agg.local, chain: 0, parallelism: 4]\n"
            "        Watermark(ts: ts)  [uid: wm:bid, chain: 0, parallelism: 4]\n"
            "          Scan(bid; columns: bidder, ts)  [uid: src:bid, chain: 0, parallelism: 4]\n");
}

TEST(ExplainTest, ChangelogModesAreShownWhenAskedFor) {
  const std::string text = Explain(CountsPerBidder(), Connectors(), {.changelog_mode = true});
  EXPECT_THAT(text, HasSubstr("changelog: I,UB,UA, takes: I, upsert key: (bidder)]"));
  const std::string without = Explain(CountsPerBidder(), Connectors(), {});
  EXPECT_THAT(without, Not(HasSubstr("changelog")));
  EXPECT_THAT(without, Not(HasSubstr("upsert key")));
}

TEST(ExplainTest, SharedOperatorsArePrintedOnce) {
  const NodePtr bids = Bids();
  const std::string text = Explain(MustPlan({Into("x", bids), Into("y", bids)}), Connectors(), {});
  EXPECT_THAT(text, HasSubstr("#1 Watermark(ts: ts)"));
  EXPECT_THAT(text, HasSubstr("see #1\n"));
}

TEST(ExplainTest, SinksThatWriteAtOnceSaySo) {
  static const graph::ConnectorDescriptor kPrint{.name = "test", .sink = true};
  const graph::ConnectorCatalog connectors{{&kPrint}, {}};
  EXPECT_THAT(Explain(CountsPerBidder(), connectors, {}), HasSubstr("at-least-once"));
}

TEST(ExplainStateTest, ListsWhatIsKept) {
  const std::vector<StateRow> rows = ExplainState(CountsPerBidder().graph);
  ASSERT_EQ(rows.size(), 4U);
  EXPECT_EQ(rows[0].state, "splits");
  EXPECT_EQ(rows[1].state, "partitions");
  EXPECT_EQ(rows[2].uid, "sink:out/cte:m/agg");
  EXPECT_EQ(rows[2].kind, "GroupAggregate");
  EXPECT_EQ(rows[2].key, "bidder BIGINT");
  EXPECT_THAT(rows[2].state, HasSubstr("groups: row_count BIGINT NOT NULL, count(*) BIGINT"));
  EXPECT_TRUE(rows[2].stable);
  EXPECT_EQ(rows[3].state, "committables");
}

TEST(ExplainStateTest, TellsTimeToLive) {
  const NodePtr counts = CountBy(Bids(), {"bidder"}, At("sink:out"));
  logical::Aggregate aggregate = std::get<logical::Aggregate>(counts->operation);
  aggregate.ttl_millis = 86'400'000;
  const NodePtr mortal =
      logical::MakeNode(aggregate, counts->inputs, counts->columns, counts->origin);
  EXPECT_EQ(ExplainState(MustPlan({Into("out", mortal)}).graph)[2].ttl, "86400000 ms");
}

TEST(PlannerOptionsTest, StrategiesOfAggregation) {
  EXPECT_EQ(ParsePhaseStrategy("two_phase").value(), lower::PhaseStrategy::kTwoPhase);
  EXPECT_EQ(ParsePhaseStrategy("AUTO").value(), lower::PhaseStrategy::kAuto);
  EXPECT_EQ(ParsePhaseStrategy("three").status().id(), "E6001");
}

}  // namespace
}  // namespace weir::planner::testing
