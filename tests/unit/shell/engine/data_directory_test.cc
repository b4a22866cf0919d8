// Where queries work for a while, and what becomes of it behind a kill.
#include "shell/engine/jobs/data_directory.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <sys/file.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "shell/engine/jobs/query_scratch.h"
#include "tests/unit/scratch_directory.h"

namespace weir::shell {
namespace {

namespace fs = std::filesystem;
using testing::StartsWith;

class QueryScratchTest : public testing::Test {
 protected:
  QueryScratchTest() {
    const char* const told = std::getenv("TMPDIR");
    if (told != nullptr) before_ = told;
    ::setenv("TMPDIR", temporary_.c_str(), 1);
  }
  ~QueryScratchTest() override {
    before_.empty() ? ::unsetenv("TMPDIR") : ::setenv("TMPDIR", before_.c_str(), 1);
  }

  // A directory with a file below it.
  std::string Make(const std::string& name) const {
    std::string path = temporary_ + "/" + name;
    fs::create_directories(path + "/work");
    std::ofstream(path + "/work/file") << "rows";
    return path;
  }

  FileSystem& files_ = FileSystem::Local();
  const ScratchDirectory scratch_;
  const std::string temporary_ = scratch_.path() + "/temporary";
  std::string before_;
};

TEST_F(QueryScratchTest, WhatNobodyHoldsIsRemovedAndNothingElse) {
  const std::string left = Make("weir-queries-left"), held = Make("weir-queries-held");
  const std::string other = Make("other");
  fs::create_directory_symlink(other, temporary_ + "/weir-queries-link");
  std::ofstream(temporary_ + "/weir-queries-file") << "no directory";
  const int lock = ::open(held.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  ASSERT_EQ(::flock(lock, LOCK_EX | LOCK_NB), 0);
  {
    QueryScratch scratch(files_);
    EXPECT_THAT(scratch.Path("a"), StartsWith(temporary_ + "/weir-queries-"));
  }
  EXPECT_FALSE(fs::exists(left));
  EXPECT_TRUE(fs::exists(held + "/work/file"));
  EXPECT_TRUE(fs::exists(other + "/work/file")) << "a link was followed";
  EXPECT_TRUE(fs::is_symlink(temporary_ + "/weir-queries-link"));
  EXPECT_TRUE(fs::exists(temporary_ + "/weir-queries-file"));
  ::close(lock);
}

TEST_F(QueryScratchTest, EachKeepsItsOwnUntilItEnds) {
  auto one = std::make_unique<QueryScratch>(files_);
  const std::string path = one->Path("a");
  const fs::path own = fs::path(path).parent_path();
  EXPECT_EQ(fs::path(one->Path("b")).parent_path(), own);
  EXPECT_EQ(fs::status(own).permissions(), fs::perms::owner_all);
  fs::create_directories(path);
  QueryScratch another(files_);
  const fs::path of_another = fs::path(another.Path("a")).parent_path();
  EXPECT_NE(of_another, own);
  EXPECT_TRUE(fs::exists(path)) << "another process took it for one that was left";
  one.reset();
  EXPECT_FALSE(fs::exists(own));
  EXPECT_TRUE(fs::exists(of_another));
}

TEST_F(QueryScratchTest, OneThatSomebodyTidiedUpIsMadeAnew) {
  QueryScratch scratch(files_);
  const fs::path first = fs::path(scratch.Path("a")).parent_path();
  fs::remove_all(first);
  fs::create_directory(first);  // by somebody else, and not locked
  const fs::path second = fs::path(scratch.Path("b")).parent_path();
  EXPECT_NE(second, first);
  EXPECT_TRUE(fs::is_directory(second));
}

TEST_F(QueryScratchTest, WhereNothingCanBeMadeThereIsAPathAllTheSame) {
  std::ofstream(temporary_) << "no directory";
  QueryScratch scratch(files_);
  EXPECT_NE(scratch.Path("a"), scratch.Path("b"));
}

class DataDirectoryTest : public testing::Test {
 protected:
  FileSystem& files_ = FileSystem::Local();
  const ScratchDirectory scratch_;
  const std::string path_ = scratch_.path() + "/data";
  const std::string queries_ = path_ + "/queries";
};

TEST_F(DataDirectoryTest, WhatKilledQueriesLeftGoesWithTheFirstJobOrQuery) {
  fs::create_directories(queries_ + "/killed/work");
  DataDirectory directory(files_, path_);
  ASSERT_TRUE(directory.Attach().ok());
  EXPECT_TRUE(fs::exists(queries_)) << "whoever reads changes nothing";
  JobRecord record;
  record.id = NewJobId();
  ASSERT_TRUE(directory.Save(record).ok());
  EXPECT_FALSE(fs::exists(queries_)) << "no query is needed for it";
  const std::string own = directory.QueryDirectory("own").value();
  EXPECT_EQ(own, queries_ + "/own");
  fs::create_directories(own);
  ASSERT_TRUE(directory.Attach().ok());
  EXPECT_EQ(directory.QueryDirectory("next").value(), queries_ + "/next");
  EXPECT_TRUE(fs::exists(own)) << "it is swept once";
}

TEST_F(DataDirectoryTest, WhatAnotherProcessHasIsNotTouched) {
  fs::create_directories(queries_ + "/running");
  const DataDirectory holder(files_, path_);
  ASSERT_TRUE(holder.Attach().ok());
  fs::create_directories(queries_ + "/running");
  DataDirectory late(files_, path_);
  EXPECT_EQ(late.Attach().id(), "E4003");
  EXPECT_TRUE(fs::exists(queries_ + "/running"));
}

}  // namespace
}  // namespace weir::shell
