#include "runtime/checkpoint/union_names.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace weir::checkpoint {
namespace {

using testing::IsEmpty;
using testing::Pair;
using testing::UnorderedElementsAre;

TEST(UnionNames, AreTheSameWhenTheyShareABranch) {
  EXPECT_TRUE(SameOverBranches("a", "a | v"));
  EXPECT_TRUE(SameOverBranches("a | v", "v"));
  EXPECT_TRUE(SameOverBranches("a | v", "a | w"));
  EXPECT_TRUE(SameOverBranches("sum(a)", "sum(a | v)"));
  EXPECT_TRUE(
      SameOverBranches("avg(CAST(a AS INT)).count", "avg(CAST(a AS INT) | CAST(v AS INT)).count"));
  EXPECT_TRUE(SameOverBranches("CAST(a AS INT)", "CAST(a AS INT) | CAST(v AS INT)"));
}

TEST(UnionNames, AreOthersOtherwise) {
  EXPECT_FALSE(SameOverBranches("a | v", "a | v"));
  EXPECT_FALSE(SameOverBranches("a", "v"));
  EXPECT_FALSE(SameOverBranches("a", "v | w"));
  EXPECT_FALSE(SameOverBranches("sum(a)", "max(a | v)"));
  EXPECT_FALSE(SameOverBranches("avg(a)", "avg(a | v).count"));
  EXPECT_FALSE(SameOverBranches("a || b", "a"));
}

TEST(UnionNames, ArePairedWhereThereIsNoChoice) {
  EXPECT_THAT(RenamedOverBranches({"sum(a)", "max(a)"}, {"max(a | v)", "sum(a | v)", "count(*)"}),
              UnorderedElementsAre(Pair("sum(a)", "sum(a | v)"), Pair("max(a)", "max(a | v)")));
  // The other branch has the columns the other way round.
  EXPECT_THAT(RenamedOverBranches({"sum(a)", "sum(b)"}, {"sum(a | b)", "sum(b | c)"}),
              UnorderedElementsAre(Pair("sum(a)", "sum(a | b)"), Pair("sum(b)", "sum(b | c)")));
  // Two columns became one: whose sum it goes on with, nobody knows.
  EXPECT_THAT(RenamedOverBranches({"sum(a | v)", "sum(a | w)"}, {"sum(a)"}), IsEmpty());
  EXPECT_THAT(RenamedOverBranches({}, {"sum(a)"}), IsEmpty());
}

TEST(Renames, MakeRoom) {
  const auto exists = [](const std::string& name) { return name == "a" || name == "b"; };
  EXPECT_THAT(WithRoomMade({{"a", "b"}}, exists),
              UnorderedElementsAre(Pair("a", "b"), Pair("b", "b (before)")));
  EXPECT_THAT(WithRoomMade({{"a", "b"}, {"b", "a"}}, exists),
              UnorderedElementsAre(Pair("a", "b"), Pair("b", "a")));
  EXPECT_THAT(WithRoomMade({{"a", "c"}}, exists), UnorderedElementsAre(Pair("a", "c")));
}

}  // namespace
}  // namespace weir::checkpoint
