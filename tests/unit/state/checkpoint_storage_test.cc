// Publishing, verifying, retaining and cleaning up checkpoints.
#include "runtime/checkpoint_storage.h"

#include <sys/stat.h>

#include <algorithm>
#include <optional>
#include <set>
#include <vector>

#include "runtime/fault_point.h"
#include "state/checkpoint/checkpoint_directory.h"
#include "state/checkpoint/metadata_codec.h"
#include "state/files/checkpoint_files.h"
#include "tests/faults/planted_by_environment.h"
#include "tests/unit/state/state_fixture.h"
#include "tests/unit/state/test_file_system.h"

namespace weir::state {
namespace {

constexpr int64_t kAddedRows = 500;

void AddRows(ValueTable& table, int64_t first) {
  PutRows(table, first, kAddedRows);
}

uint64_t FilesInShared(Job& job) {
  return Expect(FileSystem::Local().List(job.checkpoints() + "/shared")).size();
}

CheckpointMetadata Example() {
  CheckpointMetadata metadata;
  metadata.engine_version = "0.1.0";
  metadata.job_id = "job";
  metadata.job_name = "name";
  metadata.checkpoint_id = 7;
  metadata.sql = "INSERT INTO t SELECT 1";
  metadata.definitions = {"CREATE TABLE t (a INT)"};
  metadata.options = {{"pipeline.max-parallelism", "128"}};
  metadata.modules = {{"c.d.score", "00ff"}};
  metadata.backend = "rocksdb";
  OperatorCheckpoint op;
  op.uid = "agg";
  op.kind = "GroupAggregate";
  op.schema.tables = {TestSchema(StateLayout::kMap, Type::String())};
  op.schema.operator_state = {"splits"};
  op.splits = {{{"file", "v1 offset=10", false}, 1234, true}};
  op.operator_state = {{2, "progress", std::string("\0\1", 2)}};
  op.committables = {"pending"};
  metadata.operators = {op};
  metadata.files = {{"shared/a1-000012.sst", 100, 0xFFFFFFFF, 50}};
  return metadata;
}

TEST(MetadataCodecTest, RoundTrip) {
  const std::string bytes = Expect(EncodeMetadata(Example()));
  const CheckpointMetadata read = Expect(DecodeMetadata(bytes));
  EXPECT_EQ(Expect(EncodeMetadata(read)), bytes);
  EXPECT_EQ(read.modules, Example().modules);
  EXPECT_EQ(read.operators[0].schema.tables, Example().operators[0].schema.tables);
  EXPECT_EQ(read.operators[0].splits[0].split.position, "v1 offset=10");
  EXPECT_EQ(read.files[0].crc32c, 0xFFFFFFFF);
}

TEST(MetadataCodecTest, EveryFlippedByteAndEveryTruncationIsFound) {
  const std::string bytes = Expect(EncodeMetadata(Example()));
  for (size_t i = 0; i < bytes.size(); ++i) {
    for (const int flip : {1, 0x80, 0xFF}) {
      std::string bad = bytes;
      bad[i] = static_cast<char>(bad[i] ^ flip);
      const auto read = DecodeMetadata(bad);
      ASSERT_FALSE(read.ok()) << "byte " << i;
      ASSERT_EQ(read.status().code(), StatusCode::kCorruption);
    }
    ASSERT_FALSE(DecodeMetadata(bytes.substr(0, i)).ok()) << "length " << i;
  }
  EXPECT_FALSE(DecodeMetadata(bytes + "x").ok());
}

// One file a minute for two years, and the output of a sink that wrote 100,000 files.
TEST(MetadataCodecTest, AMillionPositionsComeBack) {
  CheckpointMetadata metadata = Example();
  OperatorCheckpoint& source = metadata.operators[0];
  constexpr int64_t kPositions = 1'000'000;
  source.splits.clear();
  for (int64_t i = 0; i < kPositions; ++i)
    source.splits.push_back({{"in/" + std::to_string(i) + ".csv", "v1 offset=10", true}, i, false});
  OperatorCheckpoint sink;
  sink.uid = "sink";
  for (int i = 0; i < 100'000; ++i) sink.committables.push_back(std::to_string(i));
  metadata.operators.push_back(sink);
  for (int i = 0; i < 70'000; ++i)
    metadata.files.push_back({"shared/a1-" + std::to_string(i) + ".sst", 1, 2, 3});
  const std::string bytes = Expect(EncodeMetadata(metadata));
  const CheckpointMetadata read = Expect(DecodeMetadata(bytes));
  ASSERT_EQ(read.operators.size(), 2U);
  ASSERT_EQ(read.operators[0].splits.size(), static_cast<size_t>(kPositions));
  for (int64_t i = 0; i < kPositions; ++i) {
    ASSERT_EQ(read.operators[0].splits[static_cast<size_t>(i)].watermark_millis, i);
  }
  EXPECT_EQ(read.operators[0].splits.back().split.id, "in/999999.csv");
  EXPECT_EQ(read.operators[0].schema.tables, metadata.operators[0].schema.tables);
  EXPECT_EQ(read.operators[0].committables, metadata.operators[0].committables);
  EXPECT_EQ(read.operators[1].committables, sink.committables);
  ASSERT_EQ(read.files.size(), metadata.files.size());
  EXPECT_EQ(read.files.back().path, "shared/a1-69999.sst");
  EXPECT_EQ(Expect(EncodeMetadata(read)), bytes);
}

// At the edges of a list: one element fewer, as many, and one more than it may have.
TEST(MetadataCodecTest, ListsAreCutIntoPiecesOnlyWhereTheyMustBe) {
  for (const size_t count : {65'535U, 65'536U, 65'537U, 131'072U, 131'073U}) {
    SCOPED_TRACE(count);
    CheckpointMetadata metadata = Example();
    metadata.operators[0].committables.assign(count, "c");
    metadata.operators[0].operator_state.assign(count, {1, "n", "b"});
    const std::string bytes = Expect(EncodeMetadata(metadata));
    EXPECT_EQ(bytes[8], count > 65'536 ? 2 : 1);  // the version: earlier builds refuse pieces
    const CheckpointMetadata read = Expect(DecodeMetadata(bytes));
    ASSERT_EQ(read.operators.size(), 1U);
    EXPECT_EQ(read.operators[0].committables.size(), count);
    EXPECT_EQ(read.operators[0].operator_state.size(), count);
    EXPECT_EQ(read.operators[0].splits.size(), 1U);
  }
}

TEST(MetadataCodecTest, WhatCouldNotBeReadIsNotWritten) {
  CheckpointMetadata definitions = Example();
  definitions.definitions.assign(65'537, "CREATE TABLE t (a INT)");
  CheckpointMetadata operators = Example();
  operators.operators.assign(65'537, OperatorCheckpoint());
  CheckpointMetadata also = Example();
  also.operators[0].also.assign(65'537, "uid");
  for (const CheckpointMetadata& metadata : {definitions, operators, also}) {
    const auto encoded = EncodeMetadata(metadata);
    ASSERT_FALSE(encoded.ok());
    EXPECT_EQ(encoded.status().id(), "E7003");
    EXPECT_NE(encoded.status().message().find("could not be read again"), std::string::npos);
  }
  // As a checkpoint: it fails, nothing of it stays, and the one before it counts.
  Job job({});
  AddRows(OpenNumbers(job), 0);
  job.Checkpoint();
  const uint64_t id = Expect(job.storage().NextCheckpointId());
  CheckpointMetadata next = job.Persist(id, job.Snapshot(id));
  next.definitions = definitions.definitions;
  bool uncertain = true;
  EXPECT_EQ(job.storage().Publish(next, uncertain).id(), "E7003");
  EXPECT_FALSE(uncertain);
  ASSERT_OK(job.storage().Abort(id));
  EXPECT_EQ(Expect(job.storage().List()).back().checkpoint_id, 1U);
  job.LoadLatest();
}

TEST(CheckpointStorageTest, UnchangedFilesKeepTheirInode) {
  Job job({});
  ValueTable& table = OpenNumbers(job);
  AddRows(table, 0);
  const CheckpointMetadata first = job.Checkpoint();
  AddRows(table, 10'000);
  const CheckpointMetadata second = job.Checkpoint();
  const auto inode = [&](const std::string& path) {
    struct stat info {};
    EXPECT_EQ(::stat((job.checkpoints() + "/" + path).c_str(), &info), 0) << path;
    return info.st_ino;
  };
  size_t shared = 0;
  uint64_t dirty = 0;
  for (const StateFile& file : second.files) {
    for (const StateFile& old : first.files) {
      if (!file.path.starts_with("shared/") || file.path != old.path) continue;
      ++shared;
      EXPECT_EQ(file.dirty_bytes, 0U);
      EXPECT_NE(inode(file.path), 0U);
    }
    dirty += file.dirty_bytes;
  }
  EXPECT_GE(shared, 2U);
  EXPECT_GT(dirty, 0U);
}

TEST(CheckpointStorageTest, WholeOnesShareNothing) {
  Job job({.incremental = false});
  ValueTable& table = OpenNumbers(job);
  AddRows(table, 0);
  const CheckpointMetadata first = job.Checkpoint();
  AddRows(table, 10'000);
  const CheckpointMetadata second = job.Checkpoint();
  EXPECT_EQ(FilesInShared(job), 0U);
  uint64_t tables = 0;
  for (const StateFile& file : second.files) {
    EXPECT_TRUE(file.path.starts_with("chk-2/")) << file.path;
    EXPECT_EQ(file.dirty_bytes, file.bytes);
    struct stat info {};
    ASSERT_EQ(::stat((job.checkpoints() + "/" + file.path).c_str(), &info), 0);
    EXPECT_EQ(info.st_nlink, 1U) << file.path;
    tables += file.path.ends_with(".sst") ? 1 : 0;
  }
  EXPECT_GE(tables, 2U);
  // The loss of one is not that of another.
  for (const StateFile& file : first.files)
    ASSERT_OK(FileSystem::Local().Remove(job.checkpoints() + "/" + file.path));
  ASSERT_OK(job.storage().Load(job.checkpoints() + "/chk-2").status());
  ASSERT_OK(job.storage().Retain(1, {}));
  ASSERT_OK(job.storage().Load(job.checkpoints() + "/chk-2").status());
}

TEST(CheckpointStorageTest, WholeAndIncrementalOnesGoOnFromEachOther) {
  Job job({});
  const auto start_again = [&] {
    const CheckpointMetadata latest = job.LoadLatest();
    job.Stop();
    job.Start(latest);
  };
  int64_t rows = 0;
  for (const bool incremental : {true, false, false, true, true, false}) {
    SCOPED_TRACE(incremental);
    job.options().incremental = incremental;
    if (rows > 0) start_again();
    AddRows(OpenNumbers(job), rows);
    rows += kAddedRows;
    const CheckpointMetadata made = job.Checkpoint();
    const auto shares = [](const StateFile& file) { return file.path.starts_with("shared/"); };
    EXPECT_EQ(std::ranges::any_of(made.files, shares), incremental);
    ASSERT_OK(job.storage().Retain(1, {}));
    start_again();
    EXPECT_EQ(AllRows(job).size(), static_cast<size_t>(rows));
  }
}

// A working file that rots is found when it is copied, not when somebody restores it.
TEST(CheckpointStorageTest, ACopyIsOfWhatWasWritten) {
  Job job({.incremental = false});
  ValueTable& table = OpenNumbers(job);
  AddRows(table, 0);
  job.Checkpoint();
  FileSystem& files = FileSystem::Local();
  for (const FileInfo& file : Expect(files.List(job.checkpoints() + "/../work"))) {
    if (!file.path.ends_with(".sst")) continue;
    std::string bytes = Expect(ReadFile(files, file.path));
    bytes[bytes.size() / 2] ^= 1;
    ASSERT_OK(files.Remove(file.path));
    ASSERT_OK(WriteSyncedFile(files, file.path, bytes));
  }
  const uint64_t id = Expect(job.storage().NextCheckpointId());
  ASSERT_OK(job.storage().Prepare(id));
  const auto persisted = job.backend().Persist(id, job.Snapshot(id));
  EXPECT_EQ(persisted.status().code(), StatusCode::kCorruption);
}

TEST(CheckpointStorageTest, RetainDropsOldOnesAndOrphans) {
  Job job({});
  ValueTable& table = OpenNumbers(job);
  for (int64_t i = 0; i < 30; ++i) {
    AddRows(table, i * 100);
    job.Checkpoint();
    ASSERT_OK(job.storage().Retain(2, {}));
  }
  const auto list = Expect(job.storage().List());
  ASSERT_EQ(list.size(), 2U);
  EXPECT_EQ(list.back().checkpoint_id, 30U);
  std::set<std::string> listed;
  for (const auto& info : list) {
    for (const StateFile& file : Expect(job.storage().Load(info.path)).files)
      listed.insert(file.path);
  }
  for (const FileInfo& file : Expect(FileSystem::Local().List(job.checkpoints() + "/shared"))) {
    EXPECT_TRUE(listed.contains("shared/" + file.path.substr(file.path.rfind('/') + 1)))
        << file.path;
  }
}

TEST(CheckpointStorageTest, OneThatWasPassedOverIsKeptAndDoesNotCount) {
  Job job({});
  FileSystem& files = FileSystem::Local();
  ValueTable& table = OpenNumbers(job);
  const auto numbers = [&] {
    std::vector<uint64_t> ids;
    for (const CheckpointInfo& info : Expect(job.storage().List()))
      ids.push_back(info.checkpoint_id);
    return ids;
  };
  for (int64_t i = 0; i < 3; ++i) {
    AddRows(table, i * 100);
    job.Checkpoint();
  }
  const std::string passed = job.checkpoints() + "/chk-2";
  EXPECT_EQ(Expect(ReadPassedOver(files, passed)), std::nullopt);
  ASSERT_OK(NotePassedOver(files, passed, "has a wrong checksum"));
  EXPECT_EQ(Expect(ReadPassedOver(files, passed)), "has a wrong checksum");
  EXPECT_EQ(numbers(), (std::vector<uint64_t>{1, 3}));
  const checkpoint::CheckpointPlace place = FindCheckpoints(files, job.checkpoints()).place;
  ASSERT_EQ(place.completed.size(), 3U);
  EXPECT_TRUE(place.completed[1].passed_over);
  EXPECT_EQ(place.completed[1].damage, "has a wrong checksum");
  // Of those that count, two are kept; of the others, all, with the files that they list.
  ASSERT_OK(job.storage().Retain(2, {}));
  EXPECT_EQ(numbers(), (std::vector<uint64_t>{1, 3}));
  ASSERT_OK(job.storage().Retain(1, {}));
  EXPECT_EQ(numbers(), (std::vector<uint64_t>{3}));
  ASSERT_OK(job.storage().Load(passed).status());
  // Where its metadata cannot be read, the files of others are dropped all the same.
  ASSERT_OK(files.Remove(passed + "/_metadata"));
  ASSERT_OK(WriteSyncedFile(files, passed + "/_metadata", "garbage"));
  const uint64_t before = FilesInShared(job);
  for (int64_t i = 0; i < 12; ++i) {
    AddRows(table, 0);
    job.Checkpoint();
    ASSERT_OK(job.storage().Retain(1, {}));
  }
  EXPECT_LT(FilesInShared(job), before + 12);
  EXPECT_TRUE(files.Stat(passed + "/_metadata").ok());
}

TEST(CheckpointStorageTest, HundredAbortedCheckpointsLeaveNothing) {
  Job job({});
  ValueTable& table = OpenNumbers(job);
  AddRows(table, 0);
  job.Checkpoint();
  for (int64_t i = 1; i <= 100; ++i) {
    AddRows(table, i * 10);
    const uint64_t id = Expect(job.storage().NextCheckpointId());
    ASSERT_OK(job.storage().Prepare(id));
    if (i % 2 == 0) {
      Expect(job.backend().Persist(id, job.Snapshot(id)));  // durable, never published
    } else {
      job.backend().Abandon(job.Snapshot(id));
    }
    ASSERT_OK(job.storage().Abort(id));
  }
  job.Checkpoint();
  ASSERT_OK(job.storage().Retain(1, {}));
  const CheckpointMetadata last = job.LoadLatest();
  uint64_t shared = 0;
  for (const StateFile& file : last.files) shared += file.path.starts_with("shared/") ? 1 : 0;
  EXPECT_EQ(FilesInShared(job), shared);
}

TEST(CheckpointStorageTest, DamagedFilesAreNamedBeforeAnythingOpens) {
  Job job({});
  AddRows(OpenNumbers(job), 0);
  const CheckpointMetadata metadata = job.Checkpoint();
  const std::string chk = job.checkpoints() + "/chk-1";
  FileSystem& files = FileSystem::Local();
  for (const StateFile& file : metadata.files) {
    SCOPED_TRACE(file.path);
    const std::string path = job.checkpoints() + "/" + file.path;
    const std::string whole = Expect(ReadFile(files, path));
    std::string flipped = whole;
    flipped[whole.size() / 2] ^= 1;
    for (const std::string& bad : {flipped, whole.substr(1), whole + "x"}) {
      ASSERT_OK(files.Remove(path));
      ASSERT_OK(WriteSyncedFile(files, path, bad));
      const auto loaded = job.storage().Load(chk);
      ASSERT_FALSE(loaded.ok());
      EXPECT_EQ(loaded.status().code(), StatusCode::kCorruption);
      EXPECT_NE(loaded.status().message().find(file.path), std::string::npos);
    }
    ASSERT_OK(files.Remove(path));
    EXPECT_FALSE(job.storage().Load(chk).ok());
    ASSERT_OK(WriteSyncedFile(files, path, whole));
    EXPECT_TRUE(job.storage().Load(chk + "/_metadata").ok());
  }
}

TEST(CheckpointStorageTest, UnpublishedCheckpointIsRemovedAtStart) {
  Job job({});
  ValueTable& table = OpenNumbers(job);
  AddRows(table, 0);
  job.Checkpoint();
  AddRows(table, 5'000);
  const uint64_t id = Expect(job.storage().NextCheckpointId());
  ASSERT_OK(job.storage().Prepare(id));
  CheckpointMetadata metadata = job.LoadLatest();
  metadata.checkpoint_id = id;
  metadata.files = Expect(job.backend().Persist(id, job.Snapshot(id)));
  // The process dies between the metadata and the pointer.
  ASSERT_OK(WriteSyncedFile(FileSystem::Local(), job.checkpoints() + "/chk-2/_metadata",
                            Expect(EncodeMetadata(metadata))));
  job.Stop();
  job.Start(std::nullopt);
  const auto list = Expect(job.storage().List());
  ASSERT_EQ(list.size(), 1U);
  EXPECT_EQ(list[0].checkpoint_id, 1U);
  EXPECT_FALSE(FileSystem::Local().Stat(job.checkpoints() + "/chk-2").ok());
  EXPECT_EQ(Expect(job.storage().NextCheckpointId()), 3U);
  EXPECT_TRUE(job.storage().Load(list[0].path).ok());
}

// Missing, empty or not ours: the newest whole checkpoint is what it pointed to, and looking for it
// changes nothing.
TEST(CheckpointStorageTest, ALostPointerIsFoundAgain) {
  FileSystem& files = FileSystem::Local();
  for (const std::optional<std::string>& bad :
       {std::optional<std::string>(), std::optional<std::string>(""),
        std::optional<std::string>("weir-latest 1\n7\n00000000\n")}) {
    Job job({});
    ValueTable& table = OpenNumbers(job);
    for (int64_t i = 0; i < 3; ++i) {
      AddRows(table, i * 1000);
      job.Checkpoint();
    }
    const uint64_t aborted = Expect(job.storage().NextCheckpointId());
    ASSERT_OK(job.storage().Prepare(aborted));
    job.Stop();
    const std::string pointer = job.checkpoints() + "/LATEST";
    ASSERT_OK(files.Remove(pointer));
    if (bad) ASSERT_OK(WriteSyncedFile(files, pointer, *bad));
    const CheckpointsFound found = FindCheckpoints(files, job.checkpoints());
    EXPECT_EQ(found.place.latest.state,
              bad ? checkpoint::NumberFileState::kBroken : checkpoint::NumberFileState::kAbsent);
    ASSERT_EQ(found.checkpoints.size(), 3U);
    EXPECT_EQ(found.checkpoints.back().damage, "");
    EXPECT_EQ(found.place.greatest_directory, aborted);
    EXPECT_TRUE(files.Stat(CheckpointPath(job.checkpoints(), aborted)).ok());
    EXPECT_EQ(files.Stat(pointer).ok(), bad.has_value());
    job.Start(std::nullopt);
    EXPECT_EQ(Expect(job.storage().List()).back().checkpoint_id, 3U);
    EXPECT_EQ(Expect(ReadNumber(files, pointer, kPointerMagic)).number, 3U);
    EXPECT_FALSE(files.Stat(CheckpointPath(job.checkpoints(), aborted)).ok());
    EXPECT_GT(Expect(job.storage().NextCheckpointId()), aborted);
    job.LoadLatest();
  }
}

TEST(CheckpointStorageTest, DamagedOnesAreListedAndMarked) {
  FileSystem& files = FileSystem::Local();
  Job job({});
  ValueTable& table = OpenNumbers(job);
  for (int64_t i = 0; i < 3; ++i) {
    AddRows(table, i * 1000);
    job.Checkpoint();
  }
  const std::string metadata = MetadataPath(job.checkpoints(), 2);
  std::string bytes = Expect(ReadFile(files, metadata));
  bytes[bytes.size() / 2] ^= 1;
  ASSERT_OK(WriteFileAtomically(files, metadata, bytes));
  const auto list = Expect(job.storage().List());
  ASSERT_EQ(list.size(), 3U);
  EXPECT_EQ(list[0].damage, "");
  EXPECT_NE(list[1].damage, "");
  EXPECT_EQ(list[2].damage, "");
  const CheckpointMetadata last = job.LoadLatest();
  ASSERT_OK(files.Remove(job.checkpoints() + "/" + last.files.front().path));
  EXPECT_NE(Expect(job.storage().List())[2].damage, "");
  // Directories where files should be.
  for (const std::string& path :
       {metadata, job.checkpoints() + "/LATEST", job.checkpoints() + "/NEXT-ID"}) {
    ASSERT_OK(files.Remove(path));
    ASSERT_OK(files.CreateDirectories(path));
  }
  const CheckpointsFound found = FindCheckpoints(files, job.checkpoints());
  EXPECT_EQ(found.place.unreadable, "");
  EXPECT_EQ(found.place.latest.state, checkpoint::NumberFileState::kBroken);
  EXPECT_EQ(found.place.next_id.state, checkpoint::NumberFileState::kBroken);
  ASSERT_EQ(found.checkpoints.size(), 3U);
  EXPECT_NE(found.checkpoints[1].damage, "");
}

// What a job that runs has dropped for newer ones, while somebody else looks.
TEST(CheckpointStorageTest, ThereIsOneWheneverOneLooks) {
  TestFileSystem files;
  Job job({});
  ValueTable& table = OpenNumbers(job);
  const auto go_on = [&] {
    AddRows(table, static_cast<int64_t>(100 * job.Checkpoint().checkpoint_id));
    ASSERT_OK(job.storage().Retain(1, {}));
  };
  go_on();
  int times = 3;
  files.listed = [&](std::vector<FileInfo>&) {
    if (times-- > 0) go_on();
  };
  const CheckpointsFound found = FindCheckpoints(files, job.checkpoints());
  ASSERT_EQ(found.checkpoints.size(), 1U);
  EXPECT_EQ(found.checkpoints[0].checkpoint_id, 4U);
  EXPECT_EQ(found.checkpoints[0].damage, "");
}

// Only what is known to have been completed and is there counts against it.
TEST(CheckpointStorageTest, AnOlderPointerHoldsBackNothingThatIsKnown) {
  FileSystem& files = FileSystem::Local();
  Job job({});
  ValueTable& rows = OpenNumbers(job);
  std::vector<uint64_t> ids;
  for (int64_t i = 0; i < 3; ++i) {
    AddRows(rows, i);
    ids.push_back(job.Checkpoint().checkpoint_id);
  }
  const std::string pointer = job.checkpoints() + "/LATEST";
  ASSERT_OK(WriteSyncedFile(files, pointer, NumberFile(kPointerMagic, ids[0])));
  const auto found = [&](uint64_t published) {
    return FindCheckpoints(files, job.checkpoints(), {.published = published});
  };
  for (const uint64_t unknown : {uint64_t{0}, ids[0], ids[2] + 7}) {
    EXPECT_EQ(found(unknown).checkpoints.size(), 1U) << unknown;
    EXPECT_FALSE(found(unknown).place.outdated) << unknown;
  }
  EXPECT_EQ(found(ids[1]).checkpoints.size(), 2U);
  EXPECT_EQ(found(ids[2]).checkpoints.size(), 3U);
  EXPECT_EQ(found(ids[2]).place.outdated, ids[0]);
  EXPECT_EQ(found(ids[2]).place.latest.number, ids[2]);
  const auto storage =
      Expect(MakeCheckpointStorage(files, job.checkpoints(), {.published = ids[2]}));
  EXPECT_EQ(Expect(storage->List()).size(), 3U);
  EXPECT_FALSE(found(ids[2]).place.outdated) << "it was written anew";
}

// Neither by its name, nor by the pointer, nor as one to go back to.
TEST(CheckpointStorageTest, AVoidedOneDoesNotCount) {
  FileSystem& files = FileSystem::Local();
  for (const checkpoint::VoidedNumbers& voided :
       {checkpoint::VoidedNumbers{{3, 3}}, {{2, 3}}, {{1, 33}}, {{2, 2}}, {{1, 1}, {3, 9}}}) {
    Job job({});
    ValueTable& table = OpenNumbers(job);
    std::vector<uint64_t> kept;
    for (int64_t i = 0; i < 3; ++i) {
      AddRows(table, i * 1000);
      const uint64_t id = job.Checkpoint().checkpoint_id;
      if (!checkpoint::IsVoided(voided, id)) kept.push_back(id);
    }
    job.Stop();
    const auto numbers = [](const std::vector<CheckpointInfo>& list) {
      std::vector<uint64_t> ids;
      for (const CheckpointInfo& one : list) ids.push_back(one.checkpoint_id);
      return ids;
    };
    const state::KnownNumbers known{.published = kept.empty() ? 0 : kept.back(), .voided = voided};
    const CheckpointsFound found = FindCheckpoints(files, job.checkpoints(), known);
    EXPECT_EQ(numbers(found.checkpoints), kept);
    EXPECT_EQ(found.place.voided.size(), 3 - kept.size());
    EXPECT_EQ(found.place.latest.state == checkpoint::NumberFileState::kVoided,
              checkpoint::IsVoided(voided, 3));
    const auto storage = Expect(MakeCheckpointStorage(files, job.checkpoints(), known));
    EXPECT_EQ(numbers(Expect(storage->List())), kept);
    const checkpoint::NumberFileFacts latest =
        Expect(ReadNumber(files, job.checkpoints() + "/LATEST", kPointerMagic));
    if (!kept.empty()) {
      EXPECT_EQ(latest.number, kept.back());
    }
    for (uint64_t id = 1; id <= 3; ++id) {
      EXPECT_EQ(files.Stat(CheckpointPath(job.checkpoints(), id)).ok(),
                std::ranges::find(kept, id) != kept.end());
    }
  }
}

// An object store may list a checkpoint late; it is found by its name, with a pointer and without.
TEST(CheckpointStorageTest, ALateListHidesNothing) {
  for (const bool pointer : {true, false}) {
    TestFileSystem files;
    Job job({});
    AddRows(OpenNumbers(job), 0);
    job.Checkpoint();
    job.Stop();
    if (!pointer) ASSERT_OK(files.Remove(job.checkpoints() + "/LATEST"));
    files.listed = [](std::vector<FileInfo>& list) {
      std::erase_if(list, [](const FileInfo& one) { return one.path.ends_with("/chk-1"); });
    };
    EXPECT_EQ(FindCheckpoints(files, job.checkpoints()).checkpoints.size(), 1U) << pointer;
    const auto storage = Expect(MakeCheckpointStorage(files, job.checkpoints()));
    EXPECT_EQ(Expect(storage->List()).size(), 1U) << pointer;
  }
}

TEST(CheckpointStorageTest, NumbersAreNotGivenTwiceWhateverNextIdSays) {
  FileSystem& files = FileSystem::Local();
  Job job({});
  AddRows(OpenNumbers(job), 0);
  job.Checkpoint();
  const std::string path = job.checkpoints() + "/NEXT-ID";
  for (const std::optional<std::string>& bad :
       {std::optional<std::string>(), std::optional<std::string>("x"),
        std::optional<std::string>(NumberFile(kNextIdMagic, 1))}) {
    // What is known besides, or else what there is: the first checkpoint.
    for (const auto& [least, next] : {std::pair(40U, 40U), std::pair(1U, 2U)}) {
      const auto storage =
          Expect(MakeCheckpointStorage(files, job.checkpoints(), {.least_id = least}));
      ASSERT_OK(files.Remove(path));
      if (bad) ASSERT_OK(WriteSyncedFile(files, path, *bad));
      EXPECT_EQ(Expect(storage->NextCheckpointId()), next);
      EXPECT_EQ(Expect(storage->NextCheckpointId()), next + 1);
    }
  }
}

TEST(CheckpointStorageTest, SlicesWithinAnEpochNeverReachTheDisk) {
  Job job({});
  StateSchema schema = TestSchema(StateLayout::kValue, Type::BigInt());
  schema.sliced = true;
  SlicedTable& slices = *Expect(job.task().OpenSliced("op", schema));
  const CheckpointMetadata before = job.Checkpoint();
  AddRows(*Expect(slices.Slice({1000})), 0);
  ASSERT_OK(slices.Drop({1000}));
  const CheckpointMetadata after = job.Checkpoint();
  const auto shared = [](const CheckpointMetadata& metadata) {
    size_t count = 0;
    for (const StateFile& file : metadata.files) count += file.path.starts_with("shared/") ? 1 : 0;
    return count;
  };
  EXPECT_EQ(shared(after), shared(before));
  EXPECT_EQ(slices.Slices().size(), 0U);
}

TEST(CheckpointStorageTest, SlicesOfListsWithinAnEpochNeverReachTheDisk) {
  Job job({});
  StateSchema schema = TestSchema(StateLayout::kList, Type::BigInt());
  schema.sliced = true;
  SlicedLists& slices = *Expect(job.task().OpenSlicedLists("op", schema));
  const CheckpointMetadata before = job.Checkpoint();
  const Keys rows = MakeKeys({{Type::BigInt(), {IntValue(1), IntValue(2)}}});
  ASSERT_OK(Expect(slices.Slice({1000}))->Append(rows.view(), {}));
  ASSERT_OK(slices.Drop({1000}));
  const CheckpointMetadata after = job.Checkpoint();
  const auto shared = [](const CheckpointMetadata& metadata) {
    size_t count = 0;
    for (const StateFile& file : metadata.files) count += file.path.starts_with("shared/") ? 1 : 0;
    return count;
  };
  EXPECT_EQ(shared(after), shared(before));
  EXPECT_EQ(slices.Slices().size(), 0U);
}

TEST(CheckpointStorageTest, SlicesDroppedInOrderCostTheDiskOneRangeAGroup) {
  Job job({});
  StateSchema schema = TestSchema(StateLayout::kValue, Type::BigInt());
  schema.sliced = true;
  SlicedTable& slices = *Expect(job.task().OpenSliced("op", schema));
  constexpr int64_t kSlices = 600;
  for (int64_t s = 0; s < kSlices; ++s) PutRows(*Expect(slices.Slice({s * 3})), s, 1);
  job.Checkpoint();
  // One in the middle stays: what is before and behind it goes around it.
  constexpr int64_t kKept = 300;
  for (int64_t s = 0; s < kSlices; ++s) {
    if (s != kKept) ASSERT_OK(slices.Drop({s * 3}));
  }
  uint64_t bytes = 0;
  CheckpointMetadata after = job.Checkpoint();
  for (const StateFile& file : after.files) {
    if (file.path.starts_with("shared/")) bytes += file.dirty_bytes;
  }
  EXPECT_LT(bytes, uint64_t{32} << 10);
  job.Stop();
  job.Start(std::move(after));
  SlicedTable& again = *Expect(job.task().OpenSliced("op", schema));
  EXPECT_EQ(again.Slices(), (std::vector<Timestamp>{{kKept * 3}}));
  EXPECT_EQ(Expect(again.FindSlice({kKept * 3}))->row_count(), 1U);
}

std::string planted;
bool IsPlanted(std::string_view name) {
  return name == planted;
}

TEST(CheckpointStorageTest, PlantedKeyGroupLoss) {
  Job job({});
  AddRows(OpenNumbers(job), 0);
  job.Checkpoint();
  const CheckpointMetadata metadata = job.LoadLatest();
  planted = "drop-key-group-at-rescale";
  SetDefectQuery(&IsPlanted);
  for (const uint32_t parallelism : {1U, 2U}) {
    job.Stop();
    job.options().parallelism = parallelism;
    job.Start(metadata);
    uint64_t rows = 0;
    for (size_t t = 0; t < parallelism; ++t) {
      rows += Expect(job.task(t).OpenValue("op", TestSchema(StateLayout::kValue, Type::BigInt())))
                  ->row_count();
    }
    EXPECT_EQ(rows == static_cast<uint64_t>(kAddedRows), parallelism == 1);
  }
  faults::PlantByEnvironment();
}

}  // namespace
}  // namespace weir::state
