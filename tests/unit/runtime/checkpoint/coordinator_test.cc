#include "runtime/checkpoint/coordinator.h"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <condition_variable>
#include <limits>
#include <mutex>
#include <thread>

#include "runtime/base/interruption.h"

namespace weir::checkpoint {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

// What happened, in one order.
class Log {
 public:
  void Note(std::string what) {
    {
      const std::lock_guard lock(mutex_);
      lines_.push_back(std::move(what));
    }
    changed_.notify_all();
  }
  // Waits until `what` was noted so often; false after ten seconds.
  bool Await(const std::string& what, ptrdiff_t times = 1) {
    std::unique_lock lock(mutex_);
    return changed_.wait_for(lock, std::chrono::seconds(10), [&] {
      return std::count(lines_.begin(), lines_.end(), what) >= times;
    });
  }
  void Clear() {
    const std::lock_guard lock(mutex_);
    lines_.clear();
  }
  bool Has(const std::string& what) {
    const std::lock_guard lock(mutex_);
    return std::count(lines_.begin(), lines_.end(), what) > 0;
  }
  std::vector<std::string> lines() {
    const std::lock_guard lock(mutex_);
    return lines_;
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<std::string> lines_;
};

class Tasks final : public TaskControl, public CoordinatorListener {
 public:
  explicit Tasks(Log& log) : log_(log) {}
  void Trigger(const Barrier& barrier, bool pause) override {
    log_.Note(fmt::format("trigger {}{}{}", barrier.checkpoint_id, pause ? " pause" : "",
                          barrier.durable ? "" : " direct"));
  }
  void Abort(uint64_t id) override { log_.Note(fmt::format("abort {}", id)); }
  void Drain() override { log_.Note("drain"); }
  void Completed(const CheckpointMetadata&) override {}
  void OnCompleted(const CheckpointMetadata& metadata) override {
    log_.Note(fmt::format("completed {}", metadata.checkpoint_id));
  }
  void OnFailed(Status failure) override { log_.Note(fmt::format("failed {}", failure.id())); }
  void OnStopped() override { log_.Note("stopped"); }
  void OnFinished() override { log_.Note("finished"); }
  void OnEnded(const EndedCheckpoint& checkpoint) override { ended.push_back(checkpoint); }

  std::vector<EndedCheckpoint> ended;  // to be read when the coordinator has stopped

 private:
  Log& log_;
};

class Storage final : public CheckpointStorage, public SinkCommitter {
 public:
  explicit Storage(Log& log) : log_(log) {}
  Status Prepare(uint64_t) override {
    if (slow) Clock::System().Sleep(std::chrono::milliseconds(3));
    ++prepared;
    return full ? Status::External("the disk is full") : Status();
  }
  Status Publish(const CheckpointMetadata& metadata, bool&) override {
    if (fail_publish.exchange(false)) return Status::External("the disk is full");
    log_.Note(fmt::format("publish {}", metadata.checkpoint_id));
    return {};
  }
  Result<std::vector<CheckpointInfo>> List() override { return std::vector<CheckpointInfo>(); }
  Result<CheckpointMetadata> Load(const std::string& path) override {
    return Status::NotFound(path);
  }
  Status Retain(size_t, const std::vector<uint64_t>&) override { return {}; }
  Status Abort(uint64_t) override { return {}; }
  Result<uint64_t> NextCheckpointId() override { return ++last_id_; }
  void Restart() { last_id_ = 0; }  // numbers begin at 1 again
  Status Commit(std::span<const std::string> committables) override {
    if (fail_commit) return Status::External("the directory is gone");
    while (hold_commit) {
      if (IsHurried() && heeds_hurry) return Status::External("a lock is held");
      CheckInterrupted();
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
    log_.Note(fmt::format("commit {}", fmt::join(committables, " ")));
    return {};
  }
  Result<std::vector<OutputRows>> Detach(std::span<const std::string> committables) override {
    if (lose_rows) return Status::Corruption("a file in progress is gone");
    std::vector<OutputRows> rows;
    for (const std::string& one : committables) rows.push_back({one, "/" + one, 1});
    return rows;
  }

  std::atomic<bool> fail_publish{false};
  std::atomic<bool> fail_commit{false};
  std::atomic<bool> hold_commit{false};  // by others
  std::atomic<bool> heeds_hurry{true};
  std::atomic<bool> full{false};
  std::atomic<bool> slow{false};
  std::atomic<bool> lose_rows{false};
  std::atomic<int> prepared{0};

 private:
  Log& log_;
  std::atomic<uint64_t> last_id_{0};
};

class Backend final : public StateBackend {
 public:
  explicit Backend(Log& log) : log_(log) {}
  Result<std::unique_ptr<TaskState>> OpenTask(KeyGroupRange) override {
    return Status::Unsupported("x");
  }
  Result<std::vector<StateFile>> Persist(uint64_t id,
                                         std::vector<std::unique_ptr<EpochPart>> parts) override {
    log_.Note(fmt::format("persist {} of {}", id, parts.size()));
    if (full) return Status::External("no room for state");
    while (hold) std::this_thread::sleep_for(std::chrono::milliseconds(1));
    return std::vector<StateFile>();
  }
  void Abandon(std::vector<std::unique_ptr<EpochPart>> parts) override {
    log_.Note(fmt::format("abandon {}", parts.size()));
  }
  StateStatistics statistics() const override { return {}; }

