// Records of jobs, without anything that runs them.
#include "shell/engine/jobs/job_registry.h"

#include <gmock/gmock.h>

#include "tests/unit/scratch_directory.h"

namespace weir::shell {
namespace {

using testing::HasSubstr;

class JobRegistryTest : public testing::Test {
 protected:
  JobRegistryTest() {
    registry_ = std::make_unique<JobRegistry>(
        files_, std::make_unique<DataDirectory>(files_, directory_ + "/data"));
  }

  JobRecord Saved(const std::string& id, const std::string& name, RecordedState state,
                  int64_t started) {
    JobRecord record;
    record.id = id;
    record.name = name;
    record.state = state;
    record.started_millis = started;
    EXPECT_TRUE(registry_->directory().Save(record).ok());
    return record;
  }

  FileSystem& files_ = FileSystem::Local();
  const ScratchDirectory scratch_;
  const std::string& directory_ = scratch_.path();
  std::unique_ptr<JobRegistry> registry_;
};

TEST_F(JobRegistryTest, ByNameTheOneThatGoesOnElseTheNewest) {
  Saved("a1", "sales", RecordedState::kCanceled, 1);
  Saved("b2", "SALES", RecordedState::kSuspended, 2);
  Saved("c3", "sales", RecordedState::kFinished, 3);
  Saved("d4", "other", RecordedState::kFinished, 4);
  Saved("e5", "other", RecordedState::kFinished, 5);
  EXPECT_EQ(registry_->Find("Sales")->id, "b2");
  EXPECT_EQ(registry_->Find("other")->id, "e5");
  EXPECT_EQ(registry_->Find("a1")->id, "a1");
  const Status none = registry_->Find("salse").status();
  EXPECT_EQ(none.id(), "E5001");
  EXPECT_THAT(none.hint(), HasSubstr("sales"));
}

TEST_F(JobRegistryTest, AStartContinuesWhatDidNotFinish) {
  Saved("a1", "j", RecordedState::kFinished, 1);
  EXPECT_FALSE(registry_->Unfinished("j")->has_value());
  Saved("b2", "j", RecordedState::kFailed, 2);
  EXPECT_EQ(registry_->Unfinished("J")->value().id, "b2");
  EXPECT_FALSE(registry_->Unfinished("k")->has_value());
}

TEST_F(JobRegistryTest, ARecordThatCannotBeReadIsInTheWay) {
  Saved("a1", "j", RecordedState::kRunning, 1);
  ASSERT_TRUE(WriteFileAtomically(files_, directory_ + "/data/jobs/a1/job", "rubbish").ok());
  EXPECT_EQ(registry_->Unfinished("j").status().id(), "E7001");
  EXPECT_TRUE(registry_->Unfinished("k").ok()) << "it is known to be of another name";
}

TEST_F(JobRegistryTest, StateIsThereWhenTheRecordSaysSo) {
  JobRecord record = Saved("a1", "j", RecordedState::kSuspended, 1);
  EXPECT_FALSE(registry_->HasState(record));
  EXPECT_THAT(registry_->WaysOn(record), HasSubstr("begins anew"));
  record.last_checkpoint = 3;
  EXPECT_TRUE(registry_->HasState(record)) << "although none is found";
  EXPECT_THAT(registry_->WaysOn(record), HasSubstr("FROM LATEST CHECKPOINT"));
  EXPECT_EQ(registry_->places().Recovery(record, conf::Settings()).decision.kind,
            checkpoint::RecoveryKind::kRefuse);
}

TEST_F(JobRegistryTest, AJobThatCannotBeResumedHasFailedUntilTheNextServerTries) {
  Saved("a1", "j", RecordedState::kRunning, 1);
  ASSERT_TRUE(registry_->NoteUnresumed("a1", Status::External("no such topic"), 77).ok());
  const JobRecord noted = registry_->Find("j").value();
  EXPECT_EQ(noted.state, RecordedState::kFailed);
  EXPECT_THAT(noted.failure, HasSubstr("no such topic"));
  EXPECT_EQ(noted.ended_millis, 77);
  EXPECT_TRUE(noted.resumes);
  EXPECT_EQ(registry_->NoteUnresumed("b2", Status(), 78).id(), "E5001");
}

TEST_F(JobRegistryTest, AJobIsHeldByItsNameWhateverItIsCalledBy) {
  Saved("a1", "sales", RecordedState::kSuspended, 1);
  NameHolds names;
  EXPECT_EQ(HoldNameOf(*registry_, names, "a1")->name(), "SALES");
  EXPECT_EQ(HoldNameOf(*registry_, names, "Sales")->name(), "SALES");
  EXPECT_EQ(HoldNameOf(*registry_, names, "unknown")->name(), "UNKNOWN");
}

TEST_F(JobRegistryTest, WhatIsHeldIsNotTakenTwice) {
  NameHolds names;
  {
    const std::optional<NameHold> hold = names.TryTake("sales");
    ASSERT_TRUE(hold.has_value());
    EXPECT_FALSE(names.TryTake("SALES").has_value());
    EXPECT_TRUE(names.TryTake("clicks").has_value());
  }
  EXPECT_TRUE(names.TryTake("Sales").has_value());
}

// Lists what it is told to.
class FakeStorage final : public CheckpointStorage {
 public:
  Status Prepare(uint64_t) override { return {}; }
  Status Publish(const CheckpointMetadata&, bool&) override { return {}; }
  Result<std::vector<CheckpointInfo>> List() override {
    CheckpointInfo info;
    info.checkpoint_id = 5;
    return std::vector<CheckpointInfo>{info};
  }
  Result<CheckpointMetadata> Load(const std::string&) override { return CheckpointMetadata(); }
  Status Retain(size_t, const std::vector<uint64_t>&) override { return {}; }
  Status Abort(uint64_t) override { return {}; }
  Result<uint64_t> NextCheckpointId() override { return uint64_t{6}; }
};

// What a job writes is looked at through the storage that writes it, and by nobody else.
TEST_F(JobRegistryTest, TheStorageOfARunningJobIsAsked) {
  const JobRecord record = Saved("a1", "j", RecordedState::kRunning, 1);
  auto storage = std::make_shared<FakeStorage>();
  registry_->open().Opened("a1", storage);
  ASSERT_EQ(registry_->Checkpoints(record)->size(), 1U);
  EXPECT_EQ(registry_->Checkpoints(record)->front().checkpoint_id, 5U);
  storage.reset();
  EXPECT_TRUE(registry_->Checkpoints(record)->empty()) << "from the disk, once it is gone";
}

}  // namespace
}  // namespace weir::shell
