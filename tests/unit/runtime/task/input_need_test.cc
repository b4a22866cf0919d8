#include "runtime/task/input_need.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace weir::task {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

class InputNeedTest : public ::testing::Test {
 protected:
  // Adds a node that reads these.
  size_t Add(const std::vector<size_t>& inputs = {}) {
    graph::Node node{.index = static_cast<int>(graph_.nodes.size()), .spec = graph::UnionSpec()};
    for (const size_t input : inputs) node.inputs.push_back({.from = static_cast<int>(input)});
    graph_.nodes.push_back(std::move(node));
    return graph_.nodes.size() - 1;
  }

  graph::JobGraph graph_;
};

TEST_F(InputNeedTest, EverySourceBelowALimitEndsOnce) {
  const size_t left = Add();
  const size_t right = Add();
  const size_t joined = Add({left, right});
  const size_t limit = Add({joined});
  Add({limit});
  InputNeed need(graph_);
  EXPECT_THAT(need.Enough(limit), ElementsAre(left, right));
  EXPECT_THAT(need.Enough(limit), IsEmpty());
}

TEST_F(InputNeedTest, ASourceThatSomebodyElseReadsGoesOn) {
  const size_t shared = Add();
  const size_t own = Add();
  const size_t limit = Add({shared, own});
  Add({limit});
  const size_t other = Add({shared});
  Add({other});
  InputNeed need(graph_);
  EXPECT_THAT(need.Enough(limit), ElementsAre(own));
  EXPECT_TRUE(need.IsUnneeded(own));
  EXPECT_FALSE(need.IsUnneeded(shared));
  // Once nobody reads it any more, it ends too.
  EXPECT_THAT(need.Enough(other), ElementsAre(shared));
}

TEST_F(InputNeedTest, ALoopDoesNotNeedItself) {
  const size_t start = Add();
  const size_t head = Add({start});
  const size_t edges = Add();
  const size_t back = Add({head, edges});
  graph_.nodes[head].inputs.push_back({.from = static_cast<int>(back)});
  const size_t limit = Add({head});
  Add({limit});
  InputNeed need(graph_);
  EXPECT_TRUE(need.IsNeeded(head));
  EXPECT_THAT(need.Enough(limit), ElementsAre(start, edges));
  EXPECT_FALSE(need.IsNeeded(head));
}

TEST_F(InputNeedTest, ASinkNeedsItsInputHoweverManyHaveEnough) {
  const size_t source = Add();
  const size_t limit = Add({source});
  Add({limit});
  Add({source});  // a sink
  InputNeed need(graph_);
  EXPECT_THAT(need.Enough(limit), IsEmpty());
}

TEST_F(InputNeedTest, ALimitAboveALimitEndsWhatIsBelowBoth) {
  const size_t source = Add();
  const size_t below = Add({source});
  const size_t above = Add({below});
  Add({above});
  InputNeed need(graph_);
  EXPECT_THAT(need.Enough(above), ElementsAre(source));
  EXPECT_THAT(need.Enough(below), IsEmpty());
}

}  // namespace
}  // namespace weir::task
