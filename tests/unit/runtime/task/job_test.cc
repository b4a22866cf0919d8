#include "runtime/task/job.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>

#include "runtime/base/interruption.h"
#include "runtime/base/random.h"
#include "runtime/fault_point.h"
#include "runtime/operators/operator_list.h"
#include "runtime/task/operator_chain.h"
#include "tests/faults/planted_by_environment.h"
#include "tests/seed.h"
#include "tests/unit/runtime/task/fakes.h"

namespace weir::task {
namespace {

using namespace std::chrono_literals;  // NOLINT(google-build-using-namespace): literals
using ::testing::HasSubstr;
using testing::kLong;
using testing::Place;
using testing::World;

std::optional<CheckpointMetadata> From(const World& world) {
  const auto newest = world.Newest();
  return newest ? std::optional<CheckpointMetadata>(*newest) : std::nullopt;
}

std::unique_ptr<Job> MustStart(World& world, JobOptions options, graph::JobGraph graph) {
  auto job = Job::Start(std::move(graph), std::move(options), From(world));
  EXPECT_TRUE(job.ok()) << job.status().ToString();
  return job.ok() ? std::move(job).value() : nullptr;
}

std::unique_ptr<Job> MustStart(World& world, JobOptions options) {
  return MustStart(world, std::move(options), World::CountingJob());
}

TEST(Job, CommitsTheTailOfBoundedInputWithoutCheckpoints) {
  for (const uint32_t parallelism : {1U, 2U, 5U}) {
    SCOPED_TRACE(parallelism);
    World world;
    auto job = MustStart(world, world.Options(parallelism));
    ASSERT_TRUE(job->Wait(WaitTarget::kFinished, kLong));
    EXPECT_EQ(job->state(), JobState::kFinished) << job->Snapshot().failure.ToString();
    EXPECT_EQ(world.CheckCommitted(true), "");
    EXPECT_EQ(world.Newest(), nullptr) << "committed directly";
  }
}

TEST(Job, WorksWithoutAnyStorage) {
  World world;
  JobOptions options = world.Options(2);
  options.storage = nullptr;
  auto job = MustStart(world, std::move(options));
  ASSERT_TRUE(job->Wait(WaitTarget::kFinished, kLong));
  EXPECT_EQ(world.CheckCommitted(true), "");
}

TEST(Job, ReportsFiguresOfEveryOperator) {
  World world;
  auto job = MustStart(world, world.Options(2));
  ASSERT_TRUE(job->Wait(WaitTarget::kFinished, kLong));
  const JobSnapshot snapshot = job->Snapshot();
  ASSERT_EQ(snapshot.operators.size(), 3U);
  const uint64_t rows = uint64_t{world.behaviour.splits} * world.behaviour.rows_per_split;
  EXPECT_EQ(snapshot.operators[0].rows_in, rows);  // of a source, what it has read
  EXPECT_EQ(snapshot.operators[0].rows_out, rows);
  EXPECT_EQ(snapshot.operators[1].rows_in, rows);
  EXPECT_EQ(snapshot.operators[2].rows_in, rows);
  EXPECT_EQ(snapshot.operators[2].watermark, Timestamp::Max());
  EXPECT_EQ(snapshot.operators[1].state_rows, world.behaviour.keys);
  EXPECT_EQ(snapshot.operators[1].chain, snapshot.operators[2].chain);
  EXPECT_NE(snapshot.operators[0].chain, snapshot.operators[1].chain);
  EXPECT_EQ(snapshot.bytes_read, rows);
  EXPECT_EQ(snapshot.bytes_total, world.behaviour.splits);
  EXPECT_EQ(snapshot.source_rows, rows);
}

uint64_t AwaitStateRows(Job& job, uint64_t wanted) {
  uint64_t rows = 0;
  for (int looks = 0; rows < wanted && looks < 500; ++looks) {
    rows = job.Snapshot().operators[1].state_rows;
    job.Wait(WaitTarget::kFinished, 10ms);
  }
  return rows;
}

// The state is seen while it grows: no barrier, no end, and few batches.
TEST(Job, FiguresOfStateComeWhileBatchesAreRare) {
  World world;
  world.behaviour.unbounded = true;
  world.behaviour.rows_per_split = 1'000'000;
  world.behaviour.pause_micros = 50'000;
  auto job = MustStart(world, world.Options(1));
  EXPECT_GT(AwaitStateRows(*job, 1), 0U);
  job->Cancel();
}

TEST(Job, FiguresOfStateAreCompleteWhenTheJobRests) {
  World world;
  world.behaviour.unbounded = true;
  auto job = MustStart(world, world.Options(1));
  ASSERT_TRUE(job->Wait(WaitTarget::kIdle, kLong));
  EXPECT_EQ(job->Snapshot().bytes_total, 0U) << "it never ends";
  EXPECT_EQ(AwaitStateRows(*job, world.behaviour.keys), world.behaviour.keys);
  job->Cancel();
}

TEST(Job, PeriodicCheckpointsCommitOnTheWay) {
  World world;
  world.behaviour.pause_micros = 300;
  JobOptions options = world.Options(2);
  options.checkpointing.interval_millis = 2;
  auto job = MustStart(world, std::move(options));
  ASSERT_TRUE(job->Wait(WaitTarget::kFinished, kLong));
  EXPECT_EQ(world.CheckCommitted(true), "");
  const JobSnapshot snapshot = job->Snapshot();
  EXPECT_GE(snapshot.checkpoints.completed, 2U);
  EXPECT_GE(snapshot.checkpoints.new_bytes, snapshot.checkpoints.last_new_bytes);
  EXPECT_GE(snapshot.checkpoints.longest_duration_millis,
            snapshot.checkpoints.last_duration_millis);
  EXPECT_GT(snapshot.longest_pause_nanos, 0U);
  ASSERT_NE(world.Newest(), nullptr) << "the final one";
  EXPECT_TRUE(world.Newest()->operators[0].splits[0].split.finished);
}

// The crash test in small: canceled at random moments, continued from the newest checkpoint at
// another parallelism; what is visible is exact at every moment.
TEST(Job, ContinuesExactlyOnceAtAnyParallelism) {
  for (uint64_t seed = 1; seed <= 12; ++seed) {
    SCOPED_TRACE(seed);
    Random random(SeedOf(seed));
    World world;
    world.behaviour.rows_per_split = 600;
    world.behaviour.pause_micros = 200;
    const uint32_t parallelisms[] = {1, 2, 3, 1};
    for (const uint32_t parallelism : parallelisms) {
      JobOptions options = world.Options(parallelism);
      options.checkpointing.interval_millis = 1;
      if (seed % 3 == 0) options.checkpointing.max_concurrent = 3;
      auto job = MustStart(world, std::move(options));
      ASSERT_NE(job, nullptr);
      job->Wait(WaitTarget::kFinished, std::chrono::milliseconds(random.Below(12)));
      job->Cancel();
      EXPECT_EQ(world.CheckCommitted(false), "");
    }
    auto job = MustStart(world, world.Options(2));
    ASSERT_TRUE(job->Wait(WaitTarget::kFinished, kLong));
    EXPECT_EQ(job->state(), JobState::kFinished) << job->Snapshot().failure.ToString();
    EXPECT_EQ(world.CheckCommitted(true), "");
    // Late rows are counted as exactly as all others.
    uint64_t late = 0;
    for (const OperatorSnapshot& op : job->Snapshot().operators) late += op.late_rows;
    const std::vector<std::string> committed = world.Committed();
    EXPECT_EQ(late, static_cast<uint64_t>(std::count_if(
                        committed.begin(), committed.end(),
                        [](const std::string& row) { return row.starts_with("0:"); })));
    EXPECT_GT(late, 0U);
  }
}

TEST(Job, RestartsAfterAFailureFromTheNewestCheckpoint) {
  World world;
  world.behaviour.pause_micros = 300;
  world.behaviour.fail_read_at = 200;
  JobOptions options = world.Options(2);
  options.checkpointing.interval_millis = 2;
  options.restart = {.kind = RestartKind::kFixedDelay, .delay = 1, .attempts = 1};
  options.start_number = 3;
  auto job = MustStart(world, std::move(options));
  ASSERT_TRUE(job->Wait(WaitTarget::kFinished, kLong));
  EXPECT_EQ(job->state(), JobState::kFinished);
  EXPECT_EQ(job->Snapshot().restarts, 1U);
  EXPECT_EQ(world.attempts(), (std::set<uint64_t>{3'000'000, 3'000'001}));
  EXPECT_EQ(world.CheckCommitted(true), "");
}

TEST(Job, SaysWhenItTriesAgain) {
  World world;
  world.behaviour.fail_read_at = 200;
  JobOptions options = world.Options(2);
  options.restart = {.kind = RestartKind::kFixedDelay, .delay = 3'600'000, .attempts = 1};
  auto job = MustStart(world, std::move(options));
  EXPECT_EQ(job->Snapshot().restart_in_millis, 0);
  while (job->state() != JobState::kRestarting) Clock::System().Sleep(1ms);
  const JobSnapshot waiting = job->Snapshot();
  EXPECT_GT(waiting.restart_in_millis, 3'500'000);
  EXPECT_LE(waiting.restart_in_millis, 3'600'000);
  EXPECT_FALSE(waiting.failure.ok());
  job->Cancel();
  ASSERT_TRUE(job->Wait(WaitTarget::kFinished, kLong));
  EXPECT_EQ(job->Snapshot().restart_in_millis, 0);
}

TEST(Job, FailsWithTheOperatorsNameWhenNoAttemptIsLeft) {
  World world;
  world.behaviour.fail_read_at = 100;
  world.behaviour.bad_record = true;
  world.behaviour.sink_pause_micros = 500;  // queues are full when it fails
  auto job = MustStart(world, world.Options(3));
  ASSERT_TRUE(job->Wait(WaitTarget::kFinished, kLong));
  EXPECT_EQ(job->state(), JobState::kFailed);
  const Status failure = job->Snapshot().failure;
  EXPECT_EQ(failure.code(), StatusCode::kDataError);
  EXPECT_EQ(failure.message(), "Scan(numbers): a planted bad record");
}

TEST(Job, DoesNotRetryABadRecord) {
  World world;
  world.behaviour.fail_read_at = 100;
  world.behaviour.bad_record = true;
  JobOptions options = world.Options(2);
  options.checkpointing.interval_millis = 2;
  options.restart = {.kind = RestartKind::kFixedDelay, .delay = 1, .attempts = 100};
  auto job = MustStart(world, std::move(options));
  ASSERT_TRUE(job->Wait(WaitTarget::kFinished, kLong));
  EXPECT_EQ(job->state(), JobState::kFailed);
  EXPECT_EQ(job->Snapshot().restarts, 0U);
}

// B12 (FLINK-17170).
TEST(Job, B12StopsUnderBackpressureAndContinues) {
  for (const uint32_t parallelism : {1U, 2U}) {
    SCOPED_TRACE(parallelism);
    World world;
    world.behaviour.sink_pause_micros = 1000;
    auto job = MustStart(world, world.Options(parallelism));
    Clock::System().Sleep(20ms);
    auto stopped = job->StopWithCheckpoint();
    ASSERT_TRUE(stopped.ok()) << stopped.status().ToString();
    EXPECT_EQ(job->state(), JobState::kSuspended);
    EXPECT_EQ(world.Newest()->checkpoint_id, *stopped);
    EXPECT_EQ(world.CheckCommitted(false), "");
    EXPECT_EQ(job->TriggerCheckpoint().status().id(), "E5002");
    world.behaviour.sink_pause_micros = 0;
    auto next = MustStart(world, world.Options(parallelism));
    ASSERT_TRUE(next->Wait(WaitTarget::kFinished, kLong));
    EXPECT_EQ(world.CheckCommitted(true), "");
  }
}

// An operator whose timers are always due, and which counts how often they fire.
class Ticking final : public operators::Operator {
 public:
  Ticking(std::unique_ptr<operators::Operator> inner, std::atomic<int>& ticks)
      : inner_(std::move(inner)), ticks_(ticks) {}
  Status Open(operators::OperatorContext& ctx) override {
    clock_ = ctx.clock;
    return inner_->Open(ctx);
  }
  Status OnBatch(int port, Batch batch, operators::Output& out) override {
    return inner_->OnBatch(port, std::move(batch), out);
  }
  Timestamp NextProcessingTime() const override { return clock_->Now(); }
  Status OnProcessingTime(Timestamp, operators::Output&) override {
    ++ticks_;
    clock_->Sleep(100us);
    return {};
  }
  Status Flush(operators::Output& out) override { return inner_->Flush(out); }
  Status OnBarrier(uint64_t id, std::vector<operators::OperatorStateEntry>& state) override {
    return inner_->OnBarrier(id, state);
  }
  std::function<Status()> TakeSync() override { return inner_->TakeSync(); }
  Status OnEndOfInput(operators::Output& out) override { return inner_->OnEndOfInput(out); }

