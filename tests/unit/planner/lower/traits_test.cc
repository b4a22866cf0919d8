#include "planner/traits/traits.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/planner/plan_builder.h"

namespace weir::planner::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

traits::TraitMap Infer(const std::vector<NodePtr>& roots) {
  const auto map = traits::Infer(logical::Plan{roots}, Connectors());
  EXPECT_TRUE(map.ok()) << map.status().ToString();
  return *map;
}

std::string Changes(const NodePtr& node) {
  return traits::InShort(Infer({Collected(node)}).at(node.get()).gives);
}

NodePtr Counts(const NodePtr& input) {
  return CountBy(input, {"bidder"}, At("sink:out"));
}
NodePtr Distinct(const NodePtr& input) {
  return GroupBy(input, {"bidder"}, {}, At("sink:out"));
}

TEST(ChangelogTest, AggregatesUpdateAndDeleteOverChanges) {
  const NodePtr counts = Counts(Scan("bid"));
  EXPECT_EQ(Changes(Scan("bid")), "I");
  EXPECT_EQ(Changes(counts), "I,UB,UA");
  EXPECT_EQ(Changes(CountBy(counts, {"c0"}, At(""))), "I,UB,UA,D");
}

TEST(ChangelogTest, DistinctNeverUpdates) {
  EXPECT_EQ(Changes(Distinct(Scan("bid"))), "I");
  EXPECT_EQ(Changes(GroupBy(Counts(Scan("bid")), {"c0"}, {}, At(""))), "I,D");
}

TEST(ChangelogTest, SourcesSayWhatTheyGive) {
  logical::Scan scan = std::get<logical::Scan>(Scan("bid")->operation);
  scan.spec.changelog = ChangelogMode::All();
  const NodePtr node = logical::MakeNode(scan, {}, Scan("bid")->columns, At(""));
  EXPECT_EQ(Changes(node), "I,UB,UA,D");
  EXPECT_EQ(Changes(UnionAll({Scan("a"), node}, At(""))), "I,UB,UA,D");
}

TEST(ChangelogTest, OldRowsAreNeededByWhoSubtractsThem) {
  const NodePtr counts = Counts(Scan("bid"));
  const ChangelogMode upserts{true, false, true, true};
  EXPECT_FALSE(Infer({Into("out", counts, upserts)}).at(counts.get()).needs_update_before);
  EXPECT_TRUE(Infer({Into("out", counts)}).at(counts.get()).needs_update_before);
  const NodePtr some = Where(counts, Call(">", {Column(counts, "c0"), BigInt(1)}), At(""));
  EXPECT_TRUE(Infer({Into("out", some, upserts)}).at(counts.get()).needs_update_before)
      << "a filter cuts updates in halves";
  EXPECT_TRUE(
      Infer({Into("x", counts, upserts), Into("y", counts)}).at(counts.get()).needs_update_before)
      << "one of two consumers is enough";
}

TEST(ChangelogTest, UpsertsNeedOldRowsThatSayWhichKeyIsLeft) {
  const NodePtr counts = Counts(Scan("bid"));
  const NodePtr some = Where(counts, Call(">", {Column(counts, "c0"), BigInt(1)}), At(""));
  logical::Sink sink = std::get<logical::Sink>(Into("out", counts)->operation);
  sink.accepts = {true, false, true, true};
  const auto old_rows = [&](const NodePtr& input, const std::vector<int>& key) {
    sink.spec.primary_key = key;
    const NodePtr root = logical::MakeNode(sink, {input}, input->columns, At("sink:out"));
    const traits::TraitMap map = Infer({root});
    const traits::NodeTraits& own = map.at(root.get());
    EXPECT_EQ(map.at(input.get()).needs_update_before,
              own.materialize || own.old_rows == graph::OldRows::kDeleted);
    return own.old_rows;
  };
  EXPECT_EQ(old_rows(counts, {0}), graph::OldRows::kSkipped);
  EXPECT_EQ(old_rows(counts, {1, 0}), graph::OldRows::kDeleted) << "the count is part of the key";
  EXPECT_EQ(old_rows(some, {0}), graph::OldRows::kDeleted) << "the new row may be filtered out";
  EXPECT_EQ(old_rows(counts, {1}), graph::OldRows::kWritten) << "none reach it: materialised";
  sink.materialize = logical::Materialize::kNone;
  EXPECT_EQ(old_rows(counts, {1}), graph::OldRows::kDeleted);
  EXPECT_EQ(old_rows(Scan("bid"), {0}), graph::OldRows::kWritten) << "inserts have none";
}

