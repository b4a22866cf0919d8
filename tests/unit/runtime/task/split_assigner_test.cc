#include "runtime/task/split_assigner.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <condition_variable>
#include <mutex>

namespace weir::task {
namespace {

using namespace std::chrono_literals;  // NOLINT(google-build-using-namespace): literals
using ::testing::ElementsAre;
using ::testing::IsEmpty;

// A directory whose contents a test changes while it is watched.
class Directory final : public Source {
 public:
  bool is_bounded = false;
  int64_t interval_millis = 1;

  int continuations = 0;

  bool bounded() const override { return is_bounded; }
  void Continue() override {
    EXPECT_EQ(looks(), 0) << "too late";
    ++continuations;
  }
  int64_t discovery_interval_millis() const override { return interval_millis; }
  Result<std::vector<Split>> Discover() override {
    const std::lock_guard lock(mutex_);
    ++looks_;
    if (fail_) return Status::External("the directory cannot be read");
    std::vector<Split> splits;
    for (const std::string& id : ids_) splits.push_back({id, "", false});
    return splits;
  }
  Result<std::unique_ptr<SplitReader>> Open(const Split&) override {
    return Status::Unsupported("x");
  }

  void Set(std::vector<std::string> ids) {
    const std::lock_guard lock(mutex_);
    ids_ = std::move(ids);
  }
  void Fail() {
    const std::lock_guard lock(mutex_);
    fail_ = true;
  }
  int looks() const {
    const std::lock_guard lock(mutex_);
    return looks_;
  }

 private:
  mutable std::mutex mutex_;
  std::vector<std::string> ids_;
  bool fail_ = false;
  int looks_ = 0;
};

class SplitAssignerTest : public ::testing::Test {
 protected:
  SplitAssigner& Make(uint32_t subtasks) {
    hands_.assign(subtasks, {});
    AssignerSetup setup{.source = &directory_,
                        .subtasks = subtasks,
                        .clock = &Clock::System(),
                        .continued = continued_};
    setup.assign = [this](uint32_t subtask, std::vector<SplitCheckpoint> splits) {
      const std::lock_guard lock(mutex_);
      for (auto& split : splits) hands_[subtask].push_back(std::move(split));
      ++deals_;
      changed_.notify_all();
    };
    setup.fail = [this](const Status& failure) {
      const std::lock_guard lock(mutex_);
      failure_ = failure;
      changed_.notify_all();
    };
    assigner_ = std::make_unique<SplitAssigner>(std::move(setup));
    return *assigner_;
  }
  std::vector<std::string> Ids(size_t subtask) {
    const std::lock_guard lock(mutex_);
    std::vector<std::string> ids;
    for (const auto& split : hands_[subtask]) ids.push_back(split.split.id);
    return ids;
  }
  void Await(const std::function<bool()>& condition) {
    std::unique_lock lock(mutex_);
    EXPECT_TRUE(changed_.wait_for(lock, 20s, condition));
  }
  // Waits until the directory was looked at twice more: what it held before was found.
  void AwaitLooks() {
    const int before = directory_.looks();
    while (directory_.looks() < before + 2) Clock::System().Sleep(1ms);
  }

