// What becomes of rows held by a primary key when a query is edited: UpsertMaterialize and
// UpsertCompact in front of a sink, ChangelogNormalize behind a source.
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

const char kConflictUid[] = "sink:by_n/conflict";

graph::JobGraph TimedGraphOf(const std::string& sql, const std::string& sink = kSink) {
  return SqlPlanner(
             "CREATE TABLE bid (bidder BIGINT, auction BIGINT, ts TIMESTAMP(3), WATERMARK "
             "FOR ts AS ts) WITH ('connector' = 'any');\n" +
             sink)
      .Plan(sql)
      .graph;
}

TEST(UpsertVerdicts, ConflictsHaveAnOperatorOfTheirOwn) {
  const graph::JobGraph graph = TimedGraphOf(std::string(kCounts) + " ON CONFLICT DO NOTHING");
  EXPECT_EQ(Find(graph, kUid), nullptr);
  const graph::Node* node = Find(graph, kConflictUid);
  ASSERT_NE(node, nullptr);
  EXPECT_TRUE(node->uid_stable);
  EXPECT_EQ(graph::OperatorKindName(node->spec), "UpsertCompact");
  const OperatorStateSchema state = graph::StateOf(node->spec, graph::InputSchema(graph, *node));
  ASSERT_EQ(state.tables.size(), 2U);
  EXPECT_EQ(state.tables[0].name, "rows");
  EXPECT_EQ(state.tables[1].name, "waiting");
  EXPECT_EQ(state.operator_state, (std::vector<std::string>{"sequence", "progress"}));
  EXPECT_EQ(VerdictOf(graph, graph, kConflictUid), VerdictName(Verdict::kFull));
}

TEST(UpsertVerdicts, WhatBecomesOfConflictsIsTheMeaning) {
  const std::string counts = kCounts;
  const graph::JobGraph nothing = TimedGraphOf(counts + " ON CONFLICT DO NOTHING");
  const graph::JobGraph error = TimedGraphOf(counts + " ON CONFLICT DO ERROR");
  EXPECT_EQ(VerdictOf(nothing, error, kConflictUid), VerdictName(Verdict::kSemantic));
  EXPECT_EQ(VerdictOf(error, nothing, kConflictUid), VerdictName(Verdict::kSemantic));
  // It knows nothing of what the sink was given before.
  EXPECT_EQ(VerdictOf(TimedGraphOf(counts), nothing, kConflictUid),
            VerdictName(Verdict::kSemantic));
  EXPECT_EQ(VerdictOf(nothing, TimedGraphOf(counts), kUid), VerdictName(Verdict::kSemantic));
}

TEST(UpsertVerdicts, OtherKeysAndColumnsOfWhatMayConflictAreIncompatible) {
  const graph::JobGraph before = TimedGraphOf(std::string(kCounts) + " ON CONFLICT DO NOTHING");
  const graph::JobGraph by_both = TimedGraphOf(
      "INSERT INTO by_n SELECT COUNT(*), bidder FROM bid GROUP BY bidder, auction ON CONFLICT DO "
      "NOTHING");
  EXPECT_EQ(VerdictOf(before, by_both, kConflictUid), VerdictName(Verdict::kIncompatible));
  const graph::JobGraph wider = TimedGraphOf(
      "INSERT INTO by_n SELECT COUNT(*), bidder, MAX(auction) FROM bid GROUP BY bidder ON CONFLICT "
      "DO NOTHING",
      "CREATE TABLE by_n (n BIGINT, bidder BIGINT, m BIGINT, PRIMARY KEY (n) NOT ENFORCED) WITH "
      "('connector' = 'any');\n");
  EXPECT_EQ(VerdictOf(before, wider, kConflictUid), VerdictName(Verdict::kIncompatible));
}

TEST(UpsertVerdicts, ConflictsNeedWatermarks) {
  const SqlPlanner planner(std::string(kSource) + kSink);
  const auto plan = planner.TryPlan(std::string(kCounts) + " ON CONFLICT DO ERROR");
  ASSERT_FALSE(plan.ok());
  EXPECT_EQ(plan.status().id(), "E2010");
}

TEST(UpsertVerdicts, StrategiesAreReadInAnyCase) {
  EXPECT_EQ(ParseMaterialize("auto").value(), logical::Materialize::kAuto);
  EXPECT_EQ(ParseMaterialize("None").value(), logical::Materialize::kNone);
  EXPECT_EQ(ParseMaterialize("FORCE").value(), logical::Materialize::kForce);
  EXPECT_EQ(ParseMaterialize("never").status().id(), "E6001");
}

}  // namespace
}  // namespace weir::planner::testing
