#include "tests/faults/lost_write_file_system.h"

#include <gtest/gtest.h>

#include <chrono>
#include <filesystem>
#include <fstream>
#include <future>
#include <iterator>
#include <optional>
#include <vector>

namespace weir::faults {
namespace {

class LostWriteFileSystemTest : public testing::Test {
 protected:
  LostWriteFileSystemTest() { std::filesystem::remove_all(root_); }
  ~LostWriteFileSystemTest() override { std::filesystem::remove_all(root_); }

  void Open(uint64_t seed = 0) { files_.emplace(FileSystem::Local(), root_, seed); }
  // What another process finds.
  void Crash() {
    files_->PullPlug([] {});
    files_.reset();
  }
  std::string Path(const std::string& name) const { return root_ + "/" + name; }
  std::unique_ptr<WritableFile> Write(const std::string& name, std::string_view bytes) {
    auto file = files_->Create(Path(name)).value();
    EXPECT_TRUE(file->Append(bytes).ok());
    return file;
  }
  std::string Read(const std::string& name) const {
    std::ifstream in(Path(name), std::ios::binary);
    return in ? std::string{std::istreambuf_iterator<char>(in), {}} : "(none)";
  }

  const std::string root_ = testing::TempDir() + "lost_writes";
  std::optional<LostWriteFileSystem> files_;
};

TEST_F(LostWriteFileSystemTest, KeepsWhatWasSyncedAndNoMore) {
  Open();
  auto file = Write("a", "durable");
  ASSERT_TRUE(file->Sync().ok());
  ASSERT_TRUE(file->Append(" lost").ok());
  ASSERT_TRUE(files_->SyncDirectory(root_).ok());
  ASSERT_TRUE(file->Close().ok());
  Crash();
  EXPECT_EQ(Read("a"), "durable");
}

TEST_F(LostWriteFileSystemTest, LosesANameWhoseDirectoryWasNotSynced) {
  Open();
  ASSERT_TRUE(Write("a", "x")->Sync().ok());
  Crash();
  EXPECT_EQ(Read("a"), "(none)");
}

TEST_F(LostWriteFileSystemTest, LosesBytesThatWereRenamedUnsynced) {
  Open();
  ASSERT_TRUE(Write("a.tmp", "x")->Close().ok());
  ASSERT_TRUE(files_->Rename(Path("a.tmp"), Path("a")).ok());
  ASSERT_TRUE(files_->SyncDirectory(root_).ok());
  Crash();
  EXPECT_EQ(Read("a"), "");
  EXPECT_EQ(Read("a.tmp"), "(none)");
}

TEST_F(LostWriteFileSystemTest, TakesBackARenameAndARemoval) {
  Open();
  for (const char* name : {"old", "new", "kept"}) ASSERT_TRUE(Write(name, name)->Sync().ok());
  ASSERT_TRUE(files_->SyncDirectory(root_).ok());
  ASSERT_TRUE(files_->Rename(Path("new"), Path("old")).ok());
  ASSERT_TRUE(files_->Remove(Path("kept")).ok());
  Crash();
  EXPECT_EQ(Read("old"), "old");
  EXPECT_EQ(Read("new"), "new");
  EXPECT_EQ(Read("kept"), "kept");
}

TEST_F(LostWriteFileSystemTest, SyncsOneOfTwoDirectoriesOfALink) {
  Open();
  ASSERT_TRUE(files_->CreateDirectories(Path("from")).ok());
  ASSERT_TRUE(files_->CreateDirectories(Path("to")).ok());
  ASSERT_TRUE(Write("from/a", "x")->Sync().ok());
  ASSERT_TRUE(files_->Link(Path("from/a"), Path("to/a")).ok());
  ASSERT_TRUE(files_->SyncDirectory(Path("to")).ok());
  Crash();
  EXPECT_EQ(Read("from/a"), "(none)");
  EXPECT_EQ(Read("to/a"), "x");
}

TEST_F(LostWriteFileSystemTest, BringsARemovedDirectoryBack) {
  Open();
  ASSERT_TRUE(files_->CreateDirectories(Path("d/e")).ok());
  ASSERT_TRUE(Write("d/e/a", "x")->Sync().ok());
  ASSERT_TRUE(files_->SyncDirectory(Path("d/e")).ok());
  ASSERT_TRUE(files_->RemoveRecursively(Path("d")).ok());
  EXPECT_EQ(Read("d/e/a"), "(none)");
  Crash();
  EXPECT_EQ(Read("d/e/a"), "x");

  Open();
  ASSERT_TRUE(files_->RemoveRecursively(Path("d")).ok());
  ASSERT_TRUE(files_->SyncDirectory(root_).ok());
  Crash();
  EXPECT_EQ(Read("d/e/a"), "(none)");
}

TEST_F(LostWriteFileSystemTest, TakesBackTheRenameOfADirectoryWhoseParentWasNotSynced) {
  Open();
  ASSERT_TRUE(files_->CreateDirectories(Path("d.tmp/e")).ok());
  ASSERT_TRUE(Write("d.tmp/e/a", "x")->Sync().ok());
  ASSERT_TRUE(Write("d.tmp/b", "y")->Sync().ok());
  ASSERT_TRUE(Write("d.tmporary", "z")->Sync().ok());
  for (const char* name : {"d.tmp/e", "d.tmp", ""})
    ASSERT_TRUE(files_->SyncDirectory(Path(name)).ok());
  ASSERT_TRUE(Write("d.tmp/lost", "y")->Sync().ok());
  ASSERT_TRUE(files_->Rename(Path("d.tmp"), Path("d")).ok());
  EXPECT_EQ(Read("d/e/a"), "x");
  EXPECT_EQ(Read("d/lost"), "y");
  Crash();
  EXPECT_EQ(Read("d.tmp/e/a"), "x");
  EXPECT_EQ(Read("d.tmp/b"), "y");
  EXPECT_EQ(Read("d.tmp/lost"), "(none)");
  EXPECT_EQ(Read("d.tmporary"), "z");
  EXPECT_FALSE(std::filesystem::exists(Path("d")));

  Open();
  ASSERT_TRUE(files_->Rename(Path("d.tmp"), Path("d")).ok());
  ASSERT_TRUE(files_->SyncDirectory(root_).ok());
  Crash();
  EXPECT_EQ(Read("d/e/a"), "x");
  EXPECT_EQ(Read("d/b"), "y");
  EXPECT_FALSE(std::filesystem::exists(Path("d.tmp")));

  // Removed under its new name, and nothing synced: the old one is there again.
  Open();
  ASSERT_TRUE(files_->Rename(Path("d"), Path("f")).ok());
  ASSERT_TRUE(files_->RemoveRecursively(Path("f")).ok());
  Crash();
  EXPECT_EQ(Read("d/b"), "y");
  EXPECT_FALSE(std::filesystem::exists(Path("f")));
}

TEST_F(LostWriteFileSystemTest, LetsSomeSurviveByTheSeed) {
  size_t with_name = 0, cut = 0;
  for (uint64_t seed = 1; seed <= 40; ++seed) {
    std::filesystem::remove_all(root_);
    Open(seed);
    ASSERT_TRUE(Write("a", "0123456789")->Close().ok());
    Crash();
    const std::string left = Read("a");
    with_name += left != "(none)";
    cut += left != "(none)" && left.size() < 10;
  }
  EXPECT_GT(with_name, 5U);
  EXPECT_LT(with_name, 35U);
  EXPECT_GT(cut, 0U);
}

TEST_F(LostWriteFileSystemTest, PullsThePlugInsteadOfAChange) {
  Open();
  bool pulled = false;
  ASSERT_TRUE(Write("a", "x")->Sync().ok());
  const uint64_t before = files_->operations();
  files_->PullPlugAt(2, [&] { pulled = true; });
  ASSERT_TRUE(files_->SyncDirectory(root_).ok());
  EXPECT_FALSE(pulled);
  EXPECT_EQ(files_->operations(), before + 1);
  (void)files_->Remove(Path("a"));
  EXPECT_TRUE(pulled);
}

TEST_F(LostWriteFileSystemTest, LetsNobodyReadWhileFilesArePutBack) {
  Open();
  ASSERT_TRUE(Write("a", "0123456789")->Sync().ok());
  ASSERT_TRUE(files_->SyncDirectory(root_).ok());
  const std::unique_ptr<ReadableFile> file = files_->Open(Path("a")).value();
  char bytes[10];
  std::vector<std::future<void>> readers;
  files_->PullPlug([&] {
    const auto read = [&](auto how) { readers.push_back(std::async(std::launch::async, how)); };
    read([&] { (void)files_->Stat(Path("a")); });
    read([&] { (void)files_->List(root_); });
    read([&] { (void)files_->Open(Path("a")); });
    read([&] { (void)file->Read(0, sizeof(bytes), bytes); });
    for (const std::future<void>& reader : readers)
      EXPECT_EQ(reader.wait_for(std::chrono::milliseconds(20)), std::future_status::timeout);
  });
}

TEST_F(LostWriteFileSystemTest, PassesOtherPathsThrough) {
  Open();
  const std::string other = testing::TempDir() + "lost_writes_other";
  ASSERT_TRUE(files_->Create(other).value()->Close().ok());
  EXPECT_TRUE(files_->Stat(other).ok());
  EXPECT_EQ(files_->operations(), 0U);
  ASSERT_TRUE(files_->Remove(other).ok());
}

}  // namespace
}  // namespace weir::faults