 private:
  std::unique_ptr<operators::Operator> inner_;
  std::atomic<int>& ticks_;
  Clock* clock_ = nullptr;
};

// CANCEL … WITH SAVEPOINT: nothing is emitted after it, not by the clock either; when it fails, the
// job goes on.
TEST(Job, NoTimerFiresBehindASavepointThatCancels) {
  World world;
  world.behaviour.unbounded = true;
  std::atomic<int> ticks{0};
  JobOptions options = world.Options(1);
  options.ports.make_operator =
      [&, make = options.ports.make_operator](
          const graph::Node& node,
          operators::OperatorPorts ports) -> Result<std::unique_ptr<operators::Operator>> {
    return std::unique_ptr<operators::Operator>(
        std::make_unique<Ticking>(TRY(make(node, std::move(ports))), ticks));
  };
  auto job = MustStart(world, std::move(options));
  for (const bool fails : {true, false}) {
    SCOPED_TRACE(fails);
    const auto await_tick = [&, before = ticks.load()] {
      while (ticks == before) Clock::System().Sleep(1ms);
    };
    await_tick();
    int behind = 0;
    const auto taken =
        job->TakeSavepoint({.take =
                                [&](const CheckpointMetadata&) {
                                  const int before = ticks;
                                  Clock::System().Sleep(30ms);
                                  behind = ticks - before;
                                  return fails ? Status::External("no room") : Status();
                                },
                            .pause = true});
    EXPECT_EQ(taken.ok(), !fails);
    EXPECT_EQ(behind, 0);
  }
  job->Cancel();
}

// The step of a recursion: what is left of each row, one less at a time.
class Countdown final : public operators::Operator {
 public:
  Status Open(operators::OperatorContext& ctx) override {
    clock_ = ctx.clock;
    return {};
  }
  Status OnBatch(int, Batch batch, operators::Output& out) override {
    clock_->Sleep(1ms);
    std::vector<uint32_t> rows;
    ForEachRow(batch, [&](uint32_t row) {
      if (batch.columns[1]->data<int64_t>()[row] % 1'000'000 > 0) rows.push_back(row);
    });
    if (rows.empty()) return {};
    Batch left = GatherBatch(batch, rows.data(), static_cast<uint32_t>(rows.size()));
    const MutableColumnPtr less = Column::Make(Type::BigInt(), left.row_count);
    for (uint32_t row = 0; row < left.row_count; ++row)
      less->mutable_data<int64_t>()[row] = left.columns[1]->data<int64_t>()[row] - 1;
    left.columns[1] = less;
    return out.Emit(std::move(left));
  }

