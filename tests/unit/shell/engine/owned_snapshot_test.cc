// CLAIM: when the snapshot that a job took over goes.
#include "shell/engine/jobs/owned_snapshot.h"

#include <gtest/gtest.h>

#include "state/checkpoint/backends.h"
#include "state/checkpoint/savepoints.h"
#include "tests/unit/scratch_directory.h"

namespace weir::shell {
namespace {

class OwnedSnapshotTest : public testing::Test {
 protected:
  OwnedSnapshotTest() {
    CheckpointMetadata from;
    from.job_id = "0123456789abcdef";
    from.checkpoint_id = 7;
    from.backend = "rocksdb";
    auto saved = state::WriteSavepoint(
        files_, {from, directory_ + "/saved", state::SavepointFormat::kNative, {}});
    EXPECT_TRUE(saved.ok()) << saved.status().ToString();
    path_ = saved->path;
    Open();
  }

  void Open() {
    auto inner = state::MakeCheckpointStorage(files_, directory_ + "/job");
    ASSERT_TRUE(inner.ok());
    storage_ = OwnSnapshot(std::move(*inner), files_, path_);
  }
  // A checkpoint without files, and what a coordinator does behind it.
  Status Checkpoint(size_t retained) {
    CheckpointMetadata metadata;
    metadata.backend = "memory";
    metadata.checkpoint_id = TRY(storage_->NextCheckpointId());
    RETURN_IF_ERROR(storage_->Prepare(metadata.checkpoint_id));
    bool uncertain = false;
    RETURN_IF_ERROR(storage_->Publish(metadata, uncertain));
    return storage_->Retain(retained, {});
  }
  bool Kept() { return files_.Stat(path_ + "/_metadata").ok(); }

  FileSystem& files_ = FileSystem::Local();
  const ScratchDirectory scratch_;
  const std::string& directory_ = scratch_.path();
  std::string path_;
  std::unique_ptr<CheckpointStorage> storage_;
};

TEST_F(OwnedSnapshotTest, GoesWhenAsManyCheckpointsAsAreRetainedAreThere) {
  for (int i = 0; i < 2; ++i) {
    ASSERT_TRUE(Checkpoint(3).ok());
    EXPECT_TRUE(Kept()) << i;
  }
  ASSERT_TRUE(Checkpoint(3).ok());
  EXPECT_FALSE(Kept());
  EXPECT_TRUE(Checkpoint(3).ok()) << "once is enough";
}

TEST_F(OwnedSnapshotTest, ANextStartGoesOnWhereTheLastOneWas) {
  ASSERT_TRUE(Checkpoint(2).ok());
  Open();
  EXPECT_TRUE(Kept());
  ASSERT_TRUE(Checkpoint(2).ok());
  EXPECT_FALSE(Kept());
  Open();
  EXPECT_TRUE(Checkpoint(2).ok()) << "what is gone is gone";
}

// Somebody moved it: then there is nothing to remove, and nothing that could fail.
TEST_F(OwnedSnapshotTest, OneThatWasMovedIsNobodysBusiness) {
  ASSERT_TRUE(files_.Rename(path_, directory_ + "/elsewhere").ok());
  EXPECT_TRUE(Checkpoint(1).ok());
  EXPECT_TRUE(files_.Stat(directory_ + "/elsewhere/_metadata").ok());
}

// What cannot be read is not removed either: it may be anything.
TEST_F(OwnedSnapshotTest, ADamagedOneStays) {
  ASSERT_TRUE(WriteFileAtomically(files_, path_ + "/_metadata", "nonsense").ok());
  EXPECT_EQ(Checkpoint(1).code(), StatusCode::kCorruption);
  EXPECT_TRUE(Kept());
}

}  // namespace
}  // namespace weir::shell
