// Files in memory behave as those of a disk, and never meet them.
#include "runtime/memory_files.h"

#include <gmock/gmock.h>

#include <filesystem>

#include "tests/unit/scratch_directory.h"

namespace weir {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

class MemoryFilesTest : public testing::Test {
 protected:
  Status Write(const std::string& path, std::string_view bytes) {
    const std::unique_ptr<WritableFile> file = TRY(files_->Create(path));
    RETURN_IF_ERROR(file->Append(bytes.substr(0, bytes.size() / 2)));
    RETURN_IF_ERROR(file->Append(bytes.substr(bytes.size() / 2)));
    RETURN_IF_ERROR(file->Sync());
    return file->Close();
  }
  std::string Read(const std::string& path) {
    const Result<std::string> bytes = ReadFile(*files_, path);
    return bytes.ok() ? *bytes : std::string(bytes.status().id());
  }
  std::vector<std::string> Names(const std::string& directory) {
    const std::vector<FileInfo> entries = files_->List(directory).value();
    std::vector<std::string> names;
    for (const FileInfo& entry : entries)
      names.push_back(entry.path + (entry.is_directory ? "/" : ""));
    return names;
  }

  const ScratchDirectory scratch_;
  const std::unique_ptr<FileSystem> files_ = WithMemoryFiles(FileSystem::Local());
};

TEST_F(MemoryFilesTest, AreCreatedReadListedAndRemoved) {
  EXPECT_EQ(Write("memory://j/chk-1/a", "x").id(), "E4002") << "no directory yet";
  ASSERT_TRUE(files_->CreateDirectories("memory://j/chk-1").ok());
  ASSERT_TRUE(files_->CreateDirectories("memory://j/chk-1").ok());
  ASSERT_TRUE(files_->CreateDirectories("memory://j-beside").ok());
  ASSERT_TRUE(Write("memory://j/chk-1/b", "hello").ok());
  ASSERT_TRUE(Write("memory://j/chk-1/a", "").ok());
  EXPECT_EQ(Read("memory://j/chk-1/b"), "hello");
  EXPECT_EQ(Read("memory://j/chk-1"), "E4001") << "a directory";
  EXPECT_EQ(Read("memory://j/none"), "E4002");
  EXPECT_THAT(Names("memory://j"), ElementsAre("memory://j/chk-1/"));
  EXPECT_THAT(Names("memory://j/chk-1"), ElementsAre("memory://j/chk-1/a", "memory://j/chk-1/b"));
  EXPECT_EQ(files_->Stat("memory://j/chk-1/b").value().bytes, 5U);
  EXPECT_TRUE(files_->Stat("memory://j/chk-1/b").value().is_regular);
  EXPECT_TRUE(files_->Stat("memory://j").value().is_directory);
  EXPECT_EQ(files_->CreateDirectories("memory://j/chk-1/a/c").id(), "E4001") << "a file";
  EXPECT_EQ(Write("memory://j/chk-1/a/c", "x").id(), "E4001") << "below a file";
  EXPECT_EQ(Write("memory://j", "x").id(), "E4001") << "a directory";
  ASSERT_TRUE(files_->Remove("memory://j/chk-1/a").ok());
  ASSERT_TRUE(files_->Remove("memory://j/chk-1/a").ok()) << "absent is success";
  EXPECT_FALSE(files_->Remove("memory://j").ok());
  EXPECT_THAT(Names("memory://j/chk-1"), ElementsAre("memory://j/chk-1/b"));
  ASSERT_TRUE(files_->RemoveRecursively("memory://j").ok());
  EXPECT_EQ(files_->Stat("memory://j").status().code(), StatusCode::kNotFound);
  EXPECT_EQ(Read("memory://j/chk-1/b"), "E4002");
  EXPECT_THAT(Names("memory://"), ElementsAre("memory://j-beside/"));
}

TEST_F(MemoryFilesTest, AreRenamedAndLinked) {
  ASSERT_TRUE(files_->CreateDirectories("memory://j/shared").ok());
  ASSERT_TRUE(Write("memory://j/LATEST.tmp", "2").ok());
  ASSERT_TRUE(Write("memory://j/LATEST", "1").ok());
  ASSERT_TRUE(files_->Rename("memory://j/LATEST.tmp", "memory://j/LATEST").ok());
  EXPECT_EQ(Read("memory://j/LATEST"), "2");
  EXPECT_EQ(Read("memory://j/LATEST.tmp"), "E4002");
  ASSERT_TRUE(files_->Link("memory://j/LATEST", "memory://j/shared/a").ok());
  EXPECT_FALSE(files_->Link("memory://j/LATEST", "memory://j/shared/a").ok()) << "it exists";
  ASSERT_TRUE(Write("memory://j/LATEST", "3").ok());
  EXPECT_EQ(Read("memory://j/shared/a"), "2") << "new contents are of one name";
  ASSERT_TRUE(files_->Rename("memory://j", "memory://k").ok());
  EXPECT_EQ(Read("memory://k/shared/a"), "2");
  EXPECT_EQ(files_->Stat("memory://j").status().code(), StatusCode::kNotFound);
  EXPECT_EQ(files_->Rename("memory://j", "memory://l").id(), "E4002");
  const std::unique_ptr<WritableFile> more = files_->Reopen("memory://k/LATEST", 0).value();
  ASSERT_TRUE(more->Append("four").ok());
  EXPECT_EQ(more->size(), 4U);
  EXPECT_EQ(Read("memory://k/LATEST"), "four");
}

TEST_F(MemoryFilesTest, AreHeldAsOthersAre) {
  ASSERT_TRUE(files_->CreateDirectories("memory://j/chk-1").ok());
  ASSERT_TRUE(Write("memory://j/chk-1/a", "hello").ok());
  const std::unique_ptr<HeldDirectory> held = files_->Hold("memory://j").value();
  EXPECT_EQ(ReadFile(*held, "chk-1/a", 100).value(), "hello");
  EXPECT_EQ(held->Open("../j/chk-1/a").status().id(), "E7001");
  EXPECT_EQ(held->Open("chk-1").status().id(), "E7001");
  EXPECT_EQ(held->Open("chk-2").status().code(), StatusCode::kNotFound);
  EXPECT_FALSE(held->RemoveDirectory("chk-1").ok());
  EXPECT_TRUE(held->Remove("chk-1/a").ok());
  EXPECT_TRUE(held->RemoveDirectory("chk-1").ok());
  EXPECT_TRUE(held->Sync().ok());
  EXPECT_THAT(Names("memory://j"), IsEmpty());
}

TEST_F(MemoryFilesTest, AreNeverLinkedOrRenamedToADisk) {
  const std::string disk = scratch_.path() + "/file";
  ASSERT_TRUE(Write(disk, "disk").ok());
  ASSERT_TRUE(files_->CreateDirectories("memory://j").ok());
  ASSERT_TRUE(Write("memory://j/a", "memory").ok());
  EXPECT_EQ(files_->Link(disk, "memory://j/b").id(), "E4001");
  EXPECT_EQ(files_->Link("memory://j/a", disk + "2").id(), "E4001");
  EXPECT_EQ(files_->Rename(disk, "memory://j/b").id(), "E4001");
  EXPECT_EQ(files_->Rename("memory://j/a", disk).id(), "E4001");
  // Not even where a directory is called like the scheme.
  const std::filesystem::path before = std::filesystem::current_path();
  std::filesystem::current_path(scratch_.path());
  std::filesystem::create_directories("memory:/j");
  const std::unique_ptr<HeldDirectory> held = files_->Hold(scratch_.path()).value();
  EXPECT_EQ(held->Link("file", "memory://j/b").id(), "E4001");
  EXPECT_TRUE(held->Link("file", scratch_.path() + "/link").ok());
  EXPECT_TRUE(std::filesystem::is_empty("memory:/j"));
  std::filesystem::current_path(before);
  EXPECT_EQ(Read(scratch_.path() + "/link"), "disk");
}

TEST_F(MemoryFilesTest, SayHowMuchTheyHold) {
  int64_t held = 0;
  {
    const auto files = WithMemoryFiles(FileSystem::Local(), [&](int64_t bytes) { held += bytes; });
    ASSERT_TRUE(files->CreateDirectories("memory://j").ok());
    const std::unique_ptr<WritableFile> file = files->Create("memory://j/a").value();
    ASSERT_TRUE(file->Append("hello").ok());
    EXPECT_EQ(held, 5);
    ASSERT_TRUE(files->Link("memory://j/a", "memory://j/b").ok());
    ASSERT_TRUE(files->Remove("memory://j/a").ok());
    EXPECT_EQ(held, 5) << "the link, and who has it open";
    ASSERT_TRUE(files->Reopen("memory://j/b", 2).ok());
    EXPECT_EQ(held, 2);
  }
  EXPECT_EQ(held, 0);
}

TEST_F(MemoryFilesTest, GoWithTheObject) {
  ASSERT_TRUE(files_->CreateDirectories("memory://j").ok());
  EXPECT_EQ(WithMemoryFiles(FileSystem::Local())->Stat("memory://j").status().code(),
            StatusCode::kNotFound);
}

}  // namespace
}  // namespace weir
