// Bugs that other engines had with checkpoint files (docs/design/checkpoint-protocol.md, "Bugs of
// other engines").
#include <algorithm>
#include <set>

#include "state/files/checkpoint_files.h"
#include "tests/seed.h"
#include "tests/unit/state/expected_rows.h"
#include "tests/unit/state/state_fixture.h"

namespace weir::state {
namespace {

using Rows = std::map<int64_t, int64_t>;

std::set<std::string> Listed(CheckpointStorage& storage) {
  std::set<std::string> paths;
  for (const CheckpointInfo& info : Expect(storage.List())) {
    for (const StateFile& file : Expect(storage.Load(info.path)).files) paths.insert(file.path);
  }
  return paths;
}

// Names of files in shared/ that no completed checkpoint lists.
std::vector<std::string> Orphans(Job& job) {
  const std::set<std::string> listed = Listed(job.storage());
  std::vector<std::string> orphans;
  for (const FileInfo& file : Expect(job.files().List(job.checkpoints() + "/shared"))) {
    const std::string relative = "shared/" + file.path.substr(file.path.rfind('/') + 1);
    if (!listed.contains(relative)) orphans.push_back(relative);
  }
  return orphans;
}

// B1 (FLINK-7268): cleaning up dies at any change; whoever cleans up next keeps what is needed.
TEST(CheckpointBugTest, B1CleaningThatDiesAnywhereDeletesNothingNeeded) {
  for (int survive = 0;; ++survive) {
    Job job({});
    ValueTable& table = OpenNumbers(job);
    for (int64_t i = 1; i <= 4; ++i) {
      PutRows(table, 0, 50 * i, i);
      job.Checkpoint();
    }
    int left = survive;
    bool died = false;
    job.files().before = [&](std::string_view, const std::string& path) -> Status {
      if (left-- > 0) return {};
      died = true;
      return Status::External("the process died before " + path);
    };
    const Status cleaned = job.storage().Retain(1, {});
    EXPECT_EQ(cleaned.ok(), !died);
    job.files().before = nullptr;
    job.Stop();
    job.Start(std::nullopt);
    ASSERT_OK(job.storage().Retain(1, {}));
    EXPECT_TRUE(Orphans(job).empty());
    CheckpointMetadata latest = job.LoadLatest();
    EXPECT_EQ(latest.checkpoint_id, 4U);
    job.Stop();
    job.Start(std::move(latest));
    ASSERT_EQ(AllRows(job), RowsAsPut(200, 4)) << "died after " << survive << " changes";
    if (!died) {
      EXPECT_GT(survive, 6);  // it did something
      break;
    }
  }
}

// B2 (FLINK-26985): a job started from another's checkpoint never touches that checkpoint's files.
TEST(CheckpointBugTest, B2ForeignCheckpointSurvivesTheJobThatStartedFromIt) {
  Job origin({});
  PutRows(OpenNumbers(origin), 0, 300);
  const CheckpointMetadata saved = origin.Checkpoint();
  Job job({});
  job.Stop();
  job.Start(saved, origin.checkpoints());
  ValueTable& table = OpenNumbers(job);
  for (int64_t i = 1; i <= 12; ++i) {
    PutRows(table, 0, 300, i);
    const CheckpointMetadata mine = job.Checkpoint();
    for (const StateFile& file : mine.files) {
      EXPECT_TRUE(job.files().Stat(job.checkpoints() + "/" + file.path).ok()) << file.path;
    }
    ASSERT_OK(job.storage().Retain(1, {}));
  }
  job.Stop();
  EXPECT_EQ(origin.LoadLatest().checkpoint_id, saved.checkpoint_id);
  job.Start(saved, origin.checkpoints());
  EXPECT_EQ(AllRows(job), RowsAsPut(300));
}

TEST(CheckpointBugTest, MemoryBackendStartsFromAForeignCheckpoint) {
  Job origin({.memory_backend = true});
  PutRows(OpenNumbers(origin), 0, 300);
  const CheckpointMetadata saved = origin.Checkpoint();
  Job job({.memory_backend = true, .parallelism = 3});
  job.Stop();
  job.Start(saved, origin.checkpoints());
  EXPECT_EQ(AllRows(job), RowsAsPut(300));
  job.Checkpoint();
  EXPECT_EQ(origin.LoadLatest().checkpoint_id, saved.checkpoint_id);
}

// B3: RocksDB's file numbers repeat when a job goes back to an older checkpoint and takes another
// turn.
TEST(CheckpointBugTest, B3NamesAreNeverUsedForTwoContents) {
  Job job({});
  ValueTable* table = &OpenNumbers(job);
  PutRows(*table, 0, 100);
  const CheckpointMetadata base = job.Checkpoint();
  std::map<std::string, uint32_t> contents;
  for (int64_t turn = 1; turn <= 4; ++turn) {
    PutRows(*table, 0, 100, turn);
    const uint64_t id = Expect(job.storage().NextCheckpointId());
    // Durable, and the process dies before it is published.
    const CheckpointMetadata lost = job.Persist(id, job.Snapshot(id));
    for (const StateFile& file : lost.files) {
      if (!file.path.starts_with("shared/")) continue;
      const auto known = contents.emplace(file.path, file.crc32c).first;
      EXPECT_EQ(known->second, file.crc32c) << file.path;
    }
    // What it wrote comes back in half of the turns, as from a slow upload.
    const std::string kept = job.checkpoints() + "/kept";
    ASSERT_OK(job.files().CreateDirectories(kept));
    for (const auto& [path, crc] : contents) {
      const std::string name = path.substr(path.rfind('/'));
      if (job.files().Stat(job.checkpoints() + "/" + path).ok()) {
        ASSERT_OK(LinkOrCopy(job.files(), job.checkpoints() + "/" + path, kept + name));
      }
    }
    job.Stop();
    if (turn % 2 == 0) {
      for (const FileInfo& file : Expect(job.files().List(kept))) {
        ASSERT_OK(
            LinkOrCopy(job.files(), file.path,
                       job.checkpoints() + "/shared" + file.path.substr(file.path.rfind('/'))));
      }
    }
    job.Start(base);
    table = &OpenNumbers(job);
  }
  PutRows(*table, 50, 100, 9);
  job.Checkpoint();
  CheckpointMetadata latest = job.LoadLatest();
  job.Stop();
  job.Start(std::move(latest));
  Rows expected = RowsAsPut(100);
  for (int64_t k = 50; k < 150; ++k) expected[k] = k + 9;
  EXPECT_EQ(AllRows(job), expected);
}

// B4 (FLINK-30461): aborted in every way, at every stage.
TEST(CheckpointBugTest, B4HundredAbortedCheckpointsLeaveNoOrphans) {
  for (const bool memory : {false, true}) {
    Job job({.memory_backend = memory});
    ValueTable& table = OpenNumbers(job);
    PutRows(table, 0, 100);
    job.Checkpoint();
    int failed = 0;
    Rows expected = RowsAsPut(100);
    for (int64_t i = 1; i <= 100; ++i) {
      PutRows(table, i, 20, i);
      for (int64_t k = i; k < i + 20; ++k) expected[k] = k + i;
      const uint64_t id = Expect(job.storage().NextCheckpointId());
      ASSERT_OK(job.storage().Prepare(id));
      if (i % 3 == 0) {
        job.backend().Abandon(job.Snapshot(id));
      } else if (i % 3 == 1) {
        Expect(job.backend().Persist(id, job.Snapshot(id)));  // durable, never published
      } else {                                                // fails while it is being written
        int left = static_cast<int>(i % (memory ? 4 : 25));
        job.files().before = [&](std::string_view, const std::string&) -> Status {
          return left-- > 0 ? Status() : Status::External("the disk is full");
        };
        failed += job.backend().Persist(id, job.Snapshot(id)).ok() ? 0 : 1;
        job.files().before = nullptr;
      }
      ASSERT_OK(job.storage().Abort(id));
    }
    EXPECT_GT(failed, memory ? 10 : 20);
    job.Checkpoint();
    ASSERT_OK(job.storage().Retain(1, {}));
    EXPECT_TRUE(Orphans(job).empty());
    CheckpointMetadata latest = job.LoadLatest();
    job.Stop();
    job.Start(std::move(latest));
    EXPECT_EQ(AllRows(job), expected);
  }
}

TEST(CheckpointBugTest, RetentionKeepsWhatIsInFlight) {
  Job job({});
  ValueTable& table = OpenNumbers(job);
  PutRows(table, 0, 100);
  job.Checkpoint();
  PutRows(table, 0, 100, 1);
  const uint64_t id = Expect(job.storage().NextCheckpointId());
  const CheckpointMetadata open = job.Persist(id, job.Snapshot(id));
  // The one before is dropped or kept; the files of the one in flight are not touched either way.
  for (const size_t retained : {1U, 0U}) {
    ASSERT_OK(job.storage().Retain(retained, {id}));
    for (const StateFile& file : open.files) {
      ASSERT_OK(VerifyFile(*Expect(job.files().Hold(job.checkpoints())), file));
    }
  }
  bool uncertain = false;
  ASSERT_OK(job.storage().Publish(open, uncertain));
  ASSERT_OK(job.storage().Retain(1, {}));
  EXPECT_TRUE(Orphans(job).empty());
  CheckpointMetadata latest = job.LoadLatest();
  job.Stop();
  job.Start(std::move(latest));
  EXPECT_EQ(AllRows(job), RowsAsPut(100, 1));
}

// B11 (FLINK-32347): publishing fails at any change. Then it says so, and either the former
// checkpoint is the newest one, or it is uncertain; and whatever a restart finds is whole.
TEST(CheckpointBugTest, B11FailedPublicationIsAFailureAndLeavesTheFormerOne) {
  bool published = false;
  int uncertain_ones = 0;
  for (int survive = 0; !published; ++survive) {
    ASSERT_LT(survive, 50);
    Job job({});
    ValueTable& table = OpenNumbers(job);
    PutRows(table, 0, 100);
    job.Checkpoint();
    PutRows(table, 0, 100, 1);
    const uint64_t id = Expect(job.storage().NextCheckpointId());
    const CheckpointMetadata metadata = job.Persist(id, job.Snapshot(id));
    int left = survive;
    job.files().before = [&](std::string_view operation, const std::string& path) -> Status {
      if (left-- > 0) return {};
      return Status::External(std::string(operation) + " failed: " + path);
    };
    bool uncertain = false;
    published = job.storage().Publish(metadata, uncertain).ok();
    job.files().before = nullptr;
    uncertain_ones += uncertain ? 1 : 0;
    if (!published) {
      ASSERT_OK(job.storage().Abort(id));
    }
    job.Stop();
    job.Start(std::nullopt);
    CheckpointMetadata latest = job.LoadLatest();
    if (!uncertain) {
      EXPECT_EQ(latest.checkpoint_id, published ? id : 1U) << survive;
    }
    const int64_t add = latest.checkpoint_id == id ? 1 : 0;
    job.Stop();
    job.Start(std::move(latest));
    EXPECT_EQ(AllRows(job), RowsAsPut(100, add)) << survive;
  }
  EXPECT_EQ(uncertain_ones, 2);  // the rename, and the sync of the directory after it
}

// B15 (FLINK-40113, FLINK-21650): whatever the parallelism, every key is in one task, once, and in
// that which owns its group. (key_encoding_test holds the groups of keys of every type.)
TEST(CheckpointBugTest, B15EveryKeyIsOwnedOnceAtAnyParallelism) {
  for (const bool memory : {false, true}) {
    Job job({.memory_backend = memory, .parallelism = 3});
    constexpr int64_t kKeys = 700;
    const auto owner = [](int64_t key, uint32_t parallelism) {
      const Keys keys = MakeKeys({{Type::BigInt(), {IntValue(key)}}});
      const uint32_t group = KeyGroupOf(keys.hashes[0], kDefaultMaxParallelism);
      size_t found = parallelism;
      for (uint32_t s = 0; s < parallelism; ++s) {
        if (!KeyGroupsOfSubtask(s, parallelism, kDefaultMaxParallelism).Contains(group)) continue;
        EXPECT_EQ(found, parallelism) << "two tasks own group " << group;
        found = s;
      }
      EXPECT_LT(found, parallelism) << "no task owns group " << group;
      return found;
    };
    std::vector<ValueTable*> tables;
    for (size_t t = 0; t < job.task_count(); ++t) tables.push_back(&OpenNumbers(job, t));
    for (int64_t k = 0; k < kKeys; ++k) PutRows(*tables[owner(k, 3)], k, 1);
    CheckpointMetadata latest = job.Checkpoint();
    for (const uint32_t parallelism : {1U, 2U, 5U, 16U, kDefaultMaxParallelism, 3U}) {
      job.Stop();
      job.options().parallelism = parallelism;
      job.Start(latest);
      int64_t rows = 0;
      for (size_t t = 0; t < parallelism; ++t) {
        ValueTable& table = OpenNumbers(job, t);
        for (int64_t k = 0; k < kKeys; ++k) {
          const Keys keys = MakeKeys({{Type::BigInt(), {IntValue(k)}}});
          std::byte* row = nullptr;
          if (owner(k, parallelism) == t) {
            ASSERT_OK(table.Find(keys.view(), &row));
            ASSERT_NE(row, nullptr) << "key " << k << " of " << parallelism << " tasks";
            EXPECT_EQ(table.layout().Load<int64_t>(row, 0), k);
          }
        }
        ASSERT_OK(table.Scan([&](const ScannedRows& run) -> Status {
          rows += static_cast<int64_t>(run.rows.size());
          return {};
        }));
      }
      EXPECT_EQ(rows, kKeys) << parallelism;
      latest = job.Checkpoint();
    }
  }
}

// B23: damage beyond the first pieces of a large file.
TEST(CheckpointBugTest, B23LargeFilesAreCheckedToTheirLastByte) {
  Job job({});
  ValueTable& table = OpenNumbers(job);
  std::string incompressible(2 << 20, '\0');
  Random random(SeedOf(1));
  for (char& c : incompressible) c = static_cast<char>(random.Below(256));
  const Keys key = MakeKeys({{Type::BigInt(), {IntValue(1)}}});
  std::byte* row = nullptr;
  uint8_t created = 0;
  ASSERT_OK(table.FindOrCreate(key.view(), &row, &created));
  table.SetString(row, 1, incompressible);
  const CheckpointMetadata metadata = job.Checkpoint();
  const auto large = std::ranges::max_element(metadata.files, {},
                                              [](const StateFile& file) { return file.bytes; });
  ASSERT_GT(large->bytes, 2U << 20);
  const std::string path = job.checkpoints() + "/" + large->path;
  const std::string whole = Expect(ReadFile(job.files(), path));
  for (size_t at = 0; at < whole.size(); at += 130'003) {
    std::string bad = whole;
    bad[at] ^= 4;
    ASSERT_OK(job.files().Remove(path));
    ASSERT_OK(WriteSyncedFile(job.files(), path, bad));
    EXPECT_FALSE(job.storage().Load(job.checkpoints() + "/chk-1").ok()) << "byte " << at;
  }
  std::string bad = whole;
  bad.back() ^= 1;
  ASSERT_OK(job.files().Remove(path));
  ASSERT_OK(WriteSyncedFile(job.files(), path, bad));
  EXPECT_FALSE(job.storage().Load(job.checkpoints() + "/chk-1").ok());
}

}  // namespace
}  // namespace weir::state
