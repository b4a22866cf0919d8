// What becomes of rows held by a primary key when a query is edited: UpsertMaterialize in front of
// a sink, ChangelogNormalize behind a source.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "runtime/checkpoint/restore_plan.h"
#include "tests/unit/planner/saved_job.h"
#include "tests/unit/planner/sql_planner.h"

namespace weir::planner::testing {
namespace {

using checkpoint::PlanRestore;
using checkpoint::RestorePlan;
using checkpoint::RestoreRow;
using checkpoint::Verdict;
using checkpoint::VerdictName;

const char kSource[] =
    "CREATE TABLE bid (bidder BIGINT, auction BIGINT, item STRING) WITH ('connector' = 'any');\n";
const char kSink[] =
    "CREATE TABLE by_n (n BIGINT, bidder BIGINT, PRIMARY KEY (n) NOT ENFORCED) WITH ('connector' = "
    "'any');\n";
const char kCounts[] = "INSERT INTO by_n SELECT COUNT(*), bidder FROM bid GROUP BY bidder";
const char kUid[] = "sink:by_n/upmat";

graph::JobGraph GraphOf(const std::string& sink, const std::string& sql) {
  return SqlPlanner(kSource + sink).Plan(sql).graph;
}

const graph::Node* Find(const graph::JobGraph& graph, const std::string& uid) {
  for (const graph::Node& node : graph.nodes) {
    if (node.uid == uid) return &node;
  }
  return nullptr;
}

std::string VerdictOf(const graph::JobGraph& before, const graph::JobGraph& after,
                      const std::string& uid) {
  const RestorePlan plan = PlanRestore(SavedOf(before), after, {});
  for (const RestoreRow& row : plan.rows) {
    if (row.uid == uid) return std::string(VerdictName(row.verdict));
  }
  return "no row";
}

TEST(UpsertVerdicts, TheUidIsThatOfTheSink) {
  const graph::JobGraph graph = GraphOf(kSink, kCounts);
  const graph::Node* node = Find(graph, kUid);
  ASSERT_NE(node, nullptr);
  EXPECT_TRUE(node->uid_stable);
  EXPECT_EQ(graph::OperatorKindName(node->spec), "UpsertMaterialize");
  const OperatorStateSchema state = graph::StateOf(node->spec, graph::InputSchema(graph, *node));
  ASSERT_EQ(state.tables.size(), 2U);
  EXPECT_EQ(state.tables[0].name, "rows");
  EXPECT_EQ(state.tables[1].name, "older");
  EXPECT_EQ(state.operator_state, std::vector<std::string>{"sequence"});
}

TEST(UpsertVerdicts, UnchangedIsFull) {
  const graph::JobGraph graph = GraphOf(kSink, kCounts);
  EXPECT_EQ(VerdictOf(graph, graph, kUid), VerdictName(Verdict::kFull));
}

TEST(UpsertVerdicts, WhereTheSinkWritesDoesNotMatter) {
  const std::string elsewhere =
      "CREATE TABLE by_n (n BIGINT, bidder BIGINT, PRIMARY KEY (n) NOT ENFORCED) WITH ('connector' "
      "= 'any', 'rate' = '3');\n";
  EXPECT_EQ(VerdictOf(GraphOf(kSink, kCounts), GraphOf(elsewhere, kCounts), kUid),
            VerdictName(Verdict::kFull));
}

// Which row is taken back was judged by the key of the query.
TEST(UpsertVerdicts, AnotherKeyOfTheQueryIsIncompatible) {
  const std::string by_both =
      "INSERT INTO by_n SELECT COUNT(*), bidder FROM bid GROUP BY bidder, auction";
  EXPECT_EQ(VerdictOf(GraphOf(kSink, kCounts), GraphOf(kSink, by_both), kUid),
            VerdictName(Verdict::kIncompatible));
}

TEST(UpsertVerdicts, AnotherPrimaryKeyIsIncompatible) {
  const std::string other =
      "CREATE TABLE by_n (n BIGINT, bidder BIGINT, m BIGINT, PRIMARY KEY (m) NOT ENFORCED) WITH "
      "('connector' = 'any');\n";
  const std::string sql =
      "INSERT INTO by_n SELECT COUNT(*), bidder, MAX(auction) FROM bid GROUP BY bidder";
  EXPECT_EQ(VerdictOf(GraphOf(kSink, kCounts), GraphOf(other, sql), kUid),
            VerdictName(Verdict::kIncompatible));
}

TEST(UpsertVerdicts, WithoutNeedThereIsNoState) {
  const std::string by_bidder =
      "CREATE TABLE by_n (n BIGINT, bidder BIGINT, PRIMARY KEY (bidder) NOT ENFORCED) WITH "
      "('connector' = 'any');\n";
  EXPECT_EQ(Find(GraphOf(by_bidder, kCounts), kUid), nullptr);
}

TEST(UpsertVerdicts, StrategiesAreReadInAnyCase) {
  EXPECT_EQ(ParseMaterialize("auto").value(), logical::Materialize::kAuto);
  EXPECT_EQ(ParseMaterialize("None").value(), logical::Materialize::kNone);
  EXPECT_EQ(ParseMaterialize("FORCE").value(), logical::Materialize::kForce);
  EXPECT_EQ(ParseMaterialize("never").status().id(), "E6001");
}

}  // namespace
}  // namespace weir::planner::testing
