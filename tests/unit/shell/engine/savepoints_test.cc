// What depends on a savepoint, from records alone: nothing runs here.
#include "shell/engine/savepoints/savepoints.h"

#include <gmock/gmock.h>

#include "tests/unit/scratch_directory.h"

namespace weir::shell {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;

class SavepointsTest : public testing::Test {
 protected:
  SavepointsTest() {
    registry_ = std::make_unique<JobRegistry>(
        files_, std::make_unique<DataDirectory>(files_, directory_ + "/data"));
    ports_.files = &files_;
    ports_.clock = &Clock::System();
    snapshots_ = std::make_unique<SnapshotReader>(ports_, *registry_);
    savepoints_ = std::make_unique<Savepoints>(Savepoints::Parts{
        ports_, *registry_, *snapshots_,
        [](RunningJob&, JobEnding) { return Status::Internal("nothing runs"); }, holds_, nullptr});
    path_ = directory_ + "/taken";
    from_.job_id = "original";
    from_.checkpoint_id = 7;
    from_.kind = CheckpointKind::kSavepoint;
    from_.max_parallelism = 128;
  }

  void Save(const std::string& id, const std::string& name, bool claims, uint64_t last) {
    JobRecord record;
    record.id = id;
    record.name = name;
    record.state = RecordedState::kSuspended;
    record.restored_from = id == "original" ? "" : path_;
    record.claims = claims;
    record.last_checkpoint = last;
    ASSERT_TRUE(registry_->directory().Save(record).ok());
  }

  Status Restorable(const std::string& name, bool claims) {
    SnapshotUse use;
    use.from = &from_;
    use.path = path_;
    use.name = name;
    use.claims = claims;
    use.settings = &settings_;
    return savepoints_->CheckRestorable(use);
  }

  FileSystem& files_ = FileSystem::Local();
  const ScratchDirectory scratch_;
  const std::string& directory_ = scratch_.path();
  std::string path_;
  EnginePorts ports_;
  conf::Settings settings_;
  CheckpointMetadata from_;
  std::unique_ptr<JobRegistry> registry_;
  std::unique_ptr<SnapshotReader> snapshots_;
  JobHolds holds_;
  std::unique_ptr<Savepoints> savepoints_;
};

TEST_F(SavepointsTest, OneThatAJobClaimedIsThatJobs) {
  Save("a1", "owner", true, 0);
  EXPECT_THAT(Restorable("another", false).message(), HasSubstr("has claimed it"));
  EXPECT_TRUE(Restorable("owner", false).ok());
  EXPECT_EQ(savepoints_->Drop(path_).status().id(), "E7004");
}

TEST_F(SavepointsTest, OneThatAJobStillNeedsCannotBeClaimed) {
  Save("a1", "reader", false, 0);
  EXPECT_TRUE(Restorable("another", false).ok());
  EXPECT_THAT(Restorable("another", true).message(), HasSubstr("no checkpoint of its own yet"));
  EXPECT_THAT(savepoints_->Drop(path_).status().message(), HasSubstr("started from it"));
}

TEST_F(SavepointsTest, WhoWentOnFromIt) {
  Save("original", "first", false, 7);
  EXPECT_THAT(*savepoints_->WentOn(from_, path_), IsEmpty());
  Save("original", "first", false, 8);
  Save("a1", "second", false, 1);
  Save("b2", "third", false, 0);
  EXPECT_THAT(*savepoints_->WentOn(from_, path_), testing::UnorderedElementsAre("first", "second"));
}

// A job need not end with a checkpoint, but commits what is behind one that is not its last.
TEST_F(SavepointsTest, WhoFinishedWentOnUnlessItWasThere) {
  const auto finish = [&](const std::string& id, const std::string& name, uint64_t last) {
    Save(id, name, false, last);
    JobRecord record = registry_->Find(id).value();
    record.state = RecordedState::kFinished;
    ASSERT_TRUE(registry_->directory().Save(record).ok());
  };
  finish("original", "first", 7);
  EXPECT_THAT(*savepoints_->WentOn(from_, path_), IsEmpty()) << "its own last one";
  finish("a1", "second", 0);
  EXPECT_THAT(*savepoints_->WentOn(from_, path_), testing::ElementsAre("second"));
  from_.checkpoint_id = 8;
  EXPECT_THAT(*savepoints_->WentOn(from_, path_), testing::UnorderedElementsAre("first", "second"));
}

TEST_F(SavepointsTest, TheNumberOfKeyGroupsChangesWithCanonicalRowsAlone) {
  from_.files = {{"state/000001.rows", 1, 0, 0, ""}};
  ASSERT_TRUE(settings_.Set("pipeline.max-parallelism", "64").ok());
  ASSERT_TRUE(settings_.Set("parallelism.default", "2").ok());
  from_.backend = "canonical";
  EXPECT_TRUE(Restorable("j", false).ok());
  from_.backend = "rocksdb";
  EXPECT_THAT(Restorable("j", false).message(), HasSubstr("native savepoint: it is 128, not 64"));
  from_.kind = CheckpointKind::kCheckpoint;
  const Status refused = Restorable("j", false);
  EXPECT_THAT(refused.message(), HasSubstr("this is a checkpoint: it is 128, not 64"));
  EXPECT_THAT(refused.hint(), HasSubstr("FORMAT CANONICAL"));
  EXPECT_EQ(refused.id(), "E7002");
  ASSERT_TRUE(settings_.Set("pipeline.max-parallelism", "128").ok());
  EXPECT_TRUE(Restorable("j", false).ok());
}

TEST_F(SavepointsTest, AJobHasNoMoreSubtasksThanKeyGroups) {
  from_.backend = "canonical";
  ASSERT_TRUE(settings_.Set("pipeline.max-parallelism", "7").ok());
  ASSERT_TRUE(settings_.Set("parallelism.default", "8").ok());
  EXPECT_THAT(Restorable("j", false).message(), HasSubstr("is 7, so that a job cannot have 8"));
  ASSERT_TRUE(settings_.Set("parallelism.default", "7").ok());
  EXPECT_TRUE(Restorable("j", false).ok());
}

}  // namespace
}  // namespace weir::shell