 private:
  Clock* clock_ = nullptr;
};

class RecursiveJob : public ::testing::Test {
 protected:
  // source -> recursion -> sink, and recursion -> step -> recursion.
  static graph::JobGraph Graph() {
    graph::JobGraph job = World::CopyingJob();
    graph::Node sink = std::move(job.nodes.back());
    job.nodes.pop_back();
    const auto apart = graph::ExchangeKind::kRebalance;
    job.nodes.push_back({.index = 1,
                         .uid = "recursion",
                         .name = "Recursion",
                         .spec = graph::RecursionSpec(),
                         .inputs = {{0, apart, {}}, {2, apart, {}}},
                         .output = sink.output});
    job.nodes.push_back({.index = 2,
                         .uid = "step",
                         .name = "Step",
                         .spec = graph::CalcSpec(),
                         .inputs = {{1, apart, {}}},
                         .output = sink.output});
    sink.index = 3;
    sink.inputs = {{1, apart, {}}};
    job.nodes.push_back(std::move(sink));
    return job;
  }
  static std::unique_ptr<Job> Start(World& world, uint32_t parallelism) {
    world.behaviour.rows_per_split = 40;
    JobOptions options = world.Options(parallelism);
    options.ports.make_operator =
        [make = options.ports.make_operator](
            const graph::Node& node,
            operators::OperatorPorts ports) -> Result<std::unique_ptr<operators::Operator>> {
      if (node.uid == "step") return std::unique_ptr<operators::Operator>(new Countdown());
      if (node.uid == "recursion") return operators::MakeRecursion(node);
      return make(node, std::move(ports));
    };
    return MustStart(world, std::move(options), Graph());
  }
  static std::vector<std::string> RowsOf(const World& world) {
    std::vector<std::string> rows = world.Committed();
    std::ranges::sort(rows);
    return rows;
  }
  static std::vector<std::string> Undisturbed() {
    World world;
    auto job = Start(world, 2);
    EXPECT_TRUE(job->Wait(WaitTarget::kFinished, kLong));
    return RowsOf(world);
  }
};

TEST_F(RecursiveJob, GoesOnWhereASavepointThatCancelsFails) {
  const std::vector<std::string> expected = Undisturbed();
  EXPECT_GT(expected.size(), 1000U);
  for (const uint32_t parallelism : {1U, 3U}) {
    SCOPED_TRACE(parallelism);
    World world;
    auto job = Start(world, parallelism);
    for (int i = 0; i < 3; ++i) {
      const auto taken = job->TakeSavepoint(
          {.take = [](const CheckpointMetadata&) { return Status::External("no room"); },
           .pause = true});
      EXPECT_FALSE(taken.ok());
      Clock::System().Sleep(5ms);
    }
    ASSERT_TRUE(job->Wait(WaitTarget::kFinished, kLong));
    EXPECT_EQ(RowsOf(world), expected);
  }
}

TEST_F(RecursiveJob, RowsOnTheirWayBackGoOnAtAnyParallelism) {
  const std::vector<std::string> expected = Undisturbed();
  World world;
  size_t returned = 0;
  for (const uint32_t parallelism : {2U, 1U, 3U, 2U}) {
    auto job = Start(world, parallelism);
    Clock::System().Sleep(4ms);
    const auto taken = job->TriggerCheckpoint();
    EXPECT_TRUE(taken.ok() || job->state() == JobState::kFinished) << taken.status().ToString();
    job->Cancel();
    for (const OperatorCheckpoint& op : world.Newest()->operators) {
      returned += static_cast<size_t>(
          std::ranges::count(op.operator_state, kReturnedEntry, &SubtaskState::name));
    }
  }
  EXPECT_GT(returned, 0U);
  auto job = Start(world, 3);
  ASSERT_TRUE(job->Wait(WaitTarget::kFinished, kLong));
  EXPECT_EQ(RowsOf(world), expected);
}

// A start that failed is gone while its state is freed, which takes its time when it is large; who
// waits for the input to be read waits on, and looks at none.
TEST(Job, WaitingUntilIdleOutlivesAFailureWhoseStateIsLarge) {
  for (const uint32_t attempts : {0U, 2U}) {
    SCOPED_TRACE(attempts);
    World world;
    world.behaviour.unbounded = true;
    world.behaviour.pause_micros = 1000;
    world.behaviour.slow_end_micros = 50'000;
    world.behaviour.fail_read_at = 200;
    auto options = world.Options(2);
    options.restart = {.kind = RestartKind::kFixedDelay, .delay = 1, .attempts = attempts};
    auto job = MustStart(world, std::move(options));
    ASSERT_TRUE(job->Wait(WaitTarget::kIdle, kLong));
    EXPECT_EQ(job->state(), attempts == 0 ? JobState::kFailed : JobState::kRunning);
    job->Cancel();
  }
}

// As one that reads a large table to look rows up in.
TEST(Job, ARestartThatTakesLongIsGivenUp) {
  for (const bool suspend : {false, true}) {
    SCOPED_TRACE(suspend);
    World world;
    world.behaviour.unbounded = true;
    world.behaviour.fail_read_at = 200;
    auto options = world.Options(2);
    options.restart = {.kind = RestartKind::kFixedDelay, .delay = 1, .attempts = 1};
    std::atomic<int> starts{0};
    options.ports.open_backend =
        [&starts, open = options.ports.open_backend](const CheckpointMetadata* from) {
          while (starts > 0) {
            starts = 2;
            CheckInterrupted();
            Clock::System().Sleep(1ms);
          }
          starts = 1;
          return open(from);
        };
    auto job = MustStart(world, std::move(options));
    while (starts < 2) Clock::System().Sleep(1ms);
    if (suspend) {
      EXPECT_TRUE(job->Suspend());
    } else {
      job->Cancel();
    }
    EXPECT_EQ(job->state(), suspend ? JobState::kSuspended : JobState::kCanceled);
    EXPECT_NE(job->Snapshot().failure.code(), StatusCode::kCancelled);
  }
}

// As brokers that are away: whoever waits for them gives up, and that is no failure.
TEST(Job, WhatWaitsForAnotherSystemEndsWithTheJob) {
  for (const Place place : {Place::kDiscovery, Place::kRead}) {
    SCOPED_TRACE(static_cast<int>(place));
    World world;
    world.behaviour.unbounded = true;
    world.behaviour.rows_per_split = 1'000'000;
    world.behaviour.discovery_millis = 1;
    auto job = MustStart(world, world.Options(2));
    world.behaviour.lost = place;
    while (!world.behaviour.waited_for) Clock::System().Sleep(1ms);
    job->Cancel();
    EXPECT_EQ(job->state(), JobState::kCanceled);
    EXPECT_TRUE(job->Snapshot().failure.ok()) << job->Snapshot().failure.ToString();
    EXPECT_EQ(job->Snapshot().restarts, 0U);
  }
}

// Unbounded input ends as if it had been read; everything is committed though no checkpoint was.
TEST(Job, ADrainedJobFinishesAndCommitsEverything) {
  for (const uint32_t parallelism : {1U, 2U}) {
    SCOPED_TRACE(parallelism);
    World world;
    world.behaviour.unbounded = true;
    auto job = MustStart(world, world.Options(parallelism));
    ASSERT_TRUE(job->Wait(WaitTarget::kIdle, kLong));
    auto drained = job->Drain();
    ASSERT_TRUE(drained.ok()) << drained.status().ToString();
    EXPECT_EQ(job->state(), JobState::kFinished);
    EXPECT_EQ(world.Newest()->checkpoint_id, *drained);
    EXPECT_EQ(world.CheckCommitted(true), "");
    EXPECT_EQ(job->Drain().status().id(), "E5002");
    for (const OperatorCheckpoint& op : world.Newest()->operators) {
      if (op.operator_state.empty()) continue;
      EXPECT_TRUE(EndedEverywhere(op)) << op.uid;
    }
  }
}

// B12, draining.
TEST(Job, B12ADrainUnderBackpressureLosesNothingThatWasRead) {
  World world;
  world.behaviour.sink_pause_micros = 1000;
  auto options = world.Options(2);
  options.checkpointing.interval_millis = 5;
  auto job = MustStart(world, std::move(options));
  Clock::System().Sleep(20ms);
  auto drained = job->Drain();
  ASSERT_TRUE(drained.ok()) << drained.status().ToString();
  EXPECT_EQ(job->state(), JobState::kFinished);
  EXPECT_EQ(world.CheckCommitted(false), "");
  world.behaviour.sink_pause_micros = 0;
  // What was not read is where it was: a job that starts from there reads it.
  auto next = MustStart(world, world.Options(2));
  ASSERT_TRUE(next->Wait(WaitTarget::kFinished, kLong));
  EXPECT_EQ(world.CheckCommitted(true), "");
}

TEST(Job, UnboundedInputRunsIdleAndTakesCheckpointsOnDemand) {
  World world;
  world.behaviour.unbounded = true;
  auto job = MustStart(world, world.Options(2));
  ASSERT_TRUE(job->Wait(WaitTarget::kIdle, kLong));
  EXPECT_THAT(world.Committed(), ::testing::IsEmpty());
  ASSERT_TRUE(job->TriggerCheckpoint().ok());
  EXPECT_EQ(world.CheckCommitted(true), "");
  EXPECT_EQ(job->state(), JobState::kRunning);
  EXPECT_FALSE(job->Wait(WaitTarget::kFinished, 1ms));
  EXPECT_FALSE(job->Wait(WaitTarget::kCheckpoint, 1ms));
  job->Cancel();
  EXPECT_EQ(job->state(), JobState::kCanceled);
}

TEST(Job, AFailedCheckpointIsCountedAndTheNextOneCarriesItsState) {
  for (const bool publishing : {false, true}) {
    SCOPED_TRACE(publishing);
    World world;
    world.behaviour.unbounded = true;
    (publishing ? world.behaviour.fail_publish : world.behaviour.fail_persist) = 1;
    auto job = MustStart(world, world.Options(2));
    ASSERT_TRUE(job->Wait(WaitTarget::kIdle, kLong));
    const auto failed = job->TriggerCheckpoint();
    ASSERT_FALSE(failed.ok());
    EXPECT_EQ(failed.status().id(), "E7003");
    EXPECT_EQ(job->Snapshot().checkpoints.failed, 1U);
    EXPECT_EQ(world.Newest(), nullptr);
    EXPECT_THAT(world.Committed(), ::testing::IsEmpty()) << "success only after the pointer";
    EXPECT_EQ(world.aborted(), 1U);
    ASSERT_TRUE(job->TriggerCheckpoint().ok());
    EXPECT_EQ(world.CheckCommitted(true), "");
    job->Cancel();
    // The state of the failed one was carried: the restored counters go on without gaps.
    world.behaviour.rows_per_split += 50;
    auto next = MustStart(world, world.Options(3));
    ASSERT_TRUE(next->Wait(WaitTarget::kIdle, kLong));
    ASSERT_TRUE(next->StopWithCheckpoint().ok());
    EXPECT_EQ(world.CheckCommitted(true), "");
  }
}

// B18 (iceberg#11008): checkpoints fail behind what their writers gave, and more rows come all the
// while. What several of them gave is committed with the next, in order.
TEST(Job, B18OutputOfFailedCheckpointsIsCommittedInOrder) {
  for (const bool publishing : {false, true}) {
    SCOPED_TRACE(publishing);
    World world;
    world.behaviour.pause_micros = 1000;
    (publishing ? world.behaviour.fail_publish : world.behaviour.fail_persist) = 4;
    JobOptions options = world.Options(2);
    options.checkpointing.interval_millis = 2;
    options.checkpointing.tolerable_failures = 100;
    auto job = MustStart(world, std::move(options));
    while (world.Newest() == nullptr) {
      EXPECT_EQ(world.CheckCommitted(false), "");
      Clock::System().Sleep(1ms);
    }
    ASSERT_TRUE(job->Wait(WaitTarget::kFinished, kLong));
    EXPECT_GE(job->Snapshot().checkpoints.failed, 2U);
    EXPECT_EQ(world.CheckCommitted(true), "");
  }
}

// A barrier does not wait for a disk: rows go on while what was written before it is synced.
TEST(Job, RowsGoOnWhileOutputBecomesDurable) {
  World world;
  world.behaviour.unbounded = true;
  world.behaviour.pause_micros = 1000;
  world.behaviour.hold_sync = true;
  JobOptions options = world.Options(2);
  options.checkpointing.interval_millis = 5;
  auto job = MustStart(world, std::move(options));
  while (world.behaviour.syncs == 0) Clock::System().Sleep(1ms);
  const uint64_t rows = uint64_t{world.behaviour.splits} * world.behaviour.rows_per_split;
  EXPECT_LT(job->Snapshot().source_rows, rows) << "the source was too fast for this test";
  ASSERT_TRUE(job->Wait(WaitTarget::kIdle, kLong));
  EXPECT_EQ(world.Newest(), nullptr) << "complete before its output was durable";
  EXPECT_THAT(world.Committed(), ::testing::IsEmpty());
  world.behaviour.hold_sync = false;
  ASSERT_TRUE(job->TriggerCheckpoint().ok());
  EXPECT_EQ(world.CheckCommitted(true), "");
  job->Cancel();
}

// What was not synced is lost though the sources have passed it: only a restart brings it back.
TEST(Job, OutputThatDoesNotBecomeDurableRestartsIt) {
  for (const uint32_t concurrent : {1U, 3U}) {
    SCOPED_TRACE(concurrent);
    World world;
    world.behaviour.pause_micros = 300;
    world.behaviour.fail_sync = 3;
    JobOptions options = world.Options(2);
    options.checkpointing = {
        .interval_millis = 3, .max_concurrent = concurrent, .tolerable_failures = 1'000'000};
    options.restart = {.kind = RestartKind::kFixedDelay, .delay = 1, .attempts = 3};
    auto job = MustStart(world, std::move(options));
    ASSERT_TRUE(job->Wait(WaitTarget::kFinished, kLong));
    EXPECT_EQ(job->state(), JobState::kFinished) << job->Snapshot().failure.ToString();
    EXPECT_GE(world.attempts().size(), 2U);
    EXPECT_EQ(world.CheckCommitted(true), "");
  }
}

TEST(Job, TooManyFailedCheckpointsFailIt) {
  World world;
  world.behaviour.unbounded = true;
  world.behaviour.fail_persist = 1000;
  JobOptions options = world.Options(1);
  options.checkpointing.interval_millis = 1;
  options.checkpointing.tolerable_failures = 2;
  auto job = MustStart(world, std::move(options));
  ASSERT_TRUE(job->Wait(WaitTarget::kFinished, kLong));
  EXPECT_EQ(job->state(), JobState::kFailed);
  EXPECT_EQ(job->Snapshot().failure.id(), "E7003");
  EXPECT_EQ(job->Snapshot().checkpoints.failed, 3U);
}

// Timeouts of a millisecond under backpressure: most checkpoints are given up at random points,
// state and committables of late tasks come back; what gets through must be exact.
TEST(Job, SurvivesCheckpointsThatTimeOutAnywhere) {
  for (const uint32_t concurrent : {1U, 4U}) {
    SCOPED_TRACE(concurrent);
    World world;
    world.behaviour.rows_per_split = 500;
    world.behaviour.sink_pause_micros = 150;
    for (int round = 0; round < 3; ++round) {
      JobOptions options = world.Options(2);
      options.checkpointing = {.interval_millis = 1,
                               .timeout_millis = 2 + round,
                               .max_concurrent = concurrent,
                               .tolerable_failures = 1'000'000};
      auto job = MustStart(world, std::move(options));
      job->Wait(WaitTarget::kFinished, 15ms);
      job->Cancel();
      EXPECT_EQ(world.CheckCommitted(false), "");
    }
    auto job = MustStart(world, world.Options(1));
    ASSERT_TRUE(job->Wait(WaitTarget::kFinished, kLong));
    EXPECT_EQ(world.CheckCommitted(true), "");
  }
}

TEST(Job, AFailedCommitRestartsAndCommitsAgain) {
  World world;
  world.behaviour.fail_commit = 1;
  JobOptions options = world.Options(2);
  options.checkpointing.interval_millis = 1000;
  options.restart = {.kind = RestartKind::kFixedDelay, .delay = 1, .attempts = 1};
  auto job = MustStart(world, std::move(options));
  ASSERT_TRUE(job->Wait(WaitTarget::kFinished, kLong));
  EXPECT_EQ(job->state(), JobState::kFinished) << job->Snapshot().failure.ToString();
  EXPECT_EQ(world.CheckCommitted(true), "");
}

// B12 (FLINK-26783): what the stop saved is committed once, though the commit failed at first.
TEST(Job, B12AStopWhoseCommitFailsIsSuspendedAndCommitsWhenResumed) {
  World world;
  world.behaviour.unbounded = true;
  auto job = MustStart(world, world.Options(2));
  ASSERT_TRUE(job->Wait(WaitTarget::kIdle, kLong));
  world.behaviour.fail_commit = 1;
  const auto stopped = job->StopWithCheckpoint();
  EXPECT_THAT(stopped.status().message(), HasSubstr("resuming the job commits it"));
  ASSERT_TRUE(job->Wait(WaitTarget::kFinished, kLong));
  EXPECT_EQ(job->state(), JobState::kSuspended);
  EXPECT_THAT(world.Committed(), ::testing::IsEmpty());
  auto next = MustStart(world, world.Options(1));
  EXPECT_EQ(world.CheckCommitted(true), "") << "before the first row";
}

TEST(Job, AtLeastOnceLosesNothing) {
  World world;
  world.behaviour.pause_micros = 200;
  for (int round = 0; round < 3; ++round) {
    JobOptions options = world.Options(3);
    options.checkpointing.interval_millis = 1;
    options.checkpointing.mode = checkpoint::CheckpointMode::kAtLeastOnce;
    auto job = MustStart(world, std::move(options));
    job->Wait(WaitTarget::kFinished, round == 2 ? kLong : 8ms);
    job->Cancel();
  }
  const size_t rows = size_t{world.behaviour.splits} * world.behaviour.rows_per_split;
  EXPECT_GE(world.Committed().size(), rows);
}

TEST(Job, ASourceToSinkQueryRunsInOneChain) {
  World world;
  auto job = MustStart(world, world.Options(1), World::CopyingJob());
  ASSERT_TRUE(job->Wait(WaitTarget::kFinished, kLong));
  const JobSnapshot snapshot = job->Snapshot();
  EXPECT_EQ(snapshot.operators[0].chain, snapshot.operators[1].chain);
  EXPECT_EQ(world.Committed().size(),
            size_t{world.behaviour.splits} * world.behaviour.rows_per_split);
}

TEST(Job, ForwardEdgesBetweenUnequalParallelismsLoseNothing) {
  for (const auto& [from, to] : {std::pair<uint32_t, uint32_t>{1, 3}, {3, 2}, {2, 5}}) {
    SCOPED_TRACE(to);
    World world;
    graph::JobGraph graph = World::CopyingJob();
    graph.nodes[0].parallelism = from;
    graph.nodes[1].parallelism = to;
    JobOptions options = world.Options(2);
    options.checkpointing.interval_millis = 1;
    auto job = MustStart(world, std::move(options), std::move(graph));
    ASSERT_TRUE(job->Wait(WaitTarget::kFinished, kLong));
    EXPECT_EQ(job->state(), JobState::kFinished);
    EXPECT_EQ(world.Committed().size(),
              size_t{world.behaviour.splits} * world.behaviour.rows_per_split);
  }
}

// A pause in the middle, many ends at any moment, the smallest queues: none of them hangs.
TEST(Job, EndsWheneverItIsAskedTo) {
  Random random(SeedOf(20240101));
  for (int round = 0; round < 200; ++round) {
    SCOPED_TRACE(round);
    World world;
    world.behaviour.unbounded = random.Below(2) == 0;
    world.behaviour.rows_per_split = 5000;
    world.behaviour.sink_pause_micros = static_cast<int64_t>(random.Below(3) * 100);
    JobOptions options = world.Options(1 + static_cast<uint32_t>(random.Below(4)));
    options.queue_capacity = 1;
    options.batch_rows = 1 + static_cast<uint32_t>(random.Below(40));
    options.checkpointing.interval_millis = static_cast<int64_t>(random.Below(3));
    auto job = MustStart(world, std::move(options));
    Clock::System().Sleep(std::chrono::microseconds(random.Below(3000)));
    switch (random.Below(4)) {
      case 0:
        job->Cancel();
        break;
      case 1:
        (void)job->StopWithCheckpoint();
        break;  // may come after the end of the input
      case 2:
        (void)job->TriggerCheckpoint();
        break;
      default:
        break;
    }
    const int64_t start = Clock::System().MonotonicNanos();
    job.reset();
    EXPECT_LT(Clock::System().MonotonicNanos() - start, int64_t{10} * 1'000'000'000);
    EXPECT_EQ(world.CheckCommitted(false), "");
  }
}

TEST(Job, BackpressureShowsWhileItLasts) {
  World world;
  world.behaviour.rows_per_split = 100'000;
  world.behaviour.sink_pause_micros = 50'000;
  JobOptions options = world.Options(2);
  options.queue_capacity = 1;
  options.batch_rows = 10;
  auto job = MustStart(world, std::move(options));
  Clock::System().Sleep(600ms);
  const JobSnapshot snapshot = job->Snapshot();
  EXPECT_GT(snapshot.operators[0].backpressured, 0.5) << "the source waits for room";
  EXPECT_LT(snapshot.operators[0].busy, 0.4);
  EXPECT_LT(snapshot.operators[2].backpressured, 0.1) << "nobody is behind the sink";
  EXPECT_GT(snapshot.operators[2].busy, 0.6);
  // Its own time, and nobody else's: the one before it in the chain did little, though each of its
  // calls returned only after the sink's.
  EXPECT_GT(snapshot.operators[2].busy_nanos, 300'000'000U);
  EXPECT_LT(snapshot.operators[1].busy_nanos, snapshot.operators[2].busy_nanos / 2);
  EXPECT_LT(snapshot.operators[0].busy_nanos, 300'000'000U) << "waiting for room is not work";
}

TEST(Job, RefusesContradictingOptions) {
  World world;
  JobOptions options = world.Options(1);
  options.checkpointing.min_pause_millis = 1;
  options.checkpointing.max_concurrent = 2;
  EXPECT_EQ(Job::Start(World::CountingJob(), std::move(options), {}).status().id(), "E6002");
  JobOptions wide = world.Options(kDefaultMaxParallelism + 1);
  EXPECT_EQ(Job::Start(World::CountingJob(), std::move(wide), {}).status().id(), "E6001");
}

class PlantedDefect : public ::testing::TestWithParam<const char*> {
 protected:
  void SetUp() override {
    planted = GetParam();
    SetDefectQuery([](std::string_view name) { return name == planted; });
  }
  void TearDown() override { faults::PlantByEnvironment(); }
  inline static std::string_view planted;
};

// The test above must be able to fail.
TEST_P(PlantedDefect, IsCaught) {
  World world;
  world.behaviour.unbounded = true;
  world.behaviour.fail_commit = 1;
  auto job = MustStart(world, world.Options(2));
  ASSERT_TRUE(job->Wait(WaitTarget::kIdle, kLong));
  EXPECT_FALSE(job->StopWithCheckpoint().ok());
  job->Wait(WaitTarget::kFinished, kLong);
  world.behaviour.rows_per_split += 40;
  auto next = MustStart(world, world.Options(2));
  ASSERT_TRUE(next->Wait(WaitTarget::kIdle, kLong));
  ASSERT_TRUE(next->StopWithCheckpoint().ok());
  EXPECT_NE(world.CheckCommitted(true), "");
}

INSTANTIATE_TEST_SUITE_P(All, PlantedDefect,
                         ::testing::Values("offset-off-by-one", "no-recommit-on-restore"));

}  // namespace
}  // namespace weir::task
