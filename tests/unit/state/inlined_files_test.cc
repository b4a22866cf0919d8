// Small checkpoints and savepoints are one file, which can be put anywhere; checkpoints in memory
// are as those on disk.
#include "state/files/inlined_files.h"

#include <gmock/gmock.h>

#include <filesystem>

#include "runtime/memory_files.h"
#include "state/checkpoint/checkpoint_directory.h"
#include "state/checkpoint/metadata_copies.h"
#include "state/checkpoint/savepoints.h"
#include "state/files/checkpoint_files.h"
#include "tests/unit/state/expected_rows.h"
#include "tests/unit/state/state_fixture.h"

namespace weir::state {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

constexpr uint64_t kInlineAll = 1 << 20;

std::vector<std::string> Names(FileSystem& files, const std::string& directory) {
  std::vector<std::string> names;
  for (const FileInfo& entry : Expect(files.List(directory))) {
    names.push_back(entry.path.substr(entry.path.rfind('/') + 1));
  }
  return names;
}

struct InliningCase {
  bool memory_backend;
  bool incremental;
};

class InlinedFilesTest : public testing::TestWithParam<InliningCase> {
 protected:
  static JobOptions Options(uint64_t inline_bytes) {
    JobOptions options;
    options.memory_backend = GetParam().memory_backend;
    options.incremental = GetParam().incremental;
    options.inline_bytes = inline_bytes;
    return options;
  }
  // The rows of a job of its own that starts from the snapshot at `path`.
  static std::map<int64_t, int64_t> RowsOf(const std::string& path) {
    Job job(Options(0));
    job.Stop();
    job.Start(Expect(LoadSnapshot(FileSystem::Local(), path)));
    return AllRows(job);
  }
};

TEST_P(InlinedFilesTest, ASmallCheckpointIsItsMetadata) {
  Job job(Options(kInlineAll));
  PutRows(OpenNumbers(job), 0, 300);
  job.Checkpoint();
  EXPECT_THAT(Names(job.files(), job.checkpoints() + "/chk-1"), ElementsAre("_metadata"));
  const CheckpointMetadata loaded = job.LoadLatest();
  EXPECT_EQ(loaded.inlined.size(), loaded.files.size());
  const std::vector<CheckpointInfo> listed = Expect(job.storage().List());
  EXPECT_EQ(listed.at(0).damage, "");
  EXPECT_GT(listed.at(0).bytes, 300U);
  // Alone, and elsewhere.
  const std::string alone = job.checkpoints() + "-alone/chk-1";
  std::filesystem::create_directories(alone);
  std::filesystem::copy(job.checkpoints() + "/chk-1/_metadata", alone + "/_metadata");
  EXPECT_EQ(RowsOf(alone), RowsAsPut(300));
  std::string bytes = Expect(ReadFile(job.files(), alone + "/_metadata"));
  bytes[bytes.size() / 2] ^= 1;
  ASSERT_OK(WriteSyncedFile(job.files(), alone + "/_metadata", bytes));
  EXPECT_EQ(LoadSnapshot(job.files(), alone).status().id(), "E7001");
}

TEST_P(InlinedFilesTest, OnlyWhatIsSmallIsInIt) {
  Job job(Options(60));
  PutRows(OpenNumbers(job), 0, 3000);
  job.Checkpoint();
  const CheckpointMetadata loaded = job.LoadLatest();
  for (const StateFile& file : loaded.files) {
    const std::string path = job.checkpoints() + "/" + file.path;
    EXPECT_EQ(loaded.inlined.contains(file.path), file.bytes <= 60) << file.path;
    if (file.bytes > 60) {
      EXPECT_TRUE(job.files().Stat(path).ok()) << path;
    }
  }
  EXPECT_LT(loaded.inlined.size(), loaded.files.size());
  EXPECT_EQ(RowsOf(job.checkpoints() + "/chk-1"), RowsAsPut(3000));
}

// What comes out of metadata is written anew by the next checkpoint: nobody has looked at what
// shared/ has under its name.
TEST_P(InlinedFilesTest, AJobGoesOnFromIt) {
  Job job(Options(kInlineAll));
  for (int64_t round = 0; round < 5; ++round) {
    PutRows(OpenNumbers(job), 0, 200, round);
    job.Checkpoint();
    ASSERT_OK(job.storage().Retain(1, {}));
    const std::string shared = job.checkpoints() + "/shared";
    for (const FileInfo& file : Expect(job.files().List(shared)))
      ASSERT_OK(WriteSyncedFile(job.files(), file.path, std::string(file.bytes, 'x')));
    const CheckpointMetadata from = job.LoadLatest();
    EXPECT_EQ(RowsOf(JoinPath(job.checkpoints(), "chk-" + std::to_string(from.checkpoint_id))),
              RowsAsPut(200, round));
    job.Stop();
    job.Start(from);
    EXPECT_EQ(AllRows(job), RowsAsPut(200, round)) << round;
    job.Stop();  // a table is opened once a start
    job.Start(from);
  }
  ASSERT_OK(job.storage().Retain(1, {}));
  EXPECT_EQ(Expect(job.storage().List()).size(), 1U);
}

TEST_P(InlinedFilesTest, TheyAreLimitedTogether) {
  Job job(Options(0));
  PutRows(OpenNumbers(job), 0, 2000);
  CheckpointMetadata metadata = job.Checkpoint();
  uint64_t largest = 0;
  uint64_t total = 0;
  for (const StateFile& file : metadata.files) {
    largest = std::max(largest, file.bytes);
    total += file.bytes;
  }
  ASSERT_OK(InlineFiles(job.files(), job.checkpoints(), kInlineAll, total - 1, metadata));
  EXPECT_LT(metadata.inlined.size(), metadata.files.size());
  ASSERT_OK(InlineFiles(job.files(), job.checkpoints(), largest, total, metadata));
  EXPECT_EQ(metadata.inlined.size(), metadata.files.size());
  ASSERT_OK(WriteSyncedFile(job.files(), JoinPath(job.checkpoints(), metadata.files[0].path), "x"));
  EXPECT_EQ(InlineFiles(job.files(), job.checkpoints(), kInlineAll, kInlineAll, metadata).id(),
            "E7001");
}

TEST_P(InlinedFilesTest, ASmallSavepointIsItsMetadata) {
  for (const SavepointFormat format : {SavepointFormat::kCanonical, SavepointFormat::kNative}) {
    for (const bool from_inlined : {false, true}) {
      Job job(Options(from_inlined ? kInlineAll : 0));
      PutRows(OpenNumbers(job), 0, 300);
      job.Checkpoint();
      SavepointRequest request;
      request.from = job.LoadLatest();
      request.from.job_id = "0123456789abcdef";
      request.from.directory = job.checkpoints();
      request.target = job.checkpoints() + "-saved";
      request.format = format;
      request.inline_bytes = kInlineAll;
      const SavepointInfo saved = Expect(WriteSavepoint(FileSystem::Local(), request));
      EXPECT_THAT(Names(job.files(), saved.path), ElementsAre("_metadata"));
      EXPECT_GT(saved.bytes, 300U);
      EXPECT_EQ(RowsOf(saved.path), RowsAsPut(300));
      // And without: files again.
      request.from = Expect(LoadSnapshot(FileSystem::Local(), saved.path));
      request.target = job.checkpoints() + "-files";
      request.inline_bytes = 0;
      const SavepointInfo files = Expect(WriteSavepoint(FileSystem::Local(), request));
      EXPECT_GT(Names(job.files(), files.path).size(), 1U);
      EXPECT_EQ(RowsOf(files.path), RowsAsPut(300));
      SavepointRemains remains;
      ASSERT_OK(RemoveSavepoint(FileSystem::Local(), saved.path, &remains));
      EXPECT_FALSE(remains.directory);
      EXPECT_FALSE(job.files().Stat(saved.path).ok());
    }
  }
}

TEST_P(InlinedFilesTest, CheckpointsInMemoryAreAsThoseOnDisk) {
  JobOptions options = Options(0);
  options.in_memory = true;
  Job job(options);
  for (int64_t round = 0; round < 4; ++round) {
    PutRows(OpenNumbers(job), 0, 500, round);
    job.Checkpoint();
    ASSERT_OK(job.storage().Retain(2, {}));
    const CheckpointMetadata from = job.LoadLatest();
    job.Stop();
    job.Start(from);
    EXPECT_EQ(AllRows(job), RowsAsPut(500, round));
    job.Stop();  // a table is opened once a start
    job.Start(from);
  }
  EXPECT_EQ(Expect(job.storage().List()).size(), 2U);
  EXPECT_THAT(Names(job.files_with_memory(), job.checkpoints()),
              testing::IsSupersetOf({"LATEST", "NEXT-ID", "chk-3", "chk-4", "shared"}));
}

TEST_P(InlinedFilesTest, CopiesOfMetadataAreWhole) {
  JobOptions options = Options(0);
  options.in_memory = true;
  Job job(options);
  const std::string copies = ::testing::TempDir() + "/weir-copies";
  std::filesystem::remove_all(copies);
  FileSystem& files = job.files_with_memory();
  const auto storage = Expect(CopyMetadata(
      files, Expect(MakeCheckpointStorage(files, job.checkpoints())), job.checkpoints(), copies));
  bool uncertain = false;
  for (int64_t round = 0; round < 3; ++round) {
    PutRows(OpenNumbers(job), 0, 400, round);
    const uint64_t id = Expect(storage->NextCheckpointId());
    ASSERT_OK(storage->Prepare(id));
    ASSERT_OK(storage->Publish(job.Persist(id, job.Snapshot(id)), uncertain));
    ASSERT_OK(storage->Retain(2, {}));
  }
  EXPECT_EQ(Expect(storage->List()).back().path, "memory://job/chk-3");
  EXPECT_EQ(Expect(storage->Load("memory://job/chk-3")).checkpoint_id, 3U);
  EXPECT_THAT(Names(FileSystem::Local(), copies + "/shared"), IsEmpty());
  EXPECT_THAT(Names(FileSystem::Local(), copies + "/chk-3"), ElementsAre("_metadata"));
  EXPECT_FALSE(files.Stat(copies + "/chk-1").ok());
  EXPECT_EQ(RowsOf(copies + "/chk-2"), RowsAsPut(400, 1));
  EXPECT_EQ(RowsOf(copies + "/chk-3"), RowsAsPut(400, 2));
  // A copy that cannot be written is a checkpoint that fails.
  std::filesystem::remove_all(copies);
  ASSERT_OK(WriteSyncedFile(files, copies, "no directory"));
  const uint64_t id = Expect(storage->NextCheckpointId());
  EXPECT_FALSE(storage->Publish(job.Persist(id, job.Snapshot(id)), uncertain).ok());
  EXPECT_EQ(Expect(storage->List()).back().checkpoint_id, 3U);
  std::filesystem::remove_all(copies);
}

INSTANTIATE_TEST_SUITE_P(Backends, InlinedFilesTest,
                         testing::Values(InliningCase{false, true}, InliningCase{false, false},
                                         InliningCase{true, true}),
                         [](const testing::TestParamInfo<InliningCase>& one) {
                           return std::string(one.param.memory_backend ? "memory"
                                              : one.param.incremental  ? "rocksdb"
                                                                       : "whole");
                         });

}  // namespace
}  // namespace weir::state
