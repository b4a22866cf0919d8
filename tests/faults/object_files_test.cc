#include "tests/faults/object_files.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>

#include "runtime/base/hash.h"
#include "runtime/put_in_place.h"
#include "state/checkpoint/backends.h"
#include "state/checkpoint/savepoints.h"
#include "state/files/scratch_directory.h"

namespace weir::faults {
namespace {

using std::chrono::milliseconds;
using testing::ElementsAre;
using testing::IsEmpty;

constexpr milliseconds kNever = std::chrono::minutes(10);

class ObjectFilesTest : public testing::Test {
 protected:
  ObjectFilesTest() {
    std::filesystem::remove_all(root_);
    Start(kNever);
  }
  ~ObjectFilesTest() override { std::filesystem::remove_all(root_); }

  // What another process sees.
  void Start(milliseconds late) {
    files_ = std::make_unique<ObjectFiles>(FileSystem::Local(), root_, late, milliseconds(0));
  }
  std::string Path(const std::string& name) const { return root_ + "/" + name; }
  void Write(const std::string& name, std::string_view bytes) {
    ASSERT_TRUE(files_->CreateDirectories(DirectoryOf(Path(name))).ok());
    const std::unique_ptr<WritableFile> file = files_->Create(Path(name)).value();
    ASSERT_TRUE(file->Append(bytes).ok() && file->Sync().ok() && file->Close().ok());
  }
  std::string Read(const std::string& name) {
    const Result<std::string> bytes = ReadFile(*files_, Path(name));
    return bytes.ok() ? *bytes : std::string(bytes.status().id());
  }
  std::vector<std::string> Names() {
    std::vector<std::string> names;
    const std::vector<FileInfo> entries = files_->List(root_).value();
    for (const FileInfo& entry : entries) names.push_back(entry.path.substr(root_.size() + 1));
    return names;
  }

