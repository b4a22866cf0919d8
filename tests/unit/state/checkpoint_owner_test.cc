// Directories of checkpoints that are not called by their job's id belong to one job.
#include "state/checkpoint/checkpoint_owner.h"

#include <gtest/gtest.h>

#include <filesystem>

#include "state/files/checkpoint_files.h"
#include "tests/unit/scratch_directory.h"
#include "tests/unit/state/state_fixture.h"

namespace weir::state {
namespace {

class CheckpointOwnerTest : public testing::Test {
 protected:
  void Write(const std::string& name, std::string_view text) {
    ASSERT_OK(files_.CreateDirectories(DirectoryOf(Path(name))));
    ASSERT_OK(WriteSyncedFile(files_, Path(name), text));
  }
  std::string Path(const std::string& name) const { return JoinPath(scratch_.path(), name); }

  FileSystem& files_ = FileSystem::Local();
  const ScratchDirectory scratch_;
};

TEST_F(CheckpointOwnerTest, IsWhoTakesItFirst) {
  const std::string place = Path("c");
  EXPECT_FALSE(IsOwned(files_, place, "a"));
  ASSERT_OK(TakeDirectory(files_, place, "a"));
  ASSERT_OK(TakeDirectory(files_, place, "a"));
  EXPECT_TRUE(IsOwned(files_, place, "a"));
  EXPECT_FALSE(IsOwned(files_, place, "b"));
  EXPECT_EQ(Expect(OwnerOf(files_, place)), "a");
  EXPECT_EQ(TakeDirectory(files_, place, "b").id(), "E6002");
  EXPECT_EQ(Expect(ReadFile(files_, place + "/JOB")),
            Expect(ReadFile(files_, "tests/golden/v1/JOB")));
  const std::string text = Expect(ReadFile(files_, place + "/JOB"));
  for (size_t i = 0; i < text.size(); ++i) {
    std::string bad = text;
    bad[i] ^= 1;
    Write("c/JOB", bad);
    EXPECT_FALSE(IsOwned(files_, place, "a")) << i;
    EXPECT_EQ(TakeDirectory(files_, place, "a").id(), "E7001") << i;
    Write("c/JOB", text.substr(0, i));
    EXPECT_FALSE(IsOwned(files_, place, "a")) << i;
  }
}

TEST_F(CheckpointOwnerTest, WhatNobodyKnowsIsNotTaken) {
  for (const char* made : {"c/chk-7/_metadata", "c/shared/a", "c/taskowned/a", "c/LATEST"}) {
    std::filesystem::remove_all(Path("c"));
    Write("c/photos/a.jpg", "a");
    ASSERT_OK(TakeDirectory(files_, Path("c"), "a"));
    std::filesystem::remove(Path("c/JOB"));
    Write(made, "x");
    EXPECT_EQ(TakeDirectory(files_, Path("c"), "a").id(), "E6002") << made;
    EXPECT_FALSE(files_.Stat(Path("c/JOB")).ok());
  }
}

TEST_F(CheckpointOwnerTest, OnlyTheJobsOwnIsRemoved) {
  Write("c/photos/a.jpg", "a");
  ASSERT_OK(TakeDirectory(files_, Path("c"), "a"));
  for (const char* made : {"c/chk-7/_metadata", "c/shared/a", "c/taskowned/a", "c/LATEST",
                           "c/NEXT-ID", "c/NEXT-ATTEMPT", "c/chk-of-mine/a"})
    Write(made, "x");
  ASSERT_OK(RemoveCheckpointsOf(files_, Path("c"), "b"));
  EXPECT_TRUE(files_.Stat(Path("c/chk-7/_metadata")).ok());
  ASSERT_OK(RemoveCheckpointsOf(files_, Path("c"), "a"));
  std::vector<std::string> left;
  for (const FileInfo& entry : Expect(files_.List(Path("c")))) left.push_back(entry.path);
  EXPECT_EQ(left, (std::vector{Path("c/chk-of-mine"), Path("c/photos")}));
  ASSERT_OK(RemoveCheckpointsOf(files_, Path("none"), "a"));
}

// Those that are called by the id need no file, and go whole.
TEST_F(CheckpointOwnerTest, AreKnownByTheirNames) {
  for (const char* name : {"a", "a/checkpoints"}) {
    EXPECT_TRUE(IsNamedByJob(Path(name), "a"));
    ASSERT_OK(TakeDirectory(files_, Path(name), "a"));
    EXPECT_FALSE(files_.Stat(Path(name) + "/JOB").ok());
    Write(std::string(name) + "/chk-7/_metadata", "x");
    EXPECT_TRUE(IsOwned(files_, Path(name), "a"));
    ASSERT_OK(RemoveCheckpointsOf(files_, Path(name), "a"));
    EXPECT_FALSE(files_.Stat(Path(name)).ok());
  }
  EXPECT_FALSE(IsNamedByJob(Path("b/checkpoints"), "a")) << "somebody's directory";
  EXPECT_FALSE(IsNamedByJob(Path("checkpoints"), "a"));
}

}  // namespace
}  // namespace weir::state
