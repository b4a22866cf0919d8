// Paths below a directory that somebody else wrote: nothing outside is reached by them.
#include "runtime/held_directory.h"

#include <gmock/gmock.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <thread>

namespace weir {
namespace {

namespace fs = std::filesystem;

class HeldDirectoryTest : public testing::TestWithParam<FollowBy> {
 protected:
  HeldDirectoryTest() {
    std::string pattern = testing::TempDir() + "weir-held-XXXXXX";
    root_ = mkdtemp(pattern.data());
    fs::create_directories(root_ + "/held/a/b");
    fs::create_directories(root_ + "/other");
    for (const char* file : {"held/file", "held/a/b/deep", "other/file", "secret"}) {
      std::ofstream(root_ + "/" + file) << file;
    }
    held_ = HoldLocalDirectory(root_ + "/held", GetParam()).value();
  }
  ~HeldDirectoryTest() override { fs::remove_all(root_); }

  std::string Read(const std::string& path) {
    const Result<std::string> bytes = ReadFile(*held_, path, 100);
    return bytes.ok() ? *bytes : std::string(bytes.status().id());
  }

  std::string root_;
  std::unique_ptr<HeldDirectory> held_;
};

TEST_P(HeldDirectoryTest, ReachesWhatIsBelow) {
  EXPECT_EQ(Read("file"), "held/file");
  EXPECT_EQ(Read("a/b/deep"), "held/a/b/deep");
  EXPECT_EQ(Read("a/none"), "E4002");
  EXPECT_EQ(Read("none/none"), "E4002");
  EXPECT_EQ(ReadFile(*held_, "file", 3).status().id(), "E7001");
  EXPECT_TRUE(held_->Sync().ok());
}

TEST_P(HeldDirectoryTest, RefusesPathsThatLeadElsewhere) {
  for (const std::string& path :
       {root_ + "/secret", std::string("../secret"), std::string("a/../../secret"),
        std::string("a/../file"), std::string("./file"), std::string("a//b/deep"), std::string(),
        std::string("."), std::string(".."), std::string("file/"), std::string("file\0x", 6)}) {
    EXPECT_EQ(Read(path), "E7001") << path;
    EXPECT_EQ(held_->Remove(path).id(), "E7001") << path;
    EXPECT_EQ(held_->RemoveDirectory(path).id(), "E7001") << path;
    EXPECT_EQ(held_->Link(path, root_ + "/linked").id(), "E7001") << path;
  }
  EXPECT_TRUE(fs::exists(root_ + "/secret"));
  EXPECT_FALSE(fs::exists(root_ + "/linked"));
}

TEST_P(HeldDirectoryTest, RefusesSymbolicLinks) {
  fs::create_symlink(root_ + "/secret", root_ + "/held/link");
  fs::create_symlink("file", root_ + "/held/inner");
  fs::create_directory_symlink(root_ + "/other", root_ + "/held/directory");
  fs::create_directory_symlink("a", root_ + "/held/below");
  for (const char* path : {"link", "inner", "directory/file", "below/b/deep"}) {
    EXPECT_EQ(Read(path), "E7001") << path;
    EXPECT_EQ(held_->Remove(path).id(), "E7001") << path;
    EXPECT_EQ(held_->Link(path, root_ + "/linked").id(), "E7001") << path;
  }
  EXPECT_EQ(held_->RemoveDirectory("directory").id(), "E7001");
  EXPECT_TRUE(fs::exists(root_ + "/other/file") && fs::is_symlink(root_ + "/held/link"));
  EXPECT_FALSE(fs::exists(fs::symlink_status(root_ + "/linked")));
}

TEST_P(HeldDirectoryTest, NeverWaitsForWhatIsNoFile) {
  ASSERT_EQ(::mkfifo((root_ + "/held/fifo").c_str(), 0600), 0);
  for (const char* path : {"fifo", "a"}) {
    EXPECT_EQ(Read(path), "E7001") << path;
    EXPECT_EQ(held_->Remove(path).id(), "E7001") << path;
    EXPECT_EQ(held_->Link(path, root_ + "/linked").id(), "E7001") << path;
  }
  EXPECT_TRUE(fs::exists(root_ + "/held/fifo"));
}

TEST_P(HeldDirectoryTest, RemovesFilesAndEmptyDirectories) {
  EXPECT_EQ(held_->RemoveDirectory("a").id(), "E4001");  // not empty
  EXPECT_TRUE(held_->Remove("a/b/deep").ok());
  EXPECT_TRUE(held_->Remove("a/b/deep").ok());  // again
  EXPECT_TRUE(held_->RemoveDirectory("a/b").ok());
  EXPECT_TRUE(held_->RemoveDirectory("a").ok());
  EXPECT_TRUE(held_->Link("file", root_ + "/linked").ok());
  EXPECT_TRUE(fs::equivalent(root_ + "/linked", root_ + "/held/file"));
}

// Held is the directory, not its name.
TEST_P(HeldDirectoryTest, StaysWithTheDirectoryThatWasOpened) {
  fs::rename(root_ + "/held", root_ + "/moved");
  fs::create_directory_symlink(root_ + "/other", root_ + "/held");
  EXPECT_EQ(Read("file"), "held/file");
  EXPECT_TRUE(held_->Remove("file").ok());
  EXPECT_TRUE(fs::exists(root_ + "/other/file"));
}

// A directory is swapped for a symbolic link and back while files are read and removed.
TEST_P(HeldDirectoryTest, ARaceDoesNotEscape) {
  const char* slice = std::getenv("WEIR_TEST_SLICE");
  const int rounds = slice != nullptr && std::string_view(slice) == "full" ? 100'000 : 5000;
  const std::string inner = root_ + "/held/d";
  fs::create_directory(inner);
  fs::create_directory_symlink(root_ + "/other", root_ + "/held/link");
  std::atomic<bool> done{false};
  std::thread swapper([&] {
    while (!done.load()) {  // d, link -> link, d
      ::rename((root_ + "/held/d").c_str(), (root_ + "/held/was").c_str());
      ::rename((root_ + "/held/link").c_str(), (root_ + "/held/d").c_str());
      ::rename((root_ + "/held/d").c_str(), (root_ + "/held/link").c_str());
      ::rename((root_ + "/held/was").c_str(), (root_ + "/held/d").c_str());
    }
  });
  int refused = 0;
  // Goes on until the link was met: on a busy machine the swapper may not run for a while.
  for (int round = 0; round < rounds || (refused == 0 && round < 1000 * rounds); ++round) {
    const std::string read = Read("d/file");
    EXPECT_NE(read, "other/file");
    refused += read == "E7001" ? 1 : 0;
    (void)held_->Remove("d/file").ok();
    ASSERT_TRUE(fs::exists(root_ + "/other/file"));
    EXPECT_FALSE(held_->Link("d/file", root_ + "/linked").ok());
  }
  done = true;
  swapper.join();
  EXPECT_GT(refused, 0) << "the link was never met";
}

INSTANTIATE_TEST_SUITE_P(All, HeldDirectoryTest,
                         testing::Values(FollowBy::kKernel, FollowBy::kSteps), [](const auto& by) {
                           return by.param == FollowBy::kKernel ? "Kernel" : "Steps";
                         });

}  // namespace
}  // namespace weir
