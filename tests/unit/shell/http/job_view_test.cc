// Jobs as vertices: operators of one chain together, edges between chains.
#include "shell/http/job_view.h"

#include <gmock/gmock.h>

#include "shell/http/vertex_json.h"

namespace weir::shell {
namespace {

using testing::ElementsAre;
using testing::MatchesRegex;

task::OperatorSnapshot Operator(const std::string& uid, int chain,
                                std::vector<task::OperatorInput> inputs = {}) {
  task::OperatorSnapshot node;
  node.uid = uid;
  node.name = "Name of " + uid;
  node.chain = chain;
  node.parallelism = 2;
  node.inputs = std::move(inputs);
  return node;
}

// src ─▶ calc ══hash══▶ agg ─▶ sink
std::vector<task::OperatorSnapshot> TwoChains() {
  return {Operator("src", 0), Operator("calc", 0, {{0}}),
          Operator("agg", 1, {{1, graph::ExchangeKind::kHash}}), Operator("sink", 1, {{2}})};
}

TEST(JobViewTest, AVertexIsAChain) {
  const std::vector<JobVertex> vertices = VerticesOf(TwoChains());
  ASSERT_EQ(vertices.size(), 2U);
  EXPECT_EQ(vertices[0].name, "Name of src -> Name of calc");
  EXPECT_THAT(vertices[0].operators, ElementsAre(0, 1));
  EXPECT_TRUE(vertices[0].inputs.empty());
  EXPECT_TRUE(vertices[0].feeds_others);
  ASSERT_EQ(vertices[1].inputs.size(), 1U);
  EXPECT_EQ(vertices[1].inputs[0].from, 1U);
  EXPECT_EQ(vertices[1].inputs[0].exchange, graph::ExchangeKind::kHash);
  EXPECT_FALSE(vertices[1].feeds_others);
  EXPECT_EQ(vertices[1].parallelism, 2U);
}

TEST(JobViewTest, IdsComeFromUids) {
  const std::vector<JobVertex> vertices = VerticesOf(TwoChains());
  EXPECT_THAT(vertices[0].id, MatchesRegex("[0-9a-f]{32}"));
  EXPECT_NE(vertices[0].id, vertices[1].id);
  std::vector<task::OperatorSnapshot> other = TwoChains();
  other[1].uid = "another calc";
  other[0].parallelism = 7;
  EXPECT_EQ(VerticesOf(other)[0].id, vertices[0].id);
  other[0].uid = "another source";
  EXPECT_NE(VerticesOf(other)[0].id, vertices[0].id);
}

TEST(JobViewTest, RowsAreThoseBetweenVertices) {
  JobView view;
  view.snapshot.emplace();
  view.snapshot->operators = TwoChains();
  view.snapshot->operators[0].rows_out = 10;
  view.snapshot->operators[1].rows_out = 7;
  view.snapshot->operators[2].rows_in = 6;
  view.snapshot->operators[3].rows_in = 3;
  view.vertices = VerticesOf(view.snapshot->operators);
  task::TaskFigures task;
  task.running_nanos = 10'000'000;
  task.idle_nanos = 3'000'000;
  task.blocked_nanos = 2'000'000;
  view.vertices[0].tasks = {task, task};
  const IoFigures first = IoOf(view.vertices[0], view);
  EXPECT_EQ(first.read_records, 0U);
  EXPECT_EQ(first.write_records, 7U);
  EXPECT_EQ(first.idle_millis, 6U);
  EXPECT_EQ(first.blocked_millis, 4U);
  EXPECT_EQ(first.busy_millis, 10U);
  const IoFigures second = IoOf(view.vertices[1], view);
  EXPECT_EQ(second.read_records, 6U);
  EXPECT_EQ(second.write_records, 0U);
}

TEST(JobViewTest, TimesOfJobsThatRunThatEndedAndOfEarlierProcesses) {
  JobSummary summary;
  summary.record.name = "j";
  summary.record.started_millis = 1'000;
  const JobView earlier = ViewOf(summary, 9'000);
  EXPECT_TRUE(earlier.ended());
  EXPECT_EQ(earlier.state, "SUSPENDED");
  EXPECT_EQ(earlier.duration_millis(), 0);
  summary.record.ended_millis = 4'000;
  EXPECT_EQ(ViewOf(summary, 9'000).duration_millis(), 3'000);
  summary.snapshot.emplace();
  summary.snapshot->state = task::JobState::kRunning;
  summary.snapshot->started_millis = 5'000;
  const JobView running = ViewOf(summary, 9'000);
  EXPECT_FALSE(running.ended());
  EXPECT_EQ(running.ended_millis(), -1);
  EXPECT_EQ(running.duration_millis(), 4'000);
  EXPECT_EQ(running.max_parallelism, 128U);
}

}  // namespace
}  // namespace weir::shell