  std::atomic<bool> hold{false};  // in Persist
  std::atomic<bool> full{false};

 private:
  Log& log_;
};

class CoordinatorTest : public testing::Test {
 protected:
  void Make(CheckpointConfig config, bool with_storage = true) {
    CoordinatorOptions options;
    options.config = config;
    options.clock = &Clock::System();
    options.backend = &backend_;
    options.storage = with_storage ? &storage_ : nullptr;
    options.base.operators.resize(1);
    options.tasks = 2;
    options.sinks = {{.node = 0, .committer = &storage_}};
    options.control = &tasks_;
    options.listener = &tasks_;
    coordinator_ = std::make_unique<Coordinator>(std::move(options));
    EXPECT_TRUE(coordinator_->Start().ok());
  }
  // Both tasks are subtasks of the one sink; each pre-commits "<task>@<id>".
  void Ack(size_t task, uint64_t id, std::function<Status()> sync = nullptr) {
    TaskAck ack{.task = task, .checkpoint_id = id, .part = std::make_unique<EpochPart>()};
    ack.operators.push_back({.node = 0, .subtask = static_cast<uint32_t>(task)});
    ack.operators.back().committables.push_back(fmt::format("{}@{}", task, id));
    ack.operators.back().sync = std::move(sync);
    coordinator_->Acknowledge(std::move(ack));
  }