TEST(ChangelogTest, ASinkThatCannotUpdateNamesTheCulprit) {
  const NodePtr counts = CountBy(Scan("bid"), {"bidder"}, At("sink:out/cte:m", 33));
  const NodePtr renamed = SelectNames(counts, {"c0"}, At("sink:out"));
  const auto map = traits::Infer(logical::Plan{{Into("out", renamed, ChangelogMode::AppendOnly())}},
                                 Connectors());
  ASSERT_FALSE(map.ok());
  EXPECT_EQ(map.status().id(), "E2011");
  EXPECT_EQ(map.status().span()->begin, 33U);
  EXPECT_THAT(map.status().message(), HasSubstr("\"out\" takes inserts only"));
  EXPECT_THAT(map.status().message(),
              HasSubstr("GROUP BY in sink:out/cte:m produces inserts and updates"));
  EXPECT_THAT(map.status().hint(), HasSubstr("window_start"));
}

TEST(ChangelogTest, ASinkWithoutDeletesRefusesThem) {
  const NodePtr twice = CountBy(Counts(Scan("bid")), {"c0"}, At("sink:out"));
  const ChangelogMode no_deletes{true, true, true, false};
  EXPECT_FALSE(traits::Infer(logical::Plan{{Into("out", twice, no_deletes)}}, Connectors()).ok());
  EXPECT_TRUE(
      traits::Infer(logical::Plan{{Into("out", Counts(Scan("bid")), no_deletes)}}, Connectors())
          .ok());
}

TEST(UpsertKeyTest, FollowsColumnsThroughProjections) {
  const NodePtr counts = Counts(Scan("bid"));
  const NodePtr swapped = SelectNames(counts, {"c0", "bidder"}, At(""));
  const NodePtr lost = SelectNames(counts, {"c0"}, At(""));
  const traits::TraitMap map = Infer({Into("x", swapped), Into("y", lost)});
  EXPECT_THAT(map.at(counts.get()).upsert_key, ElementsAre(0));
  EXPECT_THAT(map.at(swapped.get()).upsert_key, ElementsAre(1));
  EXPECT_THAT(map.at(lost.get()).upsert_key, IsEmpty());
}

TEST(UpsertKeyTest, WindowsMultiplyRows) {
  const NodePtr windows = Windows(Bids(), TumblingHour(), At(""));
  EXPECT_THAT(Infer({Collected(windows)}).at(windows.get()).upsert_key, IsEmpty());
  const NodePtr both = UnionAll({Counts(Scan("a")), Counts(Scan("b"))}, At(""));
  EXPECT_THAT(Infer({Collected(both)}).at(both.get()).upsert_key, IsEmpty());
}

TEST(TimeTest, WatermarksRunThroughEverythingBehindThem) {
  const NodePtr bids = Bids();
  const NodePtr counts = Counts(bids);
  const NodePtr mixed = UnionAll(
      {SelectNames(bids, {"bidder"}, At("")), SelectNames(Scan("b"), {"bidder"}, At(""))}, At(""));
  const traits::TraitMap map = Infer({Into("x", counts), Into("y", mixed)});
  EXPECT_TRUE(map.at(counts.get()).event_time);
  EXPECT_FALSE(map.at(mixed.get()).event_time);
}

