#include "shell/engine/jobs/savepoint_list.h"

#include <gtest/gtest.h>

#include "tests/unit/scratch_directory.h"

namespace weir::shell {
namespace {

class SavepointListTest : public ::testing::Test {
 protected:
  std::string path() const { return scratch_.path() + "/savepoints"; }

  const ScratchDirectory scratch_;
};

TEST_F(SavepointListTest, RemembersFindsAndForgets) {
  SavepointList list(FileSystem::Local(), path());
  EXPECT_TRUE(list.All()->empty());
  ASSERT_TRUE(list.Add({"Nightly", "/a/savepoint-1", "sales", "0123", "native", 1, 100, 5}).ok());
  ASSERT_TRUE(list.Add({"", "/a/savepoint-2", "sales", "0123", "canonical", 2, 200, 6}).ok());
  const SavepointList again(FileSystem::Local(), path());
  ASSERT_EQ(again.All()->size(), 2U);
  EXPECT_EQ(again.Find("nightly")->path, "/a/savepoint-1");
  EXPECT_EQ(again.Find("nightly")->bytes, 100U);
  EXPECT_EQ(again.Find("nightli").status().hint(), "did you mean \"Nightly\"?");
  EXPECT_EQ(again.Find("").status().id(), "E7004");
  EXPECT_EQ(again.CheckFree("NIGHTLY").id(), "E7003");
  EXPECT_TRUE(again.CheckFree("weekly").ok());
  ASSERT_TRUE(list.Remove("/a/savepoint-1").ok());
  EXPECT_TRUE(again.CheckFree("nightly").ok());
  EXPECT_EQ(again.All()->size(), 1U);
}

TEST_F(SavepointListTest, DamageIsNamed) {
  SavepointList list(FileSystem::Local(), path());
  ASSERT_TRUE(list.Add({"x", "/a", "j", "0", "native", 1, 1, 1}).ok());
  const std::string whole = *ReadFile(FileSystem::Local(), path());
  for (size_t i = 0; i < whole.size(); ++i) {
    std::string bad = whole;
    bad[i] = static_cast<char>(bad[i] ^ 4);
    ASSERT_TRUE(WriteFileAtomically(FileSystem::Local(), path(), bad).ok());
    EXPECT_EQ(list.All().status().id(), "E7001") << i;
  }
}

}  // namespace
}  // namespace weir::shell
