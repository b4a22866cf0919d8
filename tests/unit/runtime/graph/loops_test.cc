#include "runtime/graph/loops.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace weir::graph {
namespace {

using testing::ElementsAre;

class LoopsTest : public testing::Test {
 protected:
  int Add(std::vector<int> inputs) {
    Node node{.index = static_cast<int>(graph_.nodes.size()), .spec = UnionSpec()};
    for (const int input : inputs) node.inputs.push_back({.from = input});
    graph_.nodes.push_back(std::move(node));
    return graph_.nodes.back().index;
  }

  JobGraph graph_;
};

TEST_F(LoopsTest, ALoopIsWhatLiesOnAWayBack) {
  const int start = Add({});
  const int head = Add({start});
  const int outside = Add({head});
  const int edges = Add({});
  const int join = Add({head, edges});
  const int back = Add({join});
  Add({outside});
  graph_.nodes[static_cast<size_t>(head)].inputs.push_back({.from = back});
  EXPECT_THAT(LoopsOf(graph_), ElementsAre(-1, head, -1, -1, head, head, -1));
}

TEST_F(LoopsTest, ANodeMayFeedItself) {
  const int head = Add({Add({})});
  graph_.nodes[static_cast<size_t>(head)].inputs.push_back({.from = head});
  EXPECT_THAT(LoopsOf(graph_), ElementsAre(-1, head));
}

TEST_F(LoopsTest, LoopsBehindEachOtherAreApart) {
  const int first = Add({Add({})});
  const int back = Add({first});
  const int second = Add({first});
  const int again = Add({second});
  graph_.nodes[static_cast<size_t>(first)].inputs.push_back({.from = back});
  graph_.nodes[static_cast<size_t>(second)].inputs.push_back({.from = again});
  EXPECT_THAT(LoopsOf(graph_), ElementsAre(-1, first, first, second, second));
}

TEST_F(LoopsTest, WithoutFeedbackThereIsNone) {
  Add({Add({Add({})})});
  EXPECT_THAT(LoopsOf(graph_), ElementsAre(-1, -1, -1));
}

}  // namespace
}  // namespace weir::graph