TEST(LateMarksTest, AreForWhatWatermarksEnd) {
  const auto needed = [](const NodePtr& bids, const NodePtr& root) {
    return Infer({Collected(root)}).at(bids.get()).late_marks;
  };
  const auto deduplicated = [](const NodePtr& input, bool last) {
    return logical::MakeNode(logical::Deduplicate{{0}, IndexOf(input, "ts"), last}, {input},
                             input->columns, At(""));
  };
  const auto windowed = [](const NodePtr& input) {
    logical::WindowAggregate aggregate;
    aggregate.window = TumblingHour();
    aggregate.time_column = IndexOf(input, "ts");
    return logical::MakeNode(std::move(aggregate), {input}, {}, At(""));
  };
  const NodePtr bids = Bids();
  EXPECT_EQ(needed(bids, Counts(bids)), graph::LateMarks::kUnused);
  EXPECT_EQ(needed(bids, deduplicated(bids, true)), graph::LateMarks::kUnused);
  EXPECT_EQ(needed(bids, deduplicated(bids, false)), graph::LateMarks::kLateRows);
  EXPECT_EQ(needed(bids, windowed(bids)), graph::LateMarks::kLateRows);
  EXPECT_EQ(needed(bids, windowed(SelectNames(bids, {"bidder", "ts"}, At("")))),
            graph::LateMarks::kLateRows);
  const auto sorted = [](const NodePtr& input, logical::TimeAttribute time) {
    return logical::MakeNode(logical::Sort{.keys = {{IndexOf(input, "ts")}}, .time = time}, {input},
                             input->columns, At(""));
  };
  const auto none = logical::TimeAttribute::kNone;
  EXPECT_EQ(needed(bids, sorted(bids, logical::TimeAttribute::kEvent)),
            graph::LateMarks::kLateRows);
  EXPECT_EQ(needed(bids, sorted(bids, logical::TimeAttribute::kProcessing)),
            graph::LateMarks::kUnused);
  EXPECT_EQ(needed(bids, windowed(sorted(bids, logical::TimeAttribute::kProcessing))),
            graph::LateMarks::kLateRows);
  EXPECT_EQ(needed(bids, windowed(sorted(bids, none))), graph::LateMarks::kEveryRow);
  EXPECT_EQ(needed(bids, windowed(deduplicated(bids, true))), graph::LateMarks::kEveryRow);
  EXPECT_EQ(needed(bids, windowed(deduplicated(SelectNames(bids, {"bidder", "ts"}, At("")), true))),
            graph::LateMarks::kEveryRow);
}

TEST(BoundednessTest, ConnectorsSayWhetherATableEnds) {
  logical::Scan scan = std::get<logical::Scan>(Scan("bid")->operation);
  scan.spec.options.push_back({"unbounded", "true"});
  const NodePtr endless = logical::MakeNode(scan, {}, Scan("bid")->columns, At("", 4));
  EXPECT_FALSE(Infer({Collected(endless)}).at(endless.get()).bounded);
  logical::Origin place = At("", 12);
  const NodePtr sorted = logical::MakeNode(logical::Sort{{{0, false, true}}, 0, -1}, {endless},
                                           endless->columns, place);
  const auto map = traits::Infer(logical::Plan{{Collected(sorted)}}, Connectors());
  ASSERT_FALSE(map.ok());
  EXPECT_EQ(map.status().id(), "E1002");
  EXPECT_EQ(map.status().span()->begin, 12U);
}

TEST(ChangelogTextTest, InWordsAndLetters) {
  EXPECT_EQ(traits::InWords(ChangelogMode::AppendOnly()), "inserts");
  EXPECT_EQ(traits::InWords(ChangelogMode::All()), "inserts, updates and deletes");
  EXPECT_EQ(traits::InShort({true, false, true, false}), "I,UA");
}

}  // namespace
}  // namespace weir::planner::testing
