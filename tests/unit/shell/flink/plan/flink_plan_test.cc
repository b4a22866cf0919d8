// Flink's plans as untrusted text, and its ids. What plans mean is in tests/flink/plan_test.py.
#include "shell/flink/plan/flink_plan.h"

#include <gtest/gtest.h>

#include "shell/flink/plan/match.h"
#include "shell/flink/plan/operator_id.h"

namespace weir::shell::flink {
namespace {

// From the reference implementation, MurmurHash3_x64_128 with the seed 0 (Python: mmh3.hash_bytes).
TEST(OperatorIdTest, IsMurmur3) {
  EXPECT_EQ(OperatorId(""), "00000000000000000000000000000000");
  EXPECT_EQ(OperatorId("6_group-aggregate"), "f5cdec4127cb83243f910937981306f8");
  EXPECT_EQ(OperatorId("abcdefghijklmnop"), "23b74c22a33ccac41aeb31b395d63343");
  EXPECT_EQ(OperatorUid(17, "table-source-scan"), "17_source");
}

constexpr std::string_view kSource =
    R"({"id":1,"type":"stream-exec-table-source-scan_2","scanTableSource":{"table":{"identifier":"`c`.`d`.`t`"}},)"
    R"("outputType":"ROW<`a b` INT, `r` ROW<`inner` INT>>","description":"Source"})";

std::string PlanOf(const std::string& nodes, const std::string& edges) {
  return R"({"flinkVersion":"2.3","nodes":[)" + nodes + R"(],"edges":[)" + edges + "]}";
}

TEST(FlinkPlanTest, ReadsNodesAndWhatTheyAreMadeOf) {
  const std::string json = PlanOf(
      std::string(kSource) +
          R"(,{"id":2,"type":"stream-exec-group-aggregate_1","grouping":[0],"aggCalls":[{"internalName":"$$SUM0$1","argList":[1],"filterArg":-1,"distinct":true}],)"
          R"("outputType":"ROW<`a b` INT, `s` INT>","description":"Agg"})",
      R"({"source":1,"target":2})");
  const Result<FlinkPlan> plan = ReadFlinkPlan(json);
  ASSERT_TRUE(plan.ok()) << plan.status().message();
  EXPECT_EQ(plan->version, "2.3");
  ASSERT_EQ(plan->shapes.size(), 2U);
  EXPECT_EQ(plan->shapes[1].keys, std::vector<std::string>{"t.a b"});
  EXPECT_EQ(plan->shapes[1].details, std::set<std::string>{"sum(distinct t.r)"});
  const Result<std::string> numbered = Renumbered(json, {{1, 70}, {2, 80}});
  ASSERT_TRUE(numbered.ok());
  EXPECT_NE(numbered->find(R"("source":70,"target":80)"), std::string::npos) << *numbered;
  EXPECT_EQ(ReadFlinkPlan(*numbered)->nodes[1].id, 80);
}

TEST(FlinkPlanTest, RefusesWhatIsNone) {
  const std::string cut = PlanOf(std::string(kSource), "").substr(0, 60);
  for (const std::string_view json : {"", "{", "[]", "null", "{}", cut.c_str()})
    EXPECT_EQ(ReadFlinkPlan(std::string(json)).status().id(), "E4010") << json;
}

TEST(FlinkPlanTest, NamesANodeThatItDoesNotKnow) {
  const Result<FlinkPlan> plan = ReadFlinkPlan(PlanOf(
      R"-({"id":1,"type":"stream-exec-telepathy_1","description":"Telepathy(of=[k])"})-", ""));
  EXPECT_EQ(plan.status().id(), "E4010");
  EXPECT_NE(plan.status().message().find("Telepathy(of=[k])"), std::string::npos);
}

// Members that are missing, and columns that the input does not have, are no reason to fail.
TEST(FlinkPlanTest, SurvivesMissingMembers) {
  for (const std::string_view type :
       {"calc", "expand", "correlate", "group-aggregate", "global-window-aggregate",
        "over-aggregate", "join", "interval-join", "rank", "window-rank", "deduplicate",
        "changelog-normalize", "match", "sink", "window-table-function", "values", "union"}) {
    const std::string node =
        R"({"id":2,"type":"stream-exec-)" + std::string(type) +
        R"(_1","grouping":[7],"joinSpec":{"leftKeys":[9],"rightKeys":[-3]},"uniqueKeys":[8],"description":"x","projection":[{"inputIndex":9}]})";
    static_cast<void>(ReadFlinkPlan(PlanOf(node, "")));
    static_cast<void>(
        ReadFlinkPlan(PlanOf(std::string(kSource) + "," + node, R"({"source":1,"target":2})")));
  }
}

TEST(MatchTest, StopsAtANodeWithStateThatIsNotOurs) {
  const Result<FlinkPlan> plan = ReadFlinkPlan(PlanOf(std::string(kSource), ""));
  ASSERT_TRUE(plan.ok());
  const Result<std::vector<NumberedNode>> nodes = NumberNodes(*plan, {});
  EXPECT_EQ(nodes.status().id(), "E4010");
  EXPECT_NE(nodes.status().message().find("Source"), std::string::npos);
}

TEST(MatchTest, DoesNotChooseBetweenTwo) {
  const Result<FlinkPlan> plan = ReadFlinkPlan(PlanOf(std::string(kSource), ""));
  ASSERT_TRUE(plan.ok());
  const Shapes ours = {{.kind = ShapeKind::kSource, .name = "src:t", .table = "t"},
                       {.kind = ShapeKind::kSource, .name = "src:t#2", .table = "t"}};
  const Status status = NumberNodes(*plan, ours).status();
  EXPECT_EQ(status.id(), "E4010");
  EXPECT_NE(status.message().find("src:t, src:t#2"), std::string::npos) << status.message();
}

}  // namespace
}  // namespace weir::shell::flink
