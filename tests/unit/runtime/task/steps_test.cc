// Batches that a task takes in steps, so that barriers which overtake rows do not wait for them.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "runtime/task/job.h"
#include "runtime/task/step_size.h"
#include "tests/unit/runtime/task/fakes.h"
#include "tests/unit/runtime/task/stepped_clock.h"

namespace weir::task {
namespace {

using namespace std::chrono_literals;  // NOLINT(google-build-using-namespace): literals
using testing::World;

TEST(StepSize, BeginsWithFewRowsAndFollowsTheirTime) {
  StepSize step;
  EXPECT_EQ(step.rows(), 16U);
  step.Note(16, 16 * kMilli);
  EXPECT_EQ(step.rows(), 10U) << "10 ms";
  step.Note(10, 500 * kMilli);
  EXPECT_EQ(step.rows(), 1U);
  step.Note(1, 1'000 * kMilli);
  EXPECT_EQ(step.rows(), 1U) << "one at least";
  step.Note(1, 1'000);
  EXPECT_EQ(step.rows(), 8U) << "eightfold at most";
  step.Note(2, 2'000);
  EXPECT_EQ(step.rows(), 64U) << "a batch of fewer rows than there might be";
  step.Note(4096, 0);
  EXPECT_EQ(step.rows(), 8 * 4096U);
  step.Note(0, kMilli);
  EXPECT_EQ(step.rows(), 8 * 4096U);
  for (int i = 0; i < 20; ++i) step.Note(step.rows(), 0);
  EXPECT_EQ(step.rows(), 10'000'000U) << "a nanosecond a row";
}

JobOptions Slow(World& world, uint32_t parallelism, bool unaligned) {
  world.behaviour.row_pause_micros = 1000;
  JobOptions options = world.Options(parallelism);
  options.batch_rows = 400;
  options.checkpointing.unaligned = unaligned;
  return options;
}

std::unique_ptr<Job> Start(World& world, JobOptions options) {
  const auto newest = world.Newest();
  auto job = Job::Start(World::CountingJob(), std::move(options),
                        newest ? std::optional<CheckpointMetadata>(*newest) : std::nullopt);
  EXPECT_TRUE(job.ok()) << job.status().ToString();
  return job.ok() ? std::move(job).value() : nullptr;
}

uint32_t LargestWrite(uint32_t parallelism, bool unaligned) {
  World world;
  world.behaviour.splits = 1;
  auto job = Start(world, Slow(world, parallelism, unaligned));
  EXPECT_TRUE(job->Wait(WaitTarget::kFinished, 30'000ms));
  EXPECT_EQ(world.CheckCommitted(true), "");
  return world.largest_write();
}

TEST(Steps, ASlowSinkIsGivenFewRowsAtATimeWhereBarriersOvertake) {
  EXPECT_LE(LargestWrite(2, true), 16U);
  EXPECT_GT(LargestWrite(2, false), 100U) << "by key, of batches of 400";
  EXPECT_LE(LargestWrite(1, true), 64U) << "in the task of the source, which begins with 64";
  EXPECT_EQ(LargestWrite(1, false), 400U);
}

// What is left of a batch that was begun belongs to a checkpoint, and goes on at any parallelism.
TEST(Steps, ABatchThatWasBegunGoesOnAtAnyParallelism) {
  World world;
  uint64_t in_flight = 0;
  for (const uint32_t parallelism : {2U, 1U, 3U}) {
    auto job = Start(world, Slow(world, parallelism, true));
    Clock::System().Sleep(20ms);
    in_flight += job->Snapshot().rows_in_flight;
    for (int i = 0; i < 3; ++i) {
      const auto taken = job->TriggerCheckpoint();
      EXPECT_TRUE(taken.ok()) << taken.status().ToString();
    }
    job->Cancel();
    EXPECT_EQ(world.CheckCommitted(false), "");
  }
  EXPECT_GT(in_flight, 0U);
  world.behaviour.row_pause_micros = 0;
  JobOptions options = world.Options(2);
  options.checkpointing.unaligned = true;
  auto job = Start(world, std::move(options));
  ASSERT_TRUE(job->Wait(WaitTarget::kFinished, 30'000ms));
  EXPECT_EQ(world.CheckCommitted(true), "");
}

}  // namespace
}  // namespace weir::task
