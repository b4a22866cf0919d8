// Walking and rebuilding plans with shared nodes, and following the columns of windows.
#include "planner/logical/rewrite.h"

#include <gmock/gmock.h>

#include <map>

#include "planner/logical/window_columns.h"
#include "runtime/base/random.h"
#include "tests/seed.h"
#include "tests/unit/planner/plan_builder.h"

namespace weir::planner::testing {
namespace {

using ::testing::IsEmpty;

// A plan of unions over scans in which nodes are used several times.
logical::Plan RandomPlan(Random& random) {
  std::vector<NodePtr> nodes = {Scan("t0"), Scan("t1")};
  for (int n = 0; n < 20; ++n) {
    std::vector<NodePtr> inputs;
    for (uint64_t i = 0; i <= random.Below(3); ++i) {
      inputs.push_back(nodes[random.Below(nodes.size())]);
    }
    nodes.push_back(UnionAll(inputs, Unnamed()));
  }
  logical::Plan plan;
  for (int n = 0; n < 3; ++n) plan.roots.push_back(nodes[nodes.size() - 1 - random.Below(6)]);
  return plan;
}

TEST(RewriteTest, ProducersComeFirstAndOnce) {
  Random random(SeedOf(31));
  for (int round = 0; round < 50; ++round) {
    const logical::Plan plan = RandomPlan(random);
    const std::vector<NodePtr> order = logical::ProducersFirst(plan);
    std::map<const Node*, size_t> places;
    std::map<const Node*, int> uses;
    for (size_t i = 0; i < order.size(); ++i) {
      EXPECT_TRUE(places.emplace(order[i].get(), i).second) << "a node twice";
      for (const NodePtr& input : order[i]->inputs) {
        ++uses[input.get()];
        ASSERT_TRUE(places.contains(input.get())) << "a consumer before its input";
      }
    }
    for (const NodePtr& root : plan.roots) {
      ++uses[root.get()];
      EXPECT_TRUE(places.contains(root.get()));
    }
    const auto counts = logical::CountConsumers(plan);
    EXPECT_EQ((std::map<const Node*, int>(counts.begin(), counts.end())), uses);
    EXPECT_EQ(uses.size(), order.size()) << "nothing that no root needs";
  }
}

TEST(RewriteTest, LeavesThePlanAloneWhereNothingChanges) {
  Random random(SeedOf(32));
  for (int round = 0; round < 20; ++round) {
    const logical::Plan plan = RandomPlan(random);
    const auto same = logical::Rewrite(plan, [](const Node& original, NodePtr node) {
      EXPECT_EQ(&original, node.get());
      return Result<NodePtr>(std::move(node));
    });
    ASSERT_TRUE(same.ok());
    EXPECT_EQ(same.value().roots, plan.roots) << "the very nodes";
  }
}

TEST(RewriteTest, WhatIsSharedStaysShared) {
  Random random(SeedOf(33));
  for (int round = 0; round < 50; ++round) {
    const logical::Plan plan = RandomPlan(random);
    std::map<const Node*, int> calls;
    const auto renamed = logical::Rewrite(plan, [&](const Node& original, NodePtr node) {
      EXPECT_EQ(original.inputs.size(), node->inputs.size());
      ++calls[&original];
      const auto* scan = std::get_if<logical::Scan>(&original.operation);
      return Result<NodePtr>(scan != nullptr && scan->table == "t0" ? Scan("new") : node);
    });
    ASSERT_TRUE(renamed.ok());
    const std::vector<NodePtr> before = logical::ProducersFirst(plan);
    const std::vector<NodePtr> after = logical::ProducersFirst(renamed.value());
    ASSERT_EQ(after.size(), before.size()) << "no copies";
    for (const auto& [node, count] : calls) EXPECT_EQ(count, 1);
    for (size_t i = 0; i < after.size(); ++i) {
      if (const auto* scan = std::get_if<logical::Scan>(&after[i]->operation)) {
        EXPECT_NE(scan->table, "t0");
      }
      EXPECT_EQ(after[i]->operation.index(), before[i]->operation.index());
    }
  }
}

TEST(RewriteTest, StopsAtTheFirstFailure) {
  const NodePtr scan = Scan("t");
  const logical::Plan plan{{Collected(UnionAll({scan, scan}, Unnamed()))}};
  int calls = 0;
  const auto failed = logical::Rewrite(plan, [&](const Node& original, NodePtr node) {
    ++calls;
    if (std::holds_alternative<logical::Union>(original.operation)) {
      return Result<NodePtr>(Status::Unsupported("no unions").WithId("E1002"));
    }
    return Result<NodePtr>(std::move(node));
  });
  ASSERT_FALSE(failed.ok());
  EXPECT_EQ(failed.status().id(), "E1002");
  EXPECT_EQ(calls, 2) << "the scan once, the union, nothing above";
}

TEST(RewriteTest, OtherInputsKeepTheRestOfANode) {
  const NodePtr scan = Scan("t");
  const NodePtr sink = Into("s", scan);
  EXPECT_EQ(logical::WithInputs(sink, {scan}), sink);
  const NodePtr other = logical::WithInputs(sink, {Scan("u")});
  ASSERT_NE(other, sink);
  EXPECT_EQ(other->origin.scope, "sink:s");
  EXPECT_EQ(std::get<logical::Sink>(other->operation).spec.table, "s");
  EXPECT_EQ(sink->inputs[0], scan) << "the old node is as it was";
}

TEST(RewriteTest, SelectedColumnsKeepNamesTypesAndTime) {
  const NodePtr bids = Bids();
  const NodePtr selected = logical::SelectColumns(bids, {3, 0, 3}, Unnamed());
  EXPECT_TRUE(logical::Verify(logical::Plan{{selected}}).ok());
  ASSERT_EQ(selected->columns.size(), 3U);
  EXPECT_EQ(selected->columns[0].name, "ts");
  EXPECT_EQ(selected->columns[0].time, logical::TimeAttribute::kEvent);
  EXPECT_EQ(selected->columns[1].name, "bidder");
  EXPECT_THAT(logical::SelectColumns(bids, {}, Unnamed())->columns, IsEmpty());
}

using logical::FindGroupedWindow;
using logical::TraceWindowColumn;
using logical::WindowPart;

TEST(WindowColumnsTest, AreSeenThroughFiltersAndPlainProjections) {
  const NodePtr windows = Windows(Bids(), TumblingHour(), Unnamed());
  const NodePtr where = Where(windows, Call("=", {Column(windows, "price"), BigInt(1)}), Unnamed());
  const NodePtr select = Select(where,
                                {{"e", Column(where, "window_end")},
                                 {"p", Column(where, "price")},
                                 {"t", Column(where, "window_time")},
                                 {"s", Column(where, "window_start")},
                                 {"x", Call("+", {Column(where, "price"), BigInt(1)})}},
                                Unnamed());
  const std::vector<std::optional<WindowPart>> parts = {
      WindowPart::kEnd, std::nullopt, WindowPart::kTime, WindowPart::kStart, std::nullopt};
  for (int column = 0; column < 5; ++column) {
    SCOPED_TRACE(column);
    const auto traced = TraceWindowColumn(*select, column);
    const auto& part = parts[static_cast<size_t>(column)];
    ASSERT_EQ(traced.has_value(), part.has_value());
    if (!traced) continue;
    EXPECT_EQ(traced->part, *part);
    EXPECT_EQ(traced->table, windows.get());
  }
  EXPECT_EQ(FindGroupedWindow(*select, {1, 3, 0}), windows.get());
  EXPECT_EQ(FindGroupedWindow(*select, {0, 1, 2}), nullptr) << "no start";
  EXPECT_EQ(FindGroupedWindow(*select, {3, 2}), nullptr) << "the time is not the end";
  EXPECT_EQ(FindGroupedWindow(*select, {}), nullptr);
  EXPECT_FALSE(TraceWindowColumn(*CountBy(windows, {"window_start"}, Unnamed()), 0))
      << "an aggregate's groups are not a window's rows";
}

// Two windowed inputs, joined window by window or not.
NodePtr Joined(const NodePtr& left, const NodePtr& right, bool by_window) {
  logical::Join join;
  if (by_window) join.window = logical::JoinWindow{4, 5, 4, 5, false};
  std::vector<logical::Column> columns = left->columns;
  columns.insert(columns.end(), right->columns.begin(), right->columns.end());
  return logical::MakeNode(join, {left, right}, columns, Unnamed());
}

TEST(WindowColumnsTest, AJoinOfWindowsHasThoseOfBothSides) {
  const NodePtr left = Windows(Bids("a"), TumblingHour(), Unnamed());
  const NodePtr right = Windows(Bids("b"), TumblingHour(), Unnamed());
  const NodePtr join = Joined(left, right, true);
  constexpr int kLeftStart = 4;
  constexpr int kLeftEnd = 5;
  constexpr int kRightStart = 11;
  constexpr int kRightEnd = 12;
  EXPECT_EQ(FindGroupedWindow(*join, {kLeftStart, kLeftEnd}), left.get());
  EXPECT_EQ(FindGroupedWindow(*join, {kRightEnd, 0, kRightStart}), right.get());
  // The last bounds count.
  EXPECT_EQ(FindGroupedWindow(*join, {kRightStart, kRightEnd, kLeftStart, kLeftEnd}), left.get());
  EXPECT_EQ(FindGroupedWindow(*join, {kLeftStart, kRightEnd}), nullptr);
  for (int column = 0; column < 14; ++column) {
    EXPECT_FALSE(TraceWindowColumn(*Joined(left, right, false), column)) << "rows of any windows";
  }
}

TEST(WindowColumnsTest, RanksWithinWindowsPassThemOn) {
  const NodePtr windows = Windows(Bids(), TumblingHour(), Unnamed());
  logical::WindowRank rank;
  rank.spec.output_rank = true;
  std::vector<logical::Column> columns = windows->columns;
  columns.push_back({"n", Type::BigInt()});
  const NodePtr ranked = logical::MakeNode(rank, {windows}, columns, Unnamed());
  EXPECT_EQ(FindGroupedWindow(*ranked, {4, 5}), windows.get());
  EXPECT_FALSE(TraceWindowColumn(*ranked, 7)) << "the rank";
}

TEST(WindowColumnsTest, InstantsAreToldByTheWindowsTime) {
  auto windows = std::make_shared<Node>(*Windows(Bids(), TumblingHour(), Unnamed()));
  EXPECT_FALSE(logical::OverInstants(*windows));
  windows->columns.back().type = Type::TimestampLtz(3);
  EXPECT_TRUE(logical::OverInstants(*windows));
  EXPECT_EQ(logical::WindowOf(*windows).size, 3'600'000);
}

}  // namespace
}  // namespace weir::planner::testing
