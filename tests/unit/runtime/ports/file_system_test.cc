#include "runtime/file_system.h"

#include <gmock/gmock.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <string>
#include <vector>

#include "runtime/clock.h"
#include "runtime/fault_point.h"

namespace weir {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

// A directory of its own for each test.
class FileSystemTest : public testing::Test {
 protected:
  FileSystemTest() {
    std::string pattern = testing::TempDir() + "weir-files-XXXXXX";
    directory_ = mkdtemp(pattern.data());
  }
  ~FileSystemTest() override { EXPECT_TRUE(files_.RemoveRecursively(directory_).ok()); }
  std::string Path(std::string_view name) const { return JoinPath(directory_, name); }

  FileSystem& files_ = FileSystem::Local();
  std::string directory_;
};

TEST_F(FileSystemTest, ReadsWhatWasAppended) {
  auto file = *files_.Create(Path("a"));
  std::string expected;
  for (const size_t bytes : {1U, 100U, 70'000U, 5U, 200'000U}) {
    const std::string part(bytes, static_cast<char>('a' + bytes % 26));
    ASSERT_TRUE(file->Append(part).ok());
    expected += part;
  }
  EXPECT_EQ(file->size(), expected.size());
  ASSERT_TRUE(file->Sync().ok());
  EXPECT_EQ(*ReadFile(files_, Path("a")), expected);
  ASSERT_TRUE(file->Close().ok());
  EXPECT_FALSE(file->Append("more").ok());
  EXPECT_EQ(files_.Stat(Path("a"))->bytes, expected.size());

  char part[10];
  const auto reader = *files_.Open(Path("a"));
  EXPECT_EQ(*reader->Read(expected.size() - 4, 10, part), 4U);
  EXPECT_EQ(*reader->Read(expected.size() + 9, 10, part), 0U);
}

// To open it as a file would wait for its writer.
TEST_F(FileSystemTest, APipeIsNoFile) {
  ASSERT_EQ(::mkfifo(Path("pipe").c_str(), 0600), 0);
  EXPECT_THAT(files_.Open(Path("pipe")).status().message(), HasSubstr("is a pipe, not a file"));
}

TEST_F(FileSystemTest, ReopensBehindACut) {
  ASSERT_TRUE(WriteFileAtomically(files_, Path("a"), "0123456789").ok());
  {
    auto file = *files_.Reopen(Path("a"), 4);
    ASSERT_TRUE(file->Append("x").ok());
    EXPECT_EQ(file->size(), 5U);
  }  // the destructor writes what is buffered
  EXPECT_EQ(*ReadFile(files_, Path("a")), "0123x");
  EXPECT_EQ(files_.Reopen(Path("a"), 99).status().code(), StatusCode::kCorruption);
}

TEST_F(FileSystemTest, ListsSorted) {
  ASSERT_TRUE(files_.CreateDirectories(Path("x/y/z")).ok());
  ASSERT_TRUE(files_.CreateDirectories(Path("x/y/z")).ok());
  for (const char* name : {"x/b", "x/a"})
    ASSERT_TRUE(WriteFileAtomically(files_, Path(name), "1").ok());
  const std::vector<FileInfo> entries = *files_.List(Path("x"));
  ASSERT_EQ(entries.size(), 3U);
  EXPECT_EQ(entries[0].path, Path("x/a"));
  EXPECT_EQ(entries[1].path, Path("x/b"));
  EXPECT_TRUE(entries[2].is_directory);
  EXPECT_GT(entries[0].modified_nanos, 1'600'000'000'000'000'000);
}

TEST_F(FileSystemTest, LinksRenamesAndRemoves) {
  ASSERT_TRUE(WriteFileAtomically(files_, Path("a"), "1").ok());
  ASSERT_TRUE(files_.Link(Path("a"), Path("b")).ok());
  ASSERT_TRUE(files_.Rename(Path("a"), Path("c")).ok());
  ASSERT_TRUE(files_.SyncDirectory(directory_).ok());
  EXPECT_EQ(files_.Stat(Path("a")).status().code(), StatusCode::kNotFound);
  EXPECT_EQ(*ReadFile(files_, Path("b")), "1");
  ASSERT_TRUE(files_.Remove(Path("b")).ok());
  ASSERT_TRUE(files_.Remove(Path("b")).ok());
  EXPECT_TRUE(files_.RemoveRecursively(Path("nothing")).ok());
}

TEST_F(FileSystemTest, NamesThePathInErrors) {
  const Status missing = files_.Open(Path("missing")).status();
  EXPECT_EQ(missing.code(), StatusCode::kNotFound);
  EXPECT_THAT(missing.message(), HasSubstr(Path("missing")));
  ASSERT_TRUE(WriteFileAtomically(files_, Path("f"), "1").ok());
  EXPECT_EQ(files_.Create(Path("f/g")).status().code(), StatusCode::kExternal);
  EXPECT_FALSE(files_.CreateDirectories(Path("f/g")).ok());
  EXPECT_FALSE(files_.CreateDirectories(Path("f")).ok());
  EXPECT_FALSE(files_.List(Path("f")).ok());
}

std::vector<std::string> passed_points;

TEST_F(FileSystemTest, WritesAtomicallyInSteps) {
  passed_points.clear();
  SetFaultHook([](std::string_view point) { passed_points.emplace_back(point); });
  ASSERT_TRUE(WriteFileAtomically(files_, Path("a"), "old").ok());
  SetFaultHook(nullptr);
  EXPECT_THAT(passed_points, ElementsAre("file.before_sync", "file.after_sync",
                                         "file.before_rename", "file.after_rename"));
  ASSERT_TRUE(WriteFileAtomically(files_, Path("a"), "new").ok());
  EXPECT_EQ(*ReadFile(files_, Path("a")), "new");
  EXPECT_EQ(passed_points.size(), 4U);
}

TEST(Paths, JoinAndSplit) {
  EXPECT_EQ(JoinPath("a", "b"), "a/b");
  EXPECT_EQ(JoinPath("a/", "b"), "a/b");
  EXPECT_EQ(JoinPath("", "b"), "b");
  EXPECT_EQ(JoinPath("a", "/b"), "/b");
  EXPECT_EQ(DirectoryOf("a/b"), "a");
  EXPECT_EQ(DirectoryOf("/b"), "/");
  EXPECT_EQ(DirectoryOf("b"), ".");
}

TEST(FaultPoints, ArePlantedOnlyOnRequest) {
  EXPECT_FALSE(DefectPlanted("skip-sync"));
  SetDefectQuery([](std::string_view name) { return name == "skip-sync"; });
  EXPECT_TRUE(DefectPlanted("skip-sync"));
  EXPECT_FALSE(DefectPlanted("other"));
  SetDefectQuery(nullptr);
}

TEST(SystemClock, Advances) {
  Clock& clock = Clock::System();
  const int64_t before = clock.MonotonicNanos();
  clock.Sleep(std::chrono::microseconds(10));
  EXPECT_GE(clock.MonotonicNanos(), before + 10'000);
  EXPECT_GT(clock.Now().millis, 1'600'000'000'000);
}

}  // namespace
}  // namespace weir
