#include "runtime/task/chain_planner.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

namespace weir::task {
namespace {

using graph::ExchangeKind;

struct Input {
  int from;
  ExchangeKind exchange = ExchangeKind::kForward;
};

class ChainPlannerTest : public ::testing::Test {
 protected:
  int Add(std::vector<Input> inputs, uint32_t parallelism = 0) {
    graph::Node node{.index = static_cast<int>(graph_.nodes.size()), .spec = graph::UnionSpec()};
    node.parallelism = parallelism;
    for (const Input& input : inputs)
      node.inputs.push_back({.from = input.from, .exchange = input.exchange});
    graph_.nodes.push_back(std::move(node));
    return graph_.nodes.back().index;
  }
  // "0>1>2x4 | …": members with their parents' numbers, and the parallelism.
  std::string Plan(uint32_t parallelism) {
    const auto plan = PlanChains(graph_, parallelism, 128);
    if (!plan.ok()) return plan.status().ToString();
    std::string text;
    for (const Chain& chain : plan->chains) {
      if (!text.empty()) text += " | ";
      for (const ChainMember& member : chain.members) {
        if (member.parent >= 0) {
          text +=
              " " + std::to_string(chain.members[static_cast<size_t>(member.parent)].node) + ">";
        }
        text += std::to_string(member.node);
      }
      text += " x" + std::to_string(chain.parallelism);
      for (const ChainEdge& edge : chain.outputs) text += " ->" + std::to_string(edge.to_chain);
    }
    return text;
  }

  graph::JobGraph graph_;
};

TEST_F(ChainPlannerTest, ForwardEdgesFuseIntoATree) {
  const int source = Add({});
  const int calc = Add({{source}});
  Add({{calc}});
  Add({{calc}});
  EXPECT_EQ(Plan(4), "0 0>1 1>2 1>3 x4");
}

TEST_F(ChainPlannerTest, AShuffleSplitsUnlessThereIsOneSubtask) {
  const int source = Add({});
  const int aggregate = Add({{source, ExchangeKind::kHash}});
  Add({{aggregate}});
  EXPECT_EQ(Plan(2), "0 x2 ->1 | 1 1>2 x2");
  EXPECT_EQ(Plan(1), "0 0>1 1>2 x1");
}

TEST_F(ChainPlannerTest, SeveralInputsBeginAChain) {
  const int left = Add({});
  const int right = Add({});
  Add({{left}, {right}});
  EXPECT_EQ(Plan(1), "0 x1 ->2 | 1 x1 ->2 | 2 x1");
}

TEST_F(ChainPlannerTest, BehindASingletonThereIsOneSubtask) {
  const int source = Add({});
  const int sort = Add({{source, ExchangeKind::kSingleton}});
  Add({{sort}});
  EXPECT_EQ(Plan(3), "0 x3 ->1 | 1 1>2 x1");
}

TEST_F(ChainPlannerTest, UnequalParallelismNeedsAQueue) {
  const int values = Add({}, 1);
  Add({{values}}, 3);
  EXPECT_EQ(Plan(2), "0 x1 ->1 | 1 x3");
}

TEST_F(ChainPlannerTest, RefusesWhatCannotRun) {
  Add({});
  EXPECT_THAT(Plan(0), ::testing::HasSubstr("E6001"));
  EXPECT_THAT(Plan(129), ::testing::HasSubstr("E6001"));
}

}  // namespace
}  // namespace weir::task