  const std::string root_ = testing::TempDir() + "object_files";
  std::unique_ptr<ObjectFiles> files_;
};

TEST_F(ObjectFilesTest, AFileAppearsWhenItIsClosed) {
  {
    const std::unique_ptr<WritableFile> file = files_->Create(Path("a")).value();
    ASSERT_TRUE(file->Append("half").ok() && file->Sync().ok());
    EXPECT_EQ(Read("a"), "E4002");
  }
  EXPECT_EQ(Read("a"), "E4002") << "it was not closed";
  Write("a", "one");
  const std::unique_ptr<WritableFile> file = files_->Create(Path("a")).value();
  ASSERT_TRUE(file->Append("two").ok());
  EXPECT_EQ(Read("a"), "one");
  ASSERT_TRUE(file->Close().ok());
  EXPECT_EQ(Read("a"), "two");
}

TEST_F(ObjectFilesTest, NamesStay) {
  Write("a", "one");
  EXPECT_EQ(files_->Rename(Path("a"), Path("b")).code(), StatusCode::kUnsupported);
  EXPECT_EQ(files_->Link(Path("a"), Path("b")).id(), "E4001");
  EXPECT_EQ(files_->Reopen(Path("a"), 1).status().code(), StatusCode::kUnsupported);
  Write("b", "old");
  ASSERT_TRUE(PutInPlace(*files_, Path("a"), Path("b")).ok());
  EXPECT_EQ(Read("a"), "E4002");
  EXPECT_EQ(Read("b"), "one");
}

TEST_F(ObjectFilesTest, ListsAreLate) {
  Write("a", "one");
  EXPECT_THAT(Names(), IsEmpty());
  Start(milliseconds(0));
  EXPECT_THAT(Names(), ElementsAre("a"));
  Start(kNever);
  ASSERT_TRUE(files_->Remove(Path("a")).ok());
  EXPECT_THAT(Names(), ElementsAre("a")) << "it is gone";
  EXPECT_EQ(Read("a"), "E4002");
}

// Checkpoints of a file in shared/ each, of which the last two are kept.
TEST_F(ObjectFilesTest, CheckpointsAreFoundThoughListsAreLate) {
  const auto found = [&](CheckpointStorage& storage) {
    std::vector<uint64_t> numbers;
    const std::vector<CheckpointInfo> listed = storage.List().value();
    for (const CheckpointInfo& info : listed) {
      EXPECT_EQ(info.damage, "");
      numbers.push_back(info.checkpoint_id);
    }
    return numbers;
  };
  auto storage = state::MakeCheckpointStorage(*files_, Path("job"), {}).value();
  for (uint64_t id = 1; id <= 3; ++id) {
    ASSERT_EQ(storage->NextCheckpointId().value(), id);
    ASSERT_TRUE(storage->Prepare(id).ok());
    const std::string name = "shared/" + std::to_string(id);
    Write("job/" + name, "rows");
    CheckpointMetadata metadata;
    metadata.job_id = "job";
    metadata.checkpoint_id = id;
    metadata.backend = "memory";
    metadata.files = {{name, 4, Crc32c(0, "rows", 4), 4}};
    bool uncertain = false;
    ASSERT_TRUE(storage->Publish(metadata, uncertain).ok());
    ASSERT_TRUE(storage->Retain(2, {}).ok());
  }
  EXPECT_THAT(found(*storage), ElementsAre(2, 3));
  for (int start = 0; start < 2; ++start) {
    Start(kNever);
    storage = state::MakeCheckpointStorage(*files_, Path("job"), {}).value();
    EXPECT_THAT(found(*storage), ElementsAre(2, 3));
    EXPECT_TRUE(storage->Load(Path("job/chk-2")).ok());
    ASSERT_TRUE(storage->Retain(2, {}).ok());
  }
  // Lists that are late no more show what nobody needs.
  Start(milliseconds(0));
  storage = state::MakeCheckpointStorage(*files_, Path("job"), {}).value();
  EXPECT_THAT(found(*storage), ElementsAre(2, 3));
  EXPECT_EQ(Read("job/shared/1"), "E4002");
}

TEST_F(ObjectFilesTest, ASavepointHasItsMetadataLast) {
  CheckpointMetadata from;
  from.job_id = "0123456789abcdef0123456789abcdef";
  from.checkpoint_id = 7;
  from.backend = "memory";
  from.directory = Path("job");
  // Half of one, which an earlier attempt left.
  Write("saved/savepoint-012345-7/state/000001.rows", "half");
  const Result<state::SavepointInfo> info =
      state::WriteSavepoint(*files_, {.from = from, .target = Path("saved")});
  ASSERT_TRUE(info.ok()) << info.status().ToString();
  EXPECT_EQ(info->path, Path("saved/savepoint-012345-7"));
  EXPECT_TRUE(state::LoadSnapshot(*files_, info->path).ok());
  EXPECT_EQ(files_->Stat(info->path + ".unfinished/_metadata").status().code(),
            StatusCode::kNotFound);
  EXPECT_EQ(state::WriteSavepoint(*files_, {.from = from, .target = Path("saved")}).status().id(),
            "E7003");
}

TEST_F(ObjectFilesTest, ScratchIsElsewhereAndNothingIsWrittenToFindOut) {
  const std::string beside = Path("scratch");
  const Result<std::string> scratch = state::ScratchFor(*files_, beside);
  ASSERT_TRUE(scratch.ok()) << scratch.status().ToString();
  EXPECT_NE(*scratch, beside);
  EXPECT_TRUE(std::filesystem::remove(*scratch));
  EXPECT_EQ(state::ScratchFor(FileSystem::Local(), beside).value(), beside);
  EXPECT_TRUE(std::filesystem::is_empty(root_));
  EXPECT_TRUE(std::filesystem::is_empty(root_ + ".uploads"));
}

}  // namespace
}  // namespace weir::faults
