// Which paths may be named, also by links and detours.
#include "shell/engine/access/allowed_paths.h"

#include <gmock/gmock.h>

#include <filesystem>

namespace weir::shell {
namespace {

namespace fs = std::filesystem;

class AllowedPathsTest : public testing::Test {
 protected:
  void SetUp() override {
    root_ = fs::canonical(testing::TempDir()) / "allowed_paths_test";
    fs::remove_all(root_);
    for (const char* name : {"data/jobs", "free/in", "other"}) fs::create_directories(root_ / name);
    rules_ = {Below("data"), {Below("free")}};
  }
  std::string Below(const std::string& name) const { return (root_ / name).string(); }
  bool May(Role role, PathUse use, const std::string& path, bool remote = true) const {
    const Status status = CheckPath({"ada", role, remote}, rules_, use, path);
    EXPECT_EQ(status.id(), status.ok() ? "" : "E6004");
    return status.ok();
  }
  bool Operator(PathUse use, const std::string& name) const {
    return May(Role::kOperator, use, Below(name));
  }

  fs::path root_;
  PathRules rules_;
};

TEST_F(AllowedPathsTest, ReadersNameNone) {
  for (const PathUse use : {PathUse::kSavepoint, PathUse::kTable}) {
    for (const std::string name : {"data", "free", "other", "free/in"})
      EXPECT_FALSE(May(Role::kReader, use, Below(name))) << name;
  }
}

TEST_F(AllowedPathsTest, OperatorsNameAllowedOnes) {
  for (const std::string name : {"free", "free/", "free/in", "free/new/deep", "free/../free/x"}) {
    EXPECT_TRUE(Operator(PathUse::kSavepoint, name)) << name;
    EXPECT_TRUE(Operator(PathUse::kTable, name)) << name;
  }
  for (const std::string name : {"", "other", "freely", "free/../other", "free/in/../../other/x"}) {
    EXPECT_FALSE(Operator(PathUse::kSavepoint, name)) << name;
    EXPECT_FALSE(Operator(PathUse::kTable, name)) << name;
  }
  EXPECT_FALSE(May(Role::kOperator, PathUse::kTable, "/etc/passwd"));
}

TEST_F(AllowedPathsTest, ObjectsLieWhereTheirNamesSay) {
  const auto may = [&](const std::string& path) {
    return May(Role::kOperator, PathUse::kTable, path) &&
           May(Role::kOperator, PathUse::kSavepoint, path);
  };
  EXPECT_FALSE(may("s3://bucket/x"));
  rules_.allowed = {Below("free"), "s3://bucket/in"};
  EXPECT_TRUE(may("s3://bucket/in"));
  EXPECT_TRUE(may("s3://bucket/in/x.csv"));
  for (const char* const path :
       {"s3://bucket", "s3://bucket/inside", "s3://bucket/other", "s3://x/in"})
    EXPECT_FALSE(may(path)) << path;
  EXPECT_FALSE(May(Role::kReader, PathUse::kTable, "s3://bucket/in/x.csv"));
}

TEST_F(AllowedPathsTest, TheDataDirectoryIsOpenToSavepointsAlone) {
  EXPECT_TRUE(Operator(PathUse::kSavepoint, "data/saved"));
  EXPECT_FALSE(Operator(PathUse::kTable, "data/token"));
  rules_.allowed = {root_.string()};  // what lies around it
  EXPECT_TRUE(Operator(PathUse::kTable, "other/x"));
  EXPECT_FALSE(Operator(PathUse::kTable, "data/token"));
}

TEST_F(AllowedPathsTest, LinksAreFollowed) {
  fs::create_directory_symlink(root_ / "other", root_ / "free/out");
  fs::create_directory_symlink(root_ / "free", root_ / "other/back");
  fs::create_directory_symlink(root_ / "nothing", root_ / "free/dangling");
  EXPECT_FALSE(Operator(PathUse::kSavepoint, "free/out"));
  EXPECT_FALSE(Operator(PathUse::kTable, "free/out/x"));
  EXPECT_FALSE(Operator(PathUse::kSavepoint, "free/out/../in"));  // beside "other"
  EXPECT_TRUE(Operator(PathUse::kTable, "other/back/in"));
  EXPECT_FALSE(Operator(PathUse::kSavepoint, "free/dangling"));
  EXPECT_FALSE(Operator(PathUse::kTable, "free/dangling/x"));
}

TEST_F(AllowedPathsTest, AdminsAreBoundByWhatIsSaidAndOnlyFromAfar) {
  EXPECT_TRUE(May(Role::kAdmin, PathUse::kTable, "/etc/passwd", false));
  EXPECT_FALSE(May(Role::kAdmin, PathUse::kTable, "/etc/passwd"));
  EXPECT_TRUE(May(Role::kAdmin, PathUse::kTable, Below("free/x")));
  rules_.allowed.clear();
  EXPECT_TRUE(May(Role::kAdmin, PathUse::kTable, "/etc/passwd"));
}

}  // namespace
}  // namespace weir::shell
