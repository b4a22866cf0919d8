// Paths below the data directory move with it; others stay.
#include "shell/engine/jobs/stored_path.h"

#include <gtest/gtest.h>

#include <filesystem>

namespace weir::shell {
namespace {

TEST(StoredPath, WhatIsBelowTheDataDirectoryIsRelativeToIt) {
  EXPECT_EQ(StoredPath("/data", "/data/jobs/1/checkpoints"), "./jobs/1/checkpoints");
  EXPECT_EQ(StoredPath("/data/", "/data/x/../y/"), "./y");
  EXPECT_EQ(ResolvedPath("/moved", "./jobs/1/checkpoints"), "/moved/jobs/1/checkpoints");
}

TEST(StoredPath, WhatIsElsewhereIsAbsolute) {
  EXPECT_EQ(StoredPath("/data", "/database/x"), "/database/x");
  EXPECT_EQ(StoredPath("/data", "/data"), "/data");
  EXPECT_EQ(StoredPath("/data", ""), "");
  EXPECT_EQ(ResolvedPath("/moved", "/database/x"), "/database/x");
  EXPECT_EQ(ResolvedPath("/moved", ""), "");
}

TEST(StoredPath, WhatIsInMemoryStaysAsItIs) {
  EXPECT_EQ(StoredPath("/data", "memory://1/chk-2"), "memory://1/chk-2");
  EXPECT_EQ(ResolvedPath("/moved", "memory://1/chk-2"), "memory://1/chk-2");
  EXPECT_EQ(AbsolutePath("memory://1/chk-2"), "memory://1/chk-2");
}

TEST(StoredPath, RelativeOnesAreOfTheWorkingDirectory) {
  const std::string here = std::filesystem::current_path().string();
  EXPECT_EQ(StoredPath("/data", "ckpt/1"), here + "/ckpt/1");
  EXPECT_EQ(StoredPath("weir-data", "weir-data/own/1"), "./own/1");
  EXPECT_EQ(ResolvedPath("weir-data", "./own/1"), here + "/weir-data/own/1");
}

}  // namespace
}  // namespace weir::shell
