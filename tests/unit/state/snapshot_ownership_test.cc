// Whose files of savepoints and checkpoints are: what a restored job does to those that it started
// from, and removing one checkpoint of several.
#include <gmock/gmock.h>

#include <filesystem>
#include <fstream>
#include <mutex>
#include <set>

#include "runtime/types/string_ref.h"
#include "state/checkpoint/savepoints.h"
#include "tests/unit/state/state_fixture.h"

namespace weir::state {
namespace {

using testing::HasSubstr;

constexpr int64_t kOwnedRows = 3000;

SavepointInfo Save(Job& job, SavepointFormat format) {
  CheckpointMetadata from = job.Checkpoint();
  from.job_id = "0123456789abcdef";
  from.directory = job.checkpoints();
  return Expect(
      WriteSavepoint(FileSystem::Local(), {from, job.checkpoints() + "/saved", format, {}}));
}

std::map<std::string, std::string> ContentsOf(const SavepointInfo& saved) {
  std::map<std::string, std::string> contents;
  for (const StateFile& file : saved.metadata.files)
    contents[file.path] = Expect(ReadFile(FileSystem::Local(), saved.path + "/" + file.path));
  return contents;
}

// NO_CLAIM: the first checkpoint is a full one, and does not even open the savepoint's files for
// writing: they may belong to somebody else.
TEST(SnapshotOwnership, TheFirstCheckpointIsFullAndWritesToNoFileOfTheSavepoint) {
  Job original({});
  PutRows(OpenNumbers(original), 0, kOwnedRows);
  const SavepointInfo saved = Save(original, SavepointFormat::kNative);
  const auto before = ContentsOf(saved);
  Job restored({});
  restored.Stop();
  restored.Start(Expect(LoadSnapshot(FileSystem::Local(), saved.path)));
  (void)OpenNumbers(restored);
  std::mutex mutex;
  std::set<std::string> opened;
  restored.files().before = [&](std::string_view operation, const std::string& path) {
    const std::lock_guard lock(mutex);
    if (operation == "create" && path.find("/shared/") != std::string::npos) opened.insert(path);
    return Status();
  };
  const CheckpointMetadata first = restored.Checkpoint();
  restored.files().before = nullptr;
  EXPECT_TRUE(opened.empty()) << *opened.begin();
  uint64_t fresh = 0;
  for (const StateFile& file : first.files) {
    if (!file.path.starts_with("shared/")) continue;
    EXPECT_EQ(file.dirty_bytes, file.bytes) << "a full checkpoint shares nothing";
    fresh += file.bytes;
  }
  EXPECT_GT(fresh, 0U);
  EXPECT_EQ(ContentsOf(saved), before);
  // It verifies, and needs the savepoint no more.
  ASSERT_OK(RemoveSavepoint(FileSystem::Local(), saved.path));
  const CheckpointMetadata loaded = restored.LoadLatest();
  restored.Stop();
  restored.Start(loaded);
  EXPECT_EQ(AllRows(restored).size(), static_cast<size_t>(kOwnedRows));
}

// A later checkpoint shares what the first one took over.
TEST(SnapshotOwnership, TheSecondCheckpointIsIncremental) {
  Job original({});
  PutRows(OpenNumbers(original), 0, kOwnedRows);
  const SavepointInfo saved = Save(original, SavepointFormat::kNative);
  Job restored({});
  restored.Stop();
  restored.Start(Expect(LoadSnapshot(FileSystem::Local(), saved.path)));
  ValueTable& table = OpenNumbers(restored);
  (void)restored.Checkpoint();
  PutRows(table, 0, 10);
  uint64_t dirty = 0;
  uint64_t all = 0;
  for (const StateFile& file : restored.Checkpoint().files) {
    if (!file.path.starts_with("shared/")) continue;
    dirty += file.dirty_bytes;
    all += file.bytes;
  }
  EXPECT_GT(dirty, 0U);
  EXPECT_LT(dirty, all / 2);
}

TEST(SnapshotOwnership, VerifyingReportsItsProgressAndFindsTheFirstBadFile) {
  Job job({});
  PutRows(OpenNumbers(job), 0, kOwnedRows);
  const SavepointInfo saved = Save(job, SavepointFormat::kCanonical);
  uint64_t last = 0;
  uint64_t total = 0;
  ASSERT_TRUE(LoadSnapshot(FileSystem::Local(), saved.path, [&](uint64_t done, uint64_t all) {
                EXPECT_GE(done, last);
                last = done;
                total = all;
              }).ok());
  EXPECT_EQ(total, saved.bytes);
  EXPECT_EQ(last, total);
  for (const StateFile& file : saved.metadata.files)
    ASSERT_OK(FileSystem::Local().Remove(saved.path + "/" + file.path));
  EXPECT_THAT(LoadSnapshot(FileSystem::Local(), saved.path).status().message(),
              HasSubstr(saved.metadata.files.front().path));
}

TEST(SnapshotOwnership, WritingReportsItsProgress) {
  constexpr int64_t kManyRows = 40'000;
  for (const SavepointFormat format : {SavepointFormat::kCanonical, SavepointFormat::kNative}) {
    Job job({});
    PutRows(OpenNumbers(job), 0, kManyRows);
    CheckpointMetadata from = job.Checkpoint();
    from.job_id = "0123456789abcdef";
    from.directory = job.checkpoints();
    OperatorCheckpoint& op = from.operators.emplace_back();
    op.uid = "op";
    op.kind = "GroupAggregate";
    op.rows = kManyRows;
    uint64_t expected = 0;
    for (const StateFile& file : from.files) expected += file.bytes;
    std::vector<uint64_t> seen;
    const auto note = [&](uint64_t done, uint64_t total) {
      EXPECT_EQ(total, expected);
      EXPECT_TRUE(seen.empty() || seen.back() <= done);
      seen.push_back(done);
    };
    Expect(WriteSavepoint(FileSystem::Local(), {from, job.checkpoints() + "/saved", format, note}));
    EXPECT_EQ(seen.back(), expected);
    EXPECT_GT(seen.size(), 1U);
  }
}

// Three checkpoints of a job; whichever goes, the others restore.
TEST(SnapshotOwnership, OneCheckpointGoesAndTheOthersStay) {
  for (const size_t gone : {0U, 1U, 2U}) {
    SCOPED_TRACE(gone);
    Job job({});
    ValueTable& table = OpenNumbers(job);
    std::vector<size_t> rows;
    for (int64_t i = 1; i <= 3; ++i) {
      PutRows(table, (i - 1) * kOwnedRows, kOwnedRows);
      (void)job.Checkpoint();
      rows.push_back(static_cast<size_t>(i * kOwnedRows));
    }
    const std::vector<CheckpointInfo> all = Expect(job.storage().List());
    job.Stop();
    ASSERT_OK(RemoveCheckpoint(FileSystem::Local(), all[gone].path));
    ASSERT_OK(RemoveCheckpoint(FileSystem::Local(), all[gone].path));  // again
    for (size_t kept = 0; kept < all.size(); ++kept) {
      if (kept == gone) {
        EXPECT_EQ(LoadSnapshot(FileSystem::Local(), all[kept].path).status().id(), "E7004");
        continue;
      }
      Job other({});
      other.Stop();
      other.Start(Expect(LoadSnapshot(FileSystem::Local(), all[kept].path + "/_metadata")));
      EXPECT_EQ(AllRows(other).size(), rows[kept]);
    }
    job.Start(std::nullopt);
    EXPECT_EQ(Expect(job.storage().List()).size(), 2U);
  }
}

TEST(SnapshotOwnership, TheLastCheckpointLeavesAnEmptyDirectoryBehind) {
  Job job({});
  PutRows(OpenNumbers(job), 0, kOwnedRows);
  (void)job.Checkpoint();
  const std::string path = Expect(job.storage().List()).front().path;
  job.Stop();
  ASSERT_OK(RemoveCheckpoint(FileSystem::Local(), path + "/_metadata"));
  EXPECT_TRUE(Expect(FileSystem::Local().List(job.checkpoints() + "/shared")).empty());
  job.Start(std::nullopt);
  EXPECT_TRUE(Expect(job.storage().List()).empty());
  EXPECT_EQ(RemoveCheckpoint(FileSystem::Local(), job.checkpoints()).id(), "E7004");
}

// What a stranger put beside it stays; what a link of theirs leads to is not written to.
TEST(SnapshotOwnership, OfACheckpointOnlyWhatItListsGoes) {
  Job job({});
  ValueTable& table = OpenNumbers(job);
  PutRows(table, 0, kOwnedRows);
  (void)job.Checkpoint();
  PutRows(table, kOwnedRows, kOwnedRows);
  (void)job.Checkpoint();
  const std::vector<CheckpointInfo> all = Expect(job.storage().List());
  const std::string newest = all.back().path;
  job.Stop();
  const std::string victim = job.checkpoints() + "/../victim";
  for (const std::string& path : {newest + "/thesis", job.checkpoints() + "/shared/mine", victim})
    std::ofstream(path) << "theirs\n";
  const std::string unfinished = job.checkpoints() + "/LATEST.tmp";
  std::filesystem::create_symlink(victim, unfinished);
  EXPECT_FALSE(RemoveCheckpoint(FileSystem::Local(), newest).ok());
  EXPECT_EQ(Expect(ReadFile(FileSystem::Local(), victim)), "theirs\n");
  std::filesystem::remove(unfinished);
  ASSERT_OK(RemoveCheckpoint(FileSystem::Local(), newest));
  std::vector<std::string> left;
  for (const FileInfo& entry : Expect(FileSystem::Local().List(newest))) left.push_back(entry.path);
  EXPECT_THAT(left, testing::ElementsAre(newest + "/thesis"));
  EXPECT_TRUE(FileSystem::Local().Stat(job.checkpoints() + "/shared/mine").ok());
  EXPECT_TRUE(LoadSnapshot(FileSystem::Local(), all.front().path).ok());
  std::filesystem::remove_all(victim);
}

// Several files a table: more rows than one holds, each read on a thread of its own.
TEST(SnapshotOwnership, ManyFilesAreReadInAnyOrder) {
  constexpr int64_t kMany = 250'000;
  Job job({.parallelism = 2});
  std::vector<Value> every;
  for (int64_t k = 0; k < kMany; ++k) every.push_back(IntValue(k));
  const Keys all = MakeKeys({{Type::BigInt(), every}});
  for (size_t t = 0; t < job.task_count(); ++t) {
    ValueTable& table = OpenNumbers(job, t);
    const auto groups = KeyGroupsOfSubtask(static_cast<uint32_t>(t), 2, kDefaultMaxParallelism);
    std::vector<Value> mine;
    for (size_t k = 0; k < all.hashes.size(); ++k) {
      if (groups.Contains(KeyGroupOf(all.hashes[k], kDefaultMaxParallelism)))
        mine.push_back(IntValue(static_cast<int64_t>(k)));
    }
    const Keys keys = MakeKeys({{Type::BigInt(), mine}});
    std::vector<std::byte*> rows(mine.size());
    std::vector<uint8_t> created(mine.size());
    ASSERT_OK(table.FindOrCreate(keys.view(), rows.data(), created.data()));
    const std::string text(150, 'x');
    for (size_t i = 0; i < rows.size(); ++i) {
      table.layout().Store<int64_t>(rows[i], 0, mine[i].get<int64_t>() + 7);
      table.SetString(rows[i], 1, text);
    }
  }
  const SavepointInfo saved = Save(job, SavepointFormat::kCanonical);
  EXPECT_GT(saved.metadata.files.size(), 1U);
  for (const bool memory : {false, true}) {
    Job other({.memory_backend = memory, .parallelism = 3});
    other.Stop();
    other.Start(Expect(LoadSnapshot(FileSystem::Local(), saved.path)));
    const std::map<int64_t, int64_t> rows = AllRows(other);
    ASSERT_EQ(rows.size(), static_cast<size_t>(kMany));
    for (const auto& [key, number] : rows) ASSERT_EQ(number, key + 7);
  }
}

}  // namespace
}  // namespace weir::state