  Directory directory_;
  bool continued_ = false;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<std::vector<SplitCheckpoint>> hands_;
  int deals_ = 0;
  Status failure_;
  std::unique_ptr<SplitAssigner> assigner_;  // first to go
};

SplitCheckpoint Saved(std::string id, std::string position, bool finished, int64_t watermark = 7) {
  return {.split = {std::move(id), std::move(position), finished}, .watermark_millis = watermark};
}

TEST_F(SplitAssignerTest, DealsByTurns) {
  directory_.Set({"a", "b", "c", "d", "e"});
  ASSERT_TRUE(Make(2).Start({}).ok());
  EXPECT_THAT(Ids(0), ElementsAre("a", "c", "e"));
  EXPECT_THAT(Ids(1), ElementsAre("b", "d"));
  EXPECT_EQ(hands_[0][0].watermark_millis, Timestamp::Min().millis);
}

TEST_F(SplitAssignerTest, WhatAppearsLaterIsDealtOnceInItsTurn) {
  directory_.Set({"b"});
  SplitAssigner& assigner = Make(2);
  ASSERT_TRUE(assigner.Start({}).ok());
  ASSERT_TRUE(assigner.Run().ok());
  directory_.Set({"a", "b", "c"});  // "a" sorts, and may be dated, before what is known
  Await([this] { return hands_[0].size() + hands_[1].size() == 3; });
  AwaitLooks();
  assigner.Stop();
  EXPECT_THAT(Ids(0), ElementsAre("b", "c"));
  EXPECT_THAT(Ids(1), ElementsAre("a"));
}

TEST_F(SplitAssignerTest, AFileThatGoesAndComesAgainIsNotReadAgain) {
  directory_.Set({"a"});
  SplitAssigner& assigner = Make(1);
  ASSERT_TRUE(assigner.Start({}).ok());
  ASSERT_TRUE(assigner.Run().ok());
  directory_.Set({});
  AwaitLooks();
  directory_.Set({"a"});
  AwaitLooks();
  assigner.Stop();
  EXPECT_THAT(Ids(0), ElementsAre("a"));
}

TEST_F(SplitAssignerTest, RestoredSplitsKeepTheirPlacesAndNewOnesAreFound) {
  directory_.Set({"done", "half", "new"});
  ASSERT_TRUE(Make(3).Start({Saved("done", "9", true), Saved("half", "4", false, 70)}).ok());
  EXPECT_THAT(Ids(0), ElementsAre("half"));
  EXPECT_EQ(hands_[0][0].split.position, "4");
  EXPECT_EQ(hands_[0][0].watermark_millis, 70);
  EXPECT_THAT(Ids(1), ElementsAre("done", "new"));
  // With "done" alone a subtask would be idle for a moment, and hold no time back for "new".
  EXPECT_EQ(deals_, 2);
}

// What is found then has come later, even if nothing had been found before.
TEST_F(SplitAssignerTest, ASourceHearsThatItGoesOn) {
  ASSERT_TRUE(Make(1).Start({}).ok());
  EXPECT_EQ(directory_.continuations, 0) << "a fresh start";
}

TEST_F(SplitAssignerTest, ASourceHearsThatItGoesOnWithoutSplits) {
  continued_ = true;
  ASSERT_TRUE(Make(1).Start({}).ok());
  EXPECT_EQ(directory_.continuations, 1);
}

TEST_F(SplitAssignerTest, ABoundedJobReadsWhatItStartedWith) {
  directory_.is_bounded = true;
  directory_.Set({"a", "new"});
  SplitAssigner& assigner = Make(2);
  ASSERT_TRUE(assigner.Start({Saved("a", "1", false)}).ok());
  ASSERT_TRUE(assigner.Run().ok());
  EXPECT_THAT(Ids(0), ElementsAre("a"));
  EXPECT_THAT(Ids(1), IsEmpty());
  EXPECT_EQ(directory_.looks(), 0);
}

TEST_F(SplitAssignerTest, ADiscoveryThatFailsLaterFailsTheJob) {
  SplitAssigner& assigner = Make(1);
  ASSERT_TRUE(assigner.Start({}).ok());
  ASSERT_TRUE(assigner.Run().ok());
  directory_.Fail();
  Await([this] { return !failure_.ok(); });
  assigner.Stop();
  EXPECT_EQ(failure_.message(), "the directory cannot be read");
}

TEST_F(SplitAssignerTest, CanBeAskedToLookAtOnce) {
  directory_.interval_millis = 3'600'000;
  SplitAssigner& assigner = Make(1);
  ASSERT_TRUE(assigner.Start({}).ok());
  ASSERT_TRUE(assigner.Run().ok());
  EXPECT_TRUE(assigner.settled());
  directory_.Set({"a"});
  assigner.Refresh();
  while (!assigner.settled()) Clock::System().Sleep(1ms);
  EXPECT_THAT(Ids(0), ElementsAre("a"));
  assigner.Stop();
  assigner.Refresh();
  EXPECT_TRUE(assigner.settled()) << "nobody looks any more";
}

}  // namespace
}  // namespace weir::task
