// What a job reports of itself: failed checkpoints, restarts, rows left out; the counts that are
// said are those of its snapshot.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <map>
#include <mutex>

#include "runtime/task/job.h"
#include "runtime/task/loss_watch.h"
#include "runtime/task/operator_chain.h"
#include "tests/unit/runtime/task/fakes.h"

namespace weir::task {
namespace {

using namespace std::chrono_literals;  // NOLINT(google-build-using-namespace): literals
using testing::kLong;
using testing::World;

class Told {
 public:
  uint64_t count(NoticeKind kind) const {
    const std::lock_guard lock(mutex_);
    const auto found = counts_.find(kind);
    return found == counts_.end() ? 0 : found->second;
  }
  Notices& notices() { return notices_; }

 private:
  mutable std::mutex mutex_;
  std::map<NoticeKind, uint64_t> counts_;
  Notices notices_{Clock::System(), [this](const Notice& notice) {
                     const std::lock_guard lock(mutex_);
                     counts_[notice.kind] += notice.count;
                   }};
};

std::unique_ptr<Job> MustStart(JobOptions options) {
  auto job = Job::Start(World::CountingJob(), std::move(options), std::nullopt);
  EXPECT_TRUE(job.ok()) << job.status().ToString();
  return job.ok() ? std::move(job).value() : nullptr;
}

uint64_t LateRows(const JobSnapshot& job) {
  uint64_t late = 0;
  for (const OperatorSnapshot& op : job.operators) late += op.late_rows;
  return late;
}

// Whatever the end is, once, and not at a restart.
TEST(JobNotices, TheEndIsToldBeforeItIsSeen) {
  for (const bool fails : {false, true}) {
    for (const uint32_t attempts : {0U, 1U}) {
      World world;
      if (fails) world.behaviour.fail_read_at = 200;
      std::atomic<int> told{0};
      JobOptions options = world.Options(2);
      if (attempts > 0)
        options.restart = {.kind = RestartKind::kFixedDelay, .delay = 1, .attempts = attempts};
      options.ended = [&told] { ++told; };
      auto job = MustStart(std::move(options));
      ASSERT_TRUE(job->Wait(WaitTarget::kFinished, kLong));
      EXPECT_EQ(told.load(), 1) << fails << attempts;
      job.reset();
      EXPECT_EQ(told.load(), 1) << fails << attempts;
    }
  }
}

TEST(JobNotices, SaidIsWhatTheSnapshotCountsOverRestarts) {
  World world;
  Told told;
  world.behaviour.pause_micros = 300;
  world.behaviour.fail_read_at = 200;
  world.behaviour.fail_persist = 3;
  JobOptions options = world.Options(2);
  options.checkpointing = {.interval_millis = 2, .tolerable_failures = 1'000'000};
  options.restart = {.kind = RestartKind::kFixedDelay, .delay = 1, .attempts = 5};
  options.notices = &told.notices();
  auto job = MustStart(std::move(options));
  ASSERT_TRUE(job->Wait(WaitTarget::kFinished, kLong));
  const JobSnapshot last = job->Snapshot();
  EXPECT_EQ(last.state, JobState::kFinished) << last.failure.ToString();
  EXPECT_EQ(last.restarts, 1U);
  EXPECT_EQ(told.count(NoticeKind::kRestart), 1U);
  EXPECT_GT(last.checkpoints.failed, 0U);  // of three, those that the clock gave time for
  EXPECT_EQ(told.count(NoticeKind::kFailedCheckpoint), last.checkpoints.failed);
  EXPECT_EQ(last.checkpoints_failed_in_a_row, 0U);
  EXPECT_GT(LateRows(last), 0U);
  EXPECT_EQ(told.count(NoticeKind::kLateRow), LateRows(last));
  EXPECT_EQ(last.notices.size(), 3U);
}

TEST(JobNotices, FailuresInARowAreCountedUntilOneIsComplete) {
  World world;
  world.behaviour.unbounded = true;
  world.behaviour.fail_persist = 4;
  JobOptions options = world.Options(1);
  options.checkpointing = {.interval_millis = 0};
  auto job = MustStart(std::move(options));
  for (uint32_t i = 1; i <= 4; ++i) {
    EXPECT_EQ(job->TriggerCheckpoint().status().id(), "E7003");
    EXPECT_EQ(job->Snapshot().checkpoints_failed_in_a_row, i);
  }
  ASSERT_TRUE(job->TriggerCheckpoint().ok());
  EXPECT_EQ(job->Snapshot().checkpoints_failed_in_a_row, 0U);
  EXPECT_EQ(job->Snapshot().checkpoints.failed, 4U);
  job->Cancel();
}

TEST(JobNotices, AJobThatWaitsForItsRestartCanBeSuspended) {
  World world;
  world.behaviour.fail_read_at = 100;
  JobOptions options = world.Options(2);
  options.restart = {.kind = RestartKind::kFixedDelay, .delay = 600'000, .attempts = 1};
  auto job = MustStart(std::move(options));
  for (int looks = 0; looks < 3000 && job->state() != JobState::kRestarting; ++looks)
    job->Wait(WaitTarget::kFinished, 10ms);
  ASSERT_EQ(job->state(), JobState::kRestarting);
  EXPECT_TRUE(job->Tasks().empty());
  EXPECT_TRUE(job->Suspend());
  EXPECT_EQ(job->state(), JobState::kSuspended);
  EXPECT_FALSE(job->Suspend());
}

TEST(JobNotices, TasksSayWhatTheyDo) {
  World world;
  world.behaviour.unbounded = true;
  auto job = MustStart(world.Options(2));
  ASSERT_TRUE(job->Wait(WaitTarget::kIdle, kLong));
  const std::vector<TaskFigures> tasks = job->Tasks();
  ASSERT_EQ(tasks.size(), 4U);
  for (const TaskFigures& task : tasks) {
    EXPECT_TRUE(task.waiting) << task.name;
    EXPECT_EQ(task.at, "") << task.name;
  }
  job->Cancel();
}

JobSnapshot Losing(uint64_t late, uint64_t skipped) {
  JobSnapshot job;
  job.operators.resize(2);
  job.operators[0] = {.uid = "src:t", .skipped_records = skipped};
  job.operators[1] = {.uid = "wagg", .late_rows = late};
  return job;
}

TEST(LossWatch, WhatARestartCountsAgainIsNotSaidAgain) {
  Told told;
  LossWatch watch;
  watch.Begin(Losing(10, 1));
  watch.Update(Losing(10, 1), told.notices());
  EXPECT_EQ(told.count(NoticeKind::kLateRow), 0U);
  watch.Update(Losing(14, 2), told.notices());
  watch.Update(Losing(11, 1), told.notices());
  watch.Update(Losing(15, 2), told.notices());
  told.notices().Flush();
  EXPECT_EQ(told.count(NoticeKind::kLateRow), 5U);
  EXPECT_EQ(told.count(NoticeKind::kSkippedRecord), 1U);
}

// Bytes as every version wrote them.
TEST(LossesBefore, ReadsEveryVersion) {
  const auto losses = [](std::string_view bytes) {
    OperatorCheckpoint op;
    op.operator_state.push_back({0, std::string(kEndedEntry), std::string(bytes)});
    return LossesBefore(op);
  };
  using namespace std::string_view_literals;  // NOLINT(google-build-using-namespace): literals
  EXPECT_EQ(losses("\x01\x01"sv).late_rows, 0U);
  EXPECT_EQ(losses("\x02\x00\x07"sv).late_rows, 7U);
  EXPECT_EQ(losses("\x03\x01\x07\x09"sv).late_rows, 7U);
  EXPECT_EQ(losses("\x03\x01\x07\x09"sv).skipped_records, 9U);
  EXPECT_EQ(losses("\x03\x01\x07"sv).late_rows, 0U) << "cut off";
  EXPECT_EQ(losses("\x04\x01\x07\x09"sv).late_rows, 0U) << "a later version";
}

}  // namespace
}  // namespace weir::task
