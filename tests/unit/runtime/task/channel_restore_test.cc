// Where rows in flight go at a restore, at any parallelism.
#include "runtime/task/channel_restore.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <numeric>

#include "runtime/checkpoint/channel_state.h"
#include "runtime/types/key_encoding.h"
#include "runtime/types/value.h"
#include "tests/unit/runtime/task/numbers.h"

namespace weir::task {
namespace {

using checkpoint::ChannelName;
using checkpoint::ChannelRows;
using graph::ExchangeKind;
using ::testing::ElementsAre;

constexpr uint32_t kMaxParallelism = 128;

graph::Node MakeNode(int index, const char* uid) {
  graph::Node node{.index = index, .spec = graph::UnionSpec()};
  node.uid = uid;
  node.output.fields.push_back({"k", Type::BigInt()});
  return node;
}

// source -> rebalance -> map -> hash by k -> agg.
graph::JobGraph Graph() {
  graph::JobGraph graph;
  graph.nodes.push_back(MakeNode(0, "source"));
  graph.nodes.push_back(MakeNode(1, "map"));
  graph.nodes.back().inputs.push_back({.from = 0, .exchange = ExchangeKind::kRebalance});
  graph.nodes.push_back(MakeNode(2, "agg"));
  graph.nodes.back().inputs.push_back({.from = 1, .exchange = ExchangeKind::kHash, .keys = {0}});
  return graph;
}

ChannelRows Rows(const char* from, const char* to, uint32_t subtask, Batch batch) {
  const auto name = std::make_shared<const ChannelName>(
      ChannelName{.from = from, .to = to, .port = 0, .types = "BIGINT"});
  return {name, subtask, std::move(batch)};
}

using Restored = std::vector<std::vector<std::deque<RowsAhead>>>;

Result<Restored> Restore(const std::vector<ChannelRows>& rows, uint32_t parallelism,
                         const graph::JobGraph& graph = Graph()) {
  const ChainPlan plan = TRY(PlanChains(graph, parallelism, kMaxParallelism));
  const std::string file = checkpoint::EncodeChannelState(rows);
  return RowsInFlight({file}, graph, plan, kMaxParallelism);
}

// The values for the operator of this number, by subtask.
std::vector<std::vector<int64_t>> Values(const Restored& restored, uint32_t parallelism, int node) {
  const graph::JobGraph graph = Graph();
  const ChainPlan plan = PlanChains(graph, parallelism, kMaxParallelism).value();
  std::vector<std::vector<int64_t>> values;
  for (size_t chain = 0; chain < restored.size(); ++chain) {
    for (const auto& subtask : restored[chain]) {
      std::vector<int64_t> own;
      for (const RowsAhead& rows : subtask) {
        if (plan.chains[chain].members[rows.member].node != node) continue;
        for (uint32_t row = 0; row < rows.batch.row_count; ++row)
          own.push_back(rows.batch.columns[0]->ValueAt<int64_t>(row));
      }
      const bool here = std::ranges::any_of(
          plan.chains[chain].members, [&](const auto& member) { return member.node == node; });
      if (here) values.push_back(std::move(own));
    }
  }
  return values;
}

TEST(ChannelRestore, RowsOfAHashExchangeGoToTheOwnersOfTheirGroups) {
  const std::vector<ChannelRows> rows = {Rows("map", "agg", 0, Numbers(0, 500)),
                                         Rows("map", "agg", 1, Numbers(500, 500))};
  for (const uint32_t parallelism : {1U, 2U, 3U, 7U}) {
    SCOPED_TRACE(parallelism);
    const Restored restored = Restore(rows, parallelism).value();
    const auto values = Values(restored, parallelism, 2);
    ASSERT_EQ(values.size(), parallelism);
    std::vector<int64_t> all;
    for (uint32_t subtask = 0; subtask < parallelism; ++subtask) {
      EXPECT_TRUE(std::ranges::is_sorted(values[subtask])) << "their order is kept";
      for (const int64_t value : values[subtask]) {
        const Batch one = Numbers(value, 1);
        uint64_t hash = 0;
        HashKeys(one, std::vector<int>{0}, &hash);
        const uint32_t group = KeyGroupOf(hash, kMaxParallelism);
        EXPECT_EQ(SubtaskOfKeyGroup(group, parallelism, kMaxParallelism), subtask);
        all.push_back(value);
      }
    }
    std::ranges::sort(all);
    std::vector<int64_t> expected(1000);
    std::iota(expected.begin(), expected.end(), 0);
    EXPECT_EQ(all, expected);
  }
}

TEST(ChannelRestore, OtherRowsAreDealtOutBySubtask) {
  std::vector<ChannelRows> rows;
  for (uint32_t subtask = 0; subtask < 4; ++subtask)
    rows.push_back(Rows("source", "map", subtask, Numbers(subtask, 1)));
  EXPECT_THAT(Values(Restore(rows, 2).value(), 2, 1),
              ElementsAre(ElementsAre(0, 2), ElementsAre(1, 3)));
  EXPECT_THAT(Values(Restore(rows, 1).value(), 1, 1), ElementsAre(ElementsAre(0, 1, 2, 3)));
}

// At parallelism 1 both operators are in one chain.
TEST(ChannelRestore, RowsFurtherDownComeFirst) {
  const Restored restored =
      Restore({Rows("map", "agg", 0, Numbers(0, 1)), Rows("source", "map", 0, Numbers(10, 1)),
               Rows("map", "agg", 1, Numbers(1, 1))},
              1)
          .value();
  ASSERT_EQ(restored.size(), 1U);
  std::vector<std::string> order;
  for (const RowsAhead& rows : restored[0][0]) order.push_back(rows.channel->to);
  EXPECT_THAT(order, ElementsAre("agg", "agg", "map"));
}

TEST(ChannelRestore, RowsWithoutAWayAreRefused) {
  const Status unknown = Restore({Rows("map", "other", 0, Numbers(0, 1))}, 2).status();
  EXPECT_EQ(unknown.id(), "E7002");
  EXPECT_THAT(unknown.message(), ::testing::HasSubstr("from \"map\" to \"other\""));
  EXPECT_EQ(Restore({Rows("source", "agg", 0, Numbers(0, 1))}, 2).status().id(), "E7002");
  graph::JobGraph retyped = Graph();
  retyped.nodes[1].output.fields[0].type = Type::String();
  EXPECT_EQ(Restore({Rows("map", "agg", 0, Numbers(0, 1))}, 2, retyped).status().id(), "E7002");
}

}  // namespace
}  // namespace weir::task