  Log log_;
  Tasks tasks_{log_};
  Storage storage_{log_};
  Backend backend_{log_};
  std::unique_ptr<Coordinator> coordinator_;
};

TEST_F(CoordinatorTest, SaysSoOnlyAfterPublicationAndCommitsThen) {
  Make({});
  auto answer = coordinator_->Request(Purpose::kManual);
  ASSERT_TRUE(log_.Await("trigger 1"));
  Ack(1, 1);
  Ack(1, 1);  // a duplicate changes nothing
  Ack(0, 1);
  EXPECT_EQ(answer.get().value(), 1U);
  EXPECT_THAT(log_.lines(), ElementsAre("trigger 1", "abandon 1", "persist 1 of 2", "publish 1",
                                        "completed 1", "commit 0@1 1@1"));
}

TEST_F(CoordinatorTest, AFailedPublicationCompletesNothingAndItsOutputComesWithTheNext) {
  Make({});
  storage_.fail_publish = true;
  auto first = coordinator_->Request(Purpose::kManual);
  ASSERT_TRUE(log_.Await("trigger 1"));
  Ack(0, 1);
  Ack(1, 1);
  EXPECT_THAT(first.get().status().message(), HasSubstr("the disk is full"));
  EXPECT_EQ(coordinator_->statistics().failed, 1U);
  auto second = coordinator_->Request(Purpose::kManual);
  ASSERT_TRUE(log_.Await("trigger 2"));
  Ack(0, 2);
  Ack(1, 2);
  EXPECT_TRUE(second.get().ok());
  EXPECT_TRUE(log_.Await("commit 0@1 1@1 0@2 1@2"));
  EXPECT_EQ(coordinator_->statistics().completed, 1U);
}

TEST_F(CoordinatorTest, AFailedCommitFailsTheJob) {
  Make({});
  storage_.fail_commit = true;
  auto answer = coordinator_->Request(Purpose::kManual);
  ASSERT_TRUE(log_.Await("trigger 1"));
  Ack(0, 1);
  Ack(1, 1);
  EXPECT_THAT(answer.get().status().message(), HasSubstr("the directory is gone"));
  EXPECT_TRUE(log_.Await("failed E4001"));
}

// A stop waits for no commit that others hold up. The next start commits instead.
TEST_F(CoordinatorTest, AStopLeavesWhatOthersHoldUpToTheNextStart) {
  Make({});
  storage_.hold_commit = true;
  auto first = coordinator_->Request(Purpose::kManual);
  ASSERT_TRUE(log_.Await("trigger 1"));
  Ack(0, 1);
  Ack(1, 1);
  ASSERT_TRUE(log_.Await("completed 1"));
  auto stop = coordinator_->Request(Purpose::kStop);
  EXPECT_THAT(first.get().status().message(), HasSubstr("a lock is held"));
  ASSERT_TRUE(log_.Await("trigger 2 pause"));
  Ack(0, 2);
  Ack(1, 2);
  const Status stopped = stop.get().status();
  EXPECT_EQ(stopped.id(), "E7003");
  EXPECT_THAT(stopped.message(), HasSubstr("not yet visible"));
  EXPECT_TRUE(log_.Await("stopped"));
  EXPECT_THAT(log_.lines(), testing::Not(Contains(HasSubstr("failed"))));
}

// The same at the end of the input.
TEST_F(CoordinatorTest, AStopDoesNotWaitForTheLastCommit) {
  Make({.interval_millis = 1'000'000});
  storage_.hold_commit = true;
  coordinator_->TaskEnded(0);
  coordinator_->TaskEnded(1);
  ASSERT_TRUE(log_.Await("trigger 1"));
  Ack(0, 1);
  Ack(1, 1);
  ASSERT_TRUE(log_.Await("completed 1"));
  EXPECT_THAT(coordinator_->Request(Purpose::kStop).get().status().message(),
              HasSubstr("not yet visible"));
  EXPECT_TRUE(log_.Await("stopped"));
}

// Whoever cancels a job waits a second for its commit. It is no failure.
TEST_F(CoordinatorTest, TheEndGivesACommitUp) {
  Make({});
  storage_.hold_commit = true;
  storage_.heeds_hurry = false;
  auto answer = coordinator_->Request(Purpose::kManual);
  ASSERT_TRUE(log_.Await("trigger 1"));
  Ack(0, 1);
  Ack(1, 1);
  ASSERT_TRUE(log_.Await("completed 1"));
  coordinator_->Stop();
  EXPECT_EQ(answer.get().status().code(), StatusCode::kCancelled);
  EXPECT_THAT(log_.lines(), ElementsAre("trigger 1", "persist 1 of 2", "publish 1", "completed 1"));
}

TEST_F(CoordinatorTest, OutputIsDurableBeforeItsAcknowledgementCounts) {
  Make({});
  auto answer = coordinator_->Request(Purpose::kManual);
  ASSERT_TRUE(log_.Await("trigger 1"));
  std::promise<void> disk;
  Ack(0, 1, [&] {
    log_.Note("syncing");
    disk.get_future().wait();
    log_.Note("synced");
    return Status();
  });
  Ack(1, 1);
  ASSERT_TRUE(log_.Await("syncing"));
  EXPECT_EQ(coordinator_->statistics().tasks_passed, 0U);
  disk.set_value();
  EXPECT_EQ(answer.get().value(), 1U);
  EXPECT_THAT(log_.lines(), ElementsAre("trigger 1", "syncing", "synced", "persist 1 of 2",
                                        "publish 1", "completed 1", "commit 0@1 1@1"));
}

// Output that is not durable is in no later checkpoint, either: none completes any more, though
// failed checkpoints are tolerable.
TEST_F(CoordinatorTest, WhereOutputIsLostNothingCompletesAnyMore) {
  Make({.max_concurrent = 2, .tolerable_failures = 100});
  auto first = coordinator_->Request(Purpose::kManual);
  auto second = coordinator_->Request(Purpose::kManual);
  ASSERT_TRUE(log_.Await("trigger 2"));
  Ack(0, 1, [] { return Status::External("the disk broke").WithId("E4001"); });
  Ack(1, 1);
  Ack(0, 2);
  Ack(1, 2);
  ASSERT_TRUE(log_.Await("failed E4001"));
  EXPECT_THAT(first.get().status().message(), HasSubstr("the disk broke"));
  auto third = coordinator_->Request(Purpose::kManual);
  EXPECT_EQ(third.get().status().id(), "E5002");
  coordinator_->Stop();
  EXPECT_FALSE(second.get().ok());
  EXPECT_THAT(log_.lines(), testing::Not(Contains(HasSubstr("publish"))));
  EXPECT_THAT(log_.lines(), testing::Not(Contains(HasSubstr("commit"))));
}

// The same where the checkpoint had been given up before.
TEST_F(CoordinatorTest, OutputThatIsLostLateTakesLaterCheckpointsAlong) {
  Make({.timeout_millis = 30, .tolerable_failures = 100});
  EXPECT_FALSE(coordinator_->Request(Purpose::kManual).get().ok());
  auto second = coordinator_->Request(Purpose::kManual);
  ASSERT_TRUE(log_.Await("trigger 2"));
  Ack(0, 1, [] { return Status::External("the disk broke").WithId("E4001"); });
  ASSERT_TRUE(log_.Await("failed E4001"));
  Ack(1, 1);
  Ack(0, 2);
  Ack(1, 2);
  coordinator_->Stop();
  EXPECT_FALSE(second.get().ok());
  EXPECT_THAT(log_.lines(), testing::Not(Contains(HasSubstr("publish"))));
}

// The rows of a part that comes late are in no later part of the same task: a checkpoint that was
// started in between must not complete without them. Whoever asked for it gets another one.
TEST_F(CoordinatorTest, ALatePartTakesLaterCheckpointsAlong) {
  Make({});
  auto first = coordinator_->Request(Purpose::kManual);
  ASSERT_TRUE(log_.Await("trigger 1"));
  coordinator_->Decline(0, 1, Status::External("no"));
  EXPECT_FALSE(first.get().ok());
  EXPECT_TRUE(coordinator_->IsAborted(1));
  auto second = coordinator_->Request(Purpose::kManual);
  ASSERT_TRUE(log_.Await("trigger 2"));
  Ack(0, 2);
  Ack(1, 1);
  ASSERT_TRUE(log_.Await("abort 2"));
  const std::string why = coordinator_->statistics().last_failure;
  EXPECT_THAT(why, HasSubstr("builds on state of checkpoint 1"));
  EXPECT_THAT(why, HasSubstr("task 0 declined: no")) << "the first cause";
  ASSERT_TRUE(log_.Await("trigger 3"));
  Ack(1, 2);
  ASSERT_TRUE(log_.Await("abort 3")) << "its part came late for the third, too";
  ASSERT_TRUE(log_.Await("trigger 4"));
  Ack(0, 4);
  Ack(1, 4);
  EXPECT_EQ(second.get().value(), 4U);
  EXPECT_TRUE(log_.Await("commit 1@1 0@2 1@2 0@4 1@4"));
}

// It is no failure of the job's: not the savepoint that somebody gave up, and so not the periodic
// checkpoint that a part of it takes along either. (A server's storm, seed 1229, killed clients
// that had asked for savepoints, and found a job that had failed of it.)
TEST_F(CoordinatorTest, ALatePartOfASavepointThatWasGivenUpFailsNoJob) {
  Make({.interval_millis = 1});
  ASSERT_TRUE(log_.Await("trigger 1"));
  const auto unwanted = std::make_shared<std::atomic<bool>>(false);
  auto savepoint = coordinator_->RequestSavepoint(
      {.take = [](const CheckpointMetadata&) { return Status::Internal("it is not to be taken"); },
       .unwanted = unwanted});
  Ack(0, 1);
  Ack(1, 1);
  ASSERT_TRUE(log_.Await("trigger 2"));
  unwanted->store(true);
  coordinator_->LookAgain();
  ASSERT_TRUE(log_.Await("abort 2"));
  ASSERT_TRUE(log_.Await("trigger 3"));
  Ack(0, 3);
  Ack(0, 2);
  Ack(1, 2);
  ASSERT_TRUE(log_.Await("abort 3"));
  ASSERT_TRUE(log_.Await("trigger 4"));
  EXPECT_FALSE(log_.Has("failed E7003"));
}

// Rows behind its barrier come again after a restart from it.
TEST_F(CoordinatorTest, ACheckpointDoesNotCommitWhatALaterOneGaveUp) {
  Make({.max_concurrent = 2, .tolerable_failures = 100});
  auto first = coordinator_->Request(Purpose::kManual);
  auto second = coordinator_->Request(Purpose::kManual);
  ASSERT_TRUE(log_.Await("trigger 2"));
  backend_.hold = true;
  Ack(0, 1);
  Ack(0, 2);
  Ack(1, 1);
  ASSERT_TRUE(log_.Await("persist 1 of 2"));
  coordinator_->Decline(1, 2, Status::External("no room"));
  ASSERT_TRUE(log_.Await("abort 2"));
  backend_.hold = false;
  EXPECT_TRUE(first.get().ok());
  EXPECT_FALSE(second.get().ok());
  EXPECT_TRUE(log_.Await("commit 0@1 1@1"));
  Ack(1, 2);
  ASSERT_TRUE(log_.Await("abandon 1", 2));
  auto third = coordinator_->Request(Purpose::kManual);
  ASSERT_TRUE(log_.Await("trigger 3"));
  Ack(0, 3);
  Ack(1, 3);
  EXPECT_TRUE(third.get().ok());
  EXPECT_TRUE(log_.Await("commit 0@2 1@2 0@3 1@3"));
}

// Nobody would read a last checkpoint that is in memory; nor is one with which a job ends limited.
TEST_F(CoordinatorTest, TheEndNeedsNoCheckpointInMemory) {
  for (const bool drained : {false, true}) {
    coordinator_.reset();
    log_.Clear();
    storage_.Restart();
    Make({.max_state_bytes = 10});
    std::future<Result<uint64_t>> drain;
    if (drained) {
      drain = coordinator_->RequestDrain();
      ASSERT_TRUE(log_.Await("drain"));
    }
    coordinator_->TaskEnded(0);
    coordinator_->TaskEnded(1);
    ASSERT_TRUE(log_.Await(drained ? "trigger 1" : "trigger 1 direct"));
    TaskAck ack{.task = 0, .checkpoint_id = 1};
    ack.operators.push_back({.node = 0, .bytes = 1001, .committables = {"0@1"}});
    coordinator_->Acknowledge(std::move(ack));
    Ack(1, 1);
    ASSERT_TRUE(log_.Await("finished"));
    EXPECT_TRUE(log_.Has("commit 0@1 1@1"));
    EXPECT_EQ(log_.Has("publish 1"), drained);
    if (drained) {
      EXPECT_TRUE(drain.get().ok());
    }
  }
}

TEST_F(CoordinatorTest, TooManyFailuresFailTheJob) {
  Make({.interval_millis = 1, .timeout_millis = 1, .tolerable_failures = 2});
  ASSERT_TRUE(log_.Await("failed E7003"));
  EXPECT_GE(coordinator_->statistics().failed, 3U);
}

// docs/checkpoints-and-recovery.md, "When a checkpoint fails": what counts as a failure in a row,
// of periodic checkpoints and of those that somebody asked for.
TEST_F(CoordinatorTest, AFailureCountsByItsCause) {
  struct Cause {
    const char* name;
    std::function<void()> happens;  // to checkpoint 1, which is triggered
  };
  const auto both_acknowledge = [this] {
    Ack(0, 1);
    Ack(1, 1);
  };
  const Cause causes[] = {
      {"it expires", [] {}},
      {"a task declines", [this] { coordinator_->Decline(0, 1, Status::External("no")); }},
      {"state cannot be written",
       [&] {
         backend_.full = true;
         both_acknowledge();
       }},
      {"a state is too large for checkpoints in memory",
       [&] {
         TaskAck ack{.task = 0, .checkpoint_id = 1, .part = std::make_unique<EpochPart>()};
         ack.operators.push_back({.node = 0, .bytes = 1001});
         coordinator_->Acknowledge(std::move(ack));
         Ack(1, 1);
       }},
      {"metadata or the pointer cannot be written",
       [&] {
         storage_.fail_publish = true;
         both_acknowledge();
       }},
  };
  for (const Cause& cause : causes) {
    for (const bool asked_for : {false, true}) {
      SCOPED_TRACE(fmt::format("{}, {}", cause.name, asked_for ? "asked for" : "periodic"));
      coordinator_.reset();
      log_.Clear();
      backend_.full = storage_.fail_publish = false;
      storage_.Restart();
      const bool expires = cause.name == std::string("it expires");
      Make({.interval_millis = asked_for ? 0 : 1,
            .timeout_millis = expires ? 30 : 0,
            .max_state_bytes = 1000});
      std::future<Result<uint64_t>> answer;
      if (asked_for) answer = coordinator_->Request(Purpose::kManual);
      ASSERT_TRUE(log_.Await("trigger 1"));
      cause.happens();
      if (asked_for) {
        EXPECT_EQ(answer.get().status().id(), "E7003");
        EXPECT_EQ(coordinator_->statistics().failed, 1U);
        coordinator_->Stop();
        EXPECT_FALSE(log_.Has("failed E7003")) << "the job goes on";
      } else {
        EXPECT_TRUE(log_.Await("failed E7003")) << "none is tolerable";
        coordinator_->Stop();
      }
    }
  }
}

// As above, of one that has no room for its directory.
TEST_F(CoordinatorTest, AFailureToBeginCounts) {
  for (const bool asked_for : {false, true}) {
    coordinator_.reset();
    log_.Clear();
    storage_.full = true;
    Make({.interval_millis = asked_for ? 0 : 1});
    if (!asked_for) {
      EXPECT_TRUE(log_.Await("failed E7003")) << "none is tolerable";
      coordinator_->Stop();
      continue;
    }
    const Status refused = coordinator_->Request(Purpose::kManual).get().status();
    EXPECT_THAT(refused.message(), HasSubstr("could not start"));
    EXPECT_EQ(coordinator_->statistics().failed, 1U);
    coordinator_->Stop();
    EXPECT_FALSE(log_.Has("failed E7003")) << "the job goes on";
  }
}

// The way out that a failure knows is told with it, in the answer and to those who see a text.
TEST_F(CoordinatorTest, AFailureKeepsItsHint) {
  Make({});
  auto answer = coordinator_->Request(Purpose::kManual);
  ASSERT_TRUE(log_.Await("trigger 1"));
  coordinator_->Decline(0, 1, Status::External("no").WithHint("ask again"));
  EXPECT_EQ(answer.get().status().hint(), "ask again");
  EXPECT_EQ(coordinator_->statistics().last_failure,
            "checkpoint failed: 1: task 0 declined: no (ask again)");
}

// It is kept, so it has the limit; what a savepoint is made of has not.
TEST_F(CoordinatorTest, AStopThatIsTooLargeForMemoryLetsTheJobRunOn) {
  for (const bool any_size : {false, true}) {
    coordinator_.reset();
    log_.Clear();
    storage_.Restart();
    Make({.max_state_bytes = 10});
    auto answer = coordinator_->Request(Purpose::kStop, any_size);
    ASSERT_TRUE(log_.Await("trigger 1 pause"));
    TaskAck ack{.task = 0, .checkpoint_id = 1, .part = std::make_unique<EpochPart>()};
    ack.operators.push_back({.node = 0, .bytes = 1001});
    coordinator_->Acknowledge(std::move(ack));
    Ack(1, 1);
    EXPECT_EQ(answer.get().ok(), any_size);
    EXPECT_TRUE(log_.Await(any_size ? "stopped" : "abort 1"));
  }
}

TEST_F(CoordinatorTest, TheEndOfEachCheckpointIsTold) {
  Make({});
  auto first = coordinator_->Request(Purpose::kManual);
  ASSERT_TRUE(log_.Await("trigger 1"));
  TaskAck ack{.task = 0,
              .checkpoint_id = 1,
              .first_barrier_nanos = std::numeric_limits<int64_t>::max() / 2,
              .alignment_nanos = 7'000'000,
              .part = std::make_unique<EpochPart>()};
  ack.operators.push_back({.node = 0});
  coordinator_->Acknowledge(std::move(ack));
  Ack(1, 1);
  EXPECT_TRUE(first.get().ok());
  auto second = coordinator_->Request(Purpose::kManual);
  ASSERT_TRUE(log_.Await("trigger 2"));
  coordinator_->Decline(0, 2, Status::External("no").WithHint("ask again"));
  EXPECT_FALSE(second.get().ok());
  coordinator_->Stop();
  ASSERT_EQ(tasks_.ended.size(), 2U);
  EXPECT_TRUE(tasks_.ended[0].completed);
  EXPECT_EQ(tasks_.ended[0].purpose, Purpose::kManual);
  EXPECT_EQ(tasks_.ended[0].alignment_millis, 7) << "the longest of the tasks'";
  EXPECT_GT(tasks_.ended[0].start_delay_millis, 1'000'000);
  EXPECT_EQ(tasks_.ended[1].id, 2U);
  EXPECT_FALSE(tasks_.ended[1].completed);
  EXPECT_EQ(tasks_.ended[1].failure, "checkpoint failed: 2: task 0 declined: no (ask again)");
}

// One failure, however many checkpoints it takes along; and a success begins anew.
TEST_F(CoordinatorTest, CheckpointsThatAreTakenAlongDoNotCount) {
  Make({.interval_millis = 1, .max_concurrent = 3, .tolerable_failures = 1});
  ASSERT_TRUE(log_.Await("trigger 3"));
  coordinator_->Decline(0, 1, Status::External("no"));
  ASSERT_TRUE(log_.Await("abort 3"));
  ASSERT_TRUE(log_.Await("trigger 4"));
  EXPECT_FALSE(log_.Has("failed E7003"));
  Ack(0, 4);
  Ack(1, 4);
  ASSERT_TRUE(log_.Await("publish 4"));
  ASSERT_TRUE(log_.Await("trigger 7"));
  coordinator_->Decline(0, 5, Status::External("no"));
  ASSERT_TRUE(log_.Await("abort 7"));
  ASSERT_TRUE(log_.Await("trigger 8"));
  EXPECT_FALSE(log_.Has("failed E7003"));
  coordinator_->Decline(0, 8, Status::External("no"));
  EXPECT_TRUE(log_.Await("failed E7003")) << "the second in a row";
}

TEST_F(CoordinatorTest, TheEndOfAllTasksCommitsDirectlyWithoutStorage) {
  Make({.interval_millis = 5}, false);
  coordinator_->TaskEnded(0);
  coordinator_->TaskEnded(0);
  coordinator_->TaskEnded(1);
  ASSERT_TRUE(log_.Await("trigger 1 direct"));
  Ack(0, 1);
  Ack(1, 1);
  ASSERT_TRUE(log_.Await("finished"));
  EXPECT_THAT(log_.lines(), ElementsAre("trigger 1 direct", "commit 0@1 1@1", "finished"));
}

// A checkpoint that is there is where a start goes on from: it must know of all that was committed.
TEST_F(CoordinatorTest, TheEndOfAJobWithCheckpointsIsDurableWhateverTheInterval) {
  Make({});
  auto first = coordinator_->Request(Purpose::kManual);
  ASSERT_TRUE(log_.Await("trigger 1"));
  Ack(0, 1);
  Ack(1, 1);
  ASSERT_TRUE(first.get().ok());
  coordinator_->TaskEnded(0);
  coordinator_->TaskEnded(1);
  ASSERT_TRUE(log_.Await("trigger 2"));
  Ack(0, 2);
  Ack(1, 2);
  ASSERT_TRUE(log_.Await("finished"));
  EXPECT_TRUE(log_.Has("publish 2"));
}

TEST_F(CoordinatorTest, AStopPausesTheSourcesAndEndsAllCheckpoints) {
  Make({});
  auto answer = coordinator_->Request(Purpose::kStop);
  ASSERT_TRUE(log_.Await("trigger 1 pause"));
  auto other = coordinator_->Request(Purpose::kManual);
  EXPECT_EQ(other.get().status().id(), "E5002");
  Ack(0, 1);
  Ack(1, 1);
  EXPECT_TRUE(answer.get().ok());
  EXPECT_TRUE(log_.Await("stopped"));
}

TEST_F(CoordinatorTest, ADrainEndsWithADurableCheckpointWhateverTheInterval) {
  Make({});
  auto drained = coordinator_->RequestDrain();
  ASSERT_TRUE(log_.Await("drain"));
  EXPECT_EQ(coordinator_->Request(Purpose::kManual).get().status().id(), "E5002");
  EXPECT_EQ(coordinator_->RequestDrain().get().status().id(), "E5002") << "once is enough";
  coordinator_->TaskEnded(0);
  coordinator_->TaskEnded(1);
  ASSERT_TRUE(log_.Await("trigger 1"));
  Ack(0, 1);
  Ack(1, 1);
  EXPECT_EQ(drained.get().value(), 1U);
  EXPECT_THAT(log_.lines(), ElementsAre("drain", "trigger 1", "persist 1 of 2", "publish 1",
                                        "completed 1", "commit 0@1 1@1", "finished"));
}

// It would hold windows that fired before their time, and rows of which the job may still need.
TEST_F(CoordinatorTest, NoPeriodicCheckpointStartsWhileAJobIsDrained) {
  Make({.interval_millis = 1});
  ASSERT_TRUE(log_.Await("trigger 1"));
  auto drained = coordinator_->RequestDrain();
  ASSERT_TRUE(log_.Await("drain"));
  Ack(0, 1);
  Ack(1, 1);
  ASSERT_TRUE(log_.Await("commit 0@1 1@1"));
  Clock::System().Sleep(std::chrono::milliseconds(20));
  EXPECT_FALSE(log_.Has("trigger 2"));
  coordinator_->Stop();
  EXPECT_EQ(drained.get().status().id(), "E7003");
  EXPECT_EQ(coordinator_->RequestDrain().get().status().code(), StatusCode::kCancelled);
}

TEST_F(CoordinatorTest, ADrainWhoseLastCheckpointFailsSaysSo) {
  Make({.interval_millis = 3'600'000});
  auto drained = coordinator_->RequestDrain();
  ASSERT_TRUE(log_.Await("drain"));
  storage_.fail_publish = true;
  coordinator_->TaskEnded(0);
  coordinator_->TaskEnded(1);
  ASSERT_TRUE(log_.Await("trigger 1"));
  Ack(0, 1);
  Ack(1, 1);
  EXPECT_THAT(drained.get().status().message(), HasSubstr("the disk is full"));
  EXPECT_TRUE(log_.Await("failed E7003"));
}

// Issue: a savepoint while one is being taken. Each is taken in its turn, and is one of its own.
TEST_F(CoordinatorTest, SavepointsAskedForAtOnceAreTakenOneAfterTheOther) {
  Make({});
  std::vector<uint64_t> taken;
  std::vector<std::future<Result<uint64_t>>> answers;
  for (int i = 0; i < 2; ++i) {
    answers.push_back(coordinator_->RequestSavepoint({.take = [&](const CheckpointMetadata& of) {
      taken.push_back(of.checkpoint_id);
      return Status();
    }}));
  }
  for (const uint64_t id : {1U, 2U}) {
    ASSERT_TRUE(log_.Await(fmt::format("trigger {}", id)));
    EXPECT_FALSE(log_.Has(fmt::format("trigger {}", id + 1)));
    Ack(0, id);
    Ack(1, id);
    EXPECT_EQ(answers[id - 1].get().value(), id);
  }
  EXPECT_THAT(taken, ElementsAre(1U, 2U));
  EXPECT_FALSE(log_.Has("publish 1"));
  EXPECT_FALSE(log_.Has("commit 0@1 1@1"));
}

// Sources that paused for it go on at once, whatever still keeps its barrier.
TEST_F(CoordinatorTest, ASavepointThatNobodyWantsAnyMoreIsGivenUp) {
  Make({});
  std::vector<std::shared_ptr<std::atomic<bool>>> unwanted;
  std::vector<std::future<Result<uint64_t>>> answers;
  for (int i = 0; i < 3; ++i) {
    unwanted.push_back(std::make_shared<std::atomic<bool>>(false));
    answers.push_back(coordinator_->RequestSavepoint(
        {.take =
             [](const CheckpointMetadata&) { return Status::Internal("it is not to be taken"); },
         .pause = i < 2,
         .unwanted = unwanted.back()}));
  }
  ASSERT_TRUE(log_.Await("trigger 1 pause"));
  Ack(0, 1);
  unwanted[1]->store(true);  // it waits for its turn
  unwanted[0]->store(true);
  coordinator_->LookAgain();
  ASSERT_TRUE(log_.Await("abort 1"));
  EXPECT_THAT(answers[0].get().status().message(), HasSubstr("given it up"));
  EXPECT_THAT(answers[1].get().status().message(), HasSubstr("given it up"));
  ASSERT_TRUE(log_.Await("trigger 2"));  // that of the third, which is wanted and pauses nobody
  EXPECT_FALSE(log_.Has("trigger 2 pause"));
}

// What waits to be committed is in it as rows, and the next checkpoint of the job commits it.
TEST_F(CoordinatorTest, ASavepointHoldsRowsInsteadOfCommittables) {
  Make({});
  std::optional<CheckpointMetadata> taken;
  auto answer = coordinator_->RequestSavepoint({.take = [&](const CheckpointMetadata& of) {
    taken = of;
    return Status();
  }});
  ASSERT_TRUE(log_.Await("trigger 1"));
  Ack(0, 1);
  Ack(1, 1);
  ASSERT_EQ(answer.get().value(), 1U);
  EXPECT_THAT(taken->operators[0].committables, IsEmpty());
  EXPECT_THAT(taken->operators[0].output,
              ElementsAre(OutputRows{"0@1", "/0@1", 1}, OutputRows{"1@1", "/1@1", 1}));
  auto next = coordinator_->Request(Purpose::kManual);
  ASSERT_TRUE(log_.Await("trigger 2"));
  Ack(0, 2);
  Ack(1, 2);
  EXPECT_EQ(next.get().value(), 2U);
  EXPECT_TRUE(log_.Has("commit 0@1 1@1 0@2 1@2"));
  storage_.lose_rows = true;
  auto failed = coordinator_->RequestSavepoint({.take = [](const CheckpointMetadata&) {
    return Status::Internal("it is not to be taken");
  }});
  ASSERT_TRUE(log_.Await("trigger 3"));
  Ack(0, 3);
  Ack(1, 3);
  EXPECT_THAT(failed.get().status().message(), HasSubstr("a file in progress is gone"));
}

TEST_F(CoordinatorTest, ADeclineAbortsAndTheEndAnswersEverybody) {
  Make({});
  auto declined = coordinator_->Request(Purpose::kManual);
  ASSERT_TRUE(log_.Await("trigger 1"));
  coordinator_->Decline(1, 1, Status::External("no barrier"));
  EXPECT_THAT(declined.get().status().message(), HasSubstr("no barrier"));
  auto pending = coordinator_->Request(Purpose::kManual);
  ASSERT_TRUE(log_.Await("trigger 2"));
  auto queued = coordinator_->Request(Purpose::kManual);
  Ack(0, 2);
  coordinator_->Stop();
  EXPECT_EQ(pending.get().status().code(), StatusCode::kCancelled);
  EXPECT_EQ(queued.get().status().code(), StatusCode::kCancelled);
  EXPECT_EQ(coordinator_->Request(Purpose::kManual).get().status().code(), StatusCode::kCancelled);
  EXPECT_THAT(log_.lines(), Contains("abandon 1"));
}

TEST_F(CoordinatorTest, AFullDiskAtTheEndIsTriedAgainWithPauses) {
  Make({.interval_millis = 3'600'000, .tolerable_failures = 1'000'000});
  storage_.full = true;
  coordinator_->TaskEnded(0);
  coordinator_->TaskEnded(1);
  while (storage_.prepared == 0) Clock::System().Sleep(std::chrono::milliseconds(1));
  Clock::System().Sleep(std::chrono::milliseconds(50));
  EXPECT_EQ(storage_.prepared, 1);
  EXPECT_EQ(coordinator_->statistics().failed, 1U);
  coordinator_->Stop();  // does not wait for the disk
}

// A start that fails takes longer than the interval: requests are heard all the same.
TEST_F(CoordinatorTest, FailingStartsInQuickSuccessionDoNotKeepEventsWaiting) {
  Make({.interval_millis = 1, .tolerable_failures = 1'000'000});
  storage_.slow = true;
  storage_.full = true;
  while (storage_.prepared < 3) Clock::System().Sleep(std::chrono::milliseconds(1));
  storage_.full = false;
  auto answer = coordinator_->Request(Purpose::kManual);
  coordinator_->Stop();
  EXPECT_EQ(answer.wait_for(std::chrono::seconds(0)), std::future_status::ready);
}

}  // namespace
}  // namespace weir::checkpoint
