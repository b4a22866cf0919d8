// Records of what jobs on Flink run, and how they are found. What is compared is in
// tests/flink/edits_test.py.
#include "shell/flink/restore/running_plan.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <string>

#include "shell/flink/restore/job_plans.h"
#include "state/files/checkpoint_files.h"
#include "tests/unit/scratch_directory.h"

namespace weir::shell::flink {
namespace {

using ::testing::HasSubstr;

RunningPlan Example(const std::string& job) {
  RunningPlan plan;
  plan.job = job;
  plan.plan = R"({"nodes":[],"edges":[]})";
  plan.nodes.push_back({7,
                        4711,
                        "group-aggregate",
                        "GroupAggregate(groupBy=[k])",
                        "sink:out/agg",
                        true,
                        {"sink:out/agg"}});
  plan.nodes.push_back({8, 12, "calc", "Calc(select=[k])", "~sink:out", false, {}});
  plan.operators.backend = "memory";
  OperatorCheckpoint& op = plan.operators.operators.emplace_back();
  op.uid = "sink:out/agg";
  op.kind = "Aggregate";
  op.fingerprint = "version\t\t8";
  return plan;
}

TEST(RunningPlanTest, GoldenFile) {
  const std::string bytes = EncodeRunningPlan(Example(std::string(32, 'a'))).value();
  const std::string path = "tests/golden/v1/flink-plan";
  FileSystem& files = FileSystem::Local();
  if (std::getenv("WEIR_WRITE_GOLDEN") != nullptr) {
    ASSERT_TRUE(files.Remove(path).ok());
    ASSERT_TRUE(state::WriteSyncedFile(files, path, bytes).ok());
  }
  const Result<std::string> golden = ReadFile(files, path);
  ASSERT_TRUE(golden.ok()) << golden.status().ToString();
  EXPECT_EQ(*golden, bytes);
  const Result<RunningPlan> back = DecodeRunningPlan(*golden);
  ASSERT_TRUE(back.ok()) << back.status().ToString();
  ASSERT_EQ(back->nodes.size(), 1U);  // the other one keeps nothing
  EXPECT_EQ(back->nodes[0].id, 4711);
  EXPECT_EQ(back->nodes[0].uids, std::vector<std::string>{"sink:out/agg"});
  EXPECT_EQ(back->operators.operators.at(0).fingerprint, "version\t\t8");
}

TEST(RunningPlanTest, EveryDamagedByteIsNoticed) {
  const std::string bytes = EncodeRunningPlan(Example(std::string(32, 'a'))).value();
  for (size_t i = 0; i < bytes.size(); ++i) {
    std::string damaged = bytes;
    damaged[i] = static_cast<char>(damaged[i] ^ 0x40);
    EXPECT_FALSE(DecodeRunningPlan(damaged).ok()) << i;
    EXPECT_FALSE(DecodeRunningPlan(bytes.substr(0, i)).ok()) << i;
  }
  EXPECT_FALSE(DecodeRunningPlan(bytes + "x").ok());
}

TEST(JobPlansTest, AreFoundByThePathsOfTheirSnapshots) {
  const ScratchDirectory scratch;
  const JobPlans plans(FileSystem::Local(), scratch.path());
  const std::string first = "ab12cd" + std::string(26, '0'), second = "ab99" + std::string(28, '1');
  EXPECT_THAT(plans.OfJob(first).status().message(), HasSubstr("nothing is kept of a job ab12cd"));
  ASSERT_TRUE(plans.Keep(Example(first)).ok());
  ASSERT_TRUE(plans.Keep(Example(first)).ok());
  ASSERT_TRUE(plans.Keep(Example(second)).ok());
  for (const std::string path :
       {"file:/x/savepoint-ab12cd-0123456789ab", "s3://b/savepoint-ab12cd-01/_metadata",
        "savepoint-ab12cd-01/", "hdfs:///c/ab12cd00000000000000000000000000/chk-12"}) {
    const Result<RunningPlan> found = plans.OfSnapshot(path);
    ASSERT_TRUE(found.ok()) << path << ": " << found.status().message();
    EXPECT_EQ(found->job, first) << path;
  }
  EXPECT_THAT(plans.OfSnapshot("savepoint-ab-1").status().message(),
              HasSubstr("several plans are kept"));
  for (const std::string path : {"", "/", "savepoint-xy-1", "saved/here", "chk-1"})
    EXPECT_THAT(plans.OfSnapshot(path).status().message(), HasSubstr("does not say which job"));
}

TEST(JobPlansTest, ADamagedOneIsNamed) {
  const ScratchDirectory scratch;
  const JobPlans plans(FileSystem::Local(), scratch.path());
  const std::string job(32, '7');
  ASSERT_TRUE(plans.Keep(Example(job)).ok());
  const std::string path = scratch.path() + "/flink/" + job + ".plan";
  std::string bytes = ReadFile(FileSystem::Local(), path).value();
  bytes.back() ^= 1;
  ASSERT_TRUE(FileSystem::Local().Remove(path).ok());
  ASSERT_TRUE(state::WriteSyncedFile(FileSystem::Local(), path, bytes).ok());
  const Status damaged = plans.OfJob(job).status();
  EXPECT_EQ(damaged.code(), StatusCode::kCorruption);
  EXPECT_THAT(damaged.message(), HasSubstr(path));
}

}  // namespace
}  // namespace weir::shell::flink
