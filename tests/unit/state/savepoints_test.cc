// Savepoints of both formats, restored into both backends, at other parallelisms, under other
// names.
#include "state/checkpoint/savepoints.h"

#include <gmock/gmock.h>

#include <filesystem>
#include <set>

#include "runtime/types/string_ref.h"
#include "state/checkpoint/metadata_codec.h"
#include "state/files/checkpoint_files.h"
#include "tests/unit/scratch_directory.h"
#include "tests/unit/state/state_fixture.h"

namespace weir::state {
namespace {

using testing::HasSubstr;

// Opens a table of the given fields and reads or writes rows of (key, amount, text).
class SavepointTest : public testing::TestWithParam<bool> {
 protected:
  static StateSchema SchemaOf(std::vector<Field> value) {
    StateSchema schema = TestSchema(StateLayout::kValue, Type::BigInt());
    schema.value = std::move(value);
    return schema;
  }
  static const std::vector<Field>& Fields() {
    static const std::vector<Field> kFields{{"amount", Type::Int()}, {"text", Type::String()}};
    return kFields;
  }
  static void Fill(Job& job, const std::string& uid, int64_t rows) {
    for (size_t t = 0; t < job.task_count(); ++t) {
      ValueTable* table = Expect(job.task(t).OpenValue(uid, SchemaOf(Fields())));
      for (int64_t k = 0; k < rows; ++k) {
        const Keys keys = MakeKeys({{Type::BigInt(), {IntValue(k)}}});
        const uint32_t group = KeyGroupOf(keys.hashes[0], kDefaultMaxParallelism);
        const auto groups =
            KeyGroupsOfSubtask(static_cast<uint32_t>(t), static_cast<uint32_t>(job.task_count()),
                               kDefaultMaxParallelism);
        if (!groups.Contains(group)) continue;
        std::byte* row = nullptr;
        uint8_t created = 0;
        ASSERT_OK(table->FindOrCreate(keys.view(), &row, &created));
        table->layout().Store<int32_t>(row, 0, static_cast<int32_t>(k * 3));
        table->SetString(row, 1, "a text of key " + std::to_string(k));
      }
    }
  }
  // amount of a key in the table of `uid` opened with these fields; -1 when there is none.
  static std::map<int64_t, int64_t> Amounts(Job& job, const std::string& uid,
                                            const std::vector<Field>& fields, int64_t rows) {
    std::map<int64_t, int64_t> amounts;
    for (size_t t = 0; t < job.task_count(); ++t) {
      ValueTable* table = Expect(job.task(t).OpenValue(uid, SchemaOf(fields)));
      for (int64_t k = 0; k < rows; ++k) {
        const Keys keys = MakeKeys({{Type::BigInt(), {IntValue(k)}}});
        std::byte* row = nullptr;
        EXPECT_TRUE(table->Find(keys.view(), &row).ok());
        if (row == nullptr) continue;
        amounts[k] = fields[0].type.kind() == TypeKind::kBigInt
                         ? table->layout().Load<int64_t>(row, 0)
                         : table->layout().Load<int32_t>(row, 0);
      }
    }
    return amounts;
  }
  SavepointInfo Save(Job& job, SavepointFormat format) {
    CheckpointMetadata from = job.Checkpoint();
    from.job_id = "0123456789abcdef";
    from.directory = job.checkpoints();
    return Expect(
        WriteSavepoint(FileSystem::Local(), {from, job.checkpoints() + "/saved", format, nullptr}));
  }
  static std::map<int64_t, int64_t> Model(int64_t rows) {
    std::map<int64_t, int64_t> model;
    for (int64_t k = 0; k < rows; ++k) model[k] = k * 3;
    return model;
  }
};

TEST_P(SavepointTest, CanonicalIsReadByBothBackendsAtAnyParallelism) {
  Job job({.memory_backend = GetParam(), .parallelism = 3});
  Fill(job, "op", 500);
  const SavepointInfo saved = Save(job, SavepointFormat::kCanonical);
  EXPECT_THAT(saved.path, HasSubstr("/saved/savepoint-012345-1"));
  EXPECT_GT(saved.bytes, 500U);
  for (const bool memory : {false, true}) {
    Job other({.memory_backend = memory, .parallelism = 2});
    other.Stop();
    other.Start(Expect(LoadSnapshot(FileSystem::Local(), saved.path + "/_metadata")));
    EXPECT_EQ(Amounts(other, "op", Fields(), 510), Model(500)) << memory;
  }
}

TEST_P(SavepointTest, NativeIsForItsBackend) {
  Job job({.memory_backend = GetParam()});
  Fill(job, "op", 100);
  const SavepointInfo saved = Save(job, SavepointFormat::kNative);
  const CheckpointMetadata loaded = Expect(LoadSnapshot(FileSystem::Local(), saved.path));
  Job same({.memory_backend = GetParam()});
  same.Stop();
  same.Start(loaded);
  EXPECT_EQ(Amounts(same, "op", Fields(), 100), Model(100));
  Job other({.memory_backend = !GetParam()});
  other.Stop();
  const Status refused = other.TryStart(loaded);
  EXPECT_EQ(refused.code(), StatusCode::kRestoreRefused);
  EXPECT_EQ(refused.id(), "E7002");
}

TEST_P(SavepointTest, BothBackendsWriteTheSameCanonicalRows) {
  std::vector<std::vector<StateFile>> written;
  for (const bool memory : {false, true}) {
    Job job({.memory_backend = memory, .parallelism = memory ? 1U : 3U});
    Fill(job, "op", 300);
    for (const StateFile& file : Save(job, SavepointFormat::kCanonical).metadata.files) {
      written.push_back({file});
    }
  }
  ASSERT_EQ(written.size(), 2U);
  EXPECT_EQ(written[0][0].crc32c, written[1][0].crc32c);
  EXPECT_EQ(written[0][0].bytes, written[1][0].bytes);
}

TEST_P(SavepointTest, GoesOnUnderOtherNamesAndSchemas) {
  for (const SavepointFormat format : {SavepointFormat::kNative, SavepointFormat::kCanonical}) {
    Job job({.memory_backend = GetParam()});
    Fill(job, "a", 40);
    Fill(job, "b", 70);
    Fill(job, "gone", 5);
    const SavepointInfo saved = Save(job, format);
    CheckpointMetadata from = Expect(LoadSnapshot(FileSystem::Local(), saved.path));
    from.moves = std::vector<StateMove>{
        {"a/table", "b/table"}, {"b/table", "a/table"}, {"b/table", "copy/table"}};
    Job other({.memory_backend = GetParam()});
    other.Stop();
    other.Start(from);
    const std::vector<Field> wider{{"amount", Type::BigInt()}, {"new", Type::BigInt()}};
    EXPECT_EQ(Amounts(other, "b", wider, 100), Model(40));
    EXPECT_EQ(Amounts(other, "a", wider, 100), Model(70));
    EXPECT_EQ(Amounts(other, "copy", Fields(), 100), Model(70));
    EXPECT_EQ(Amounts(other, "gone", Fields(), 100), (std::map<int64_t, int64_t>{}));
    // The savepoint is as it was, and what was restored is durable in the new place alone.
    CheckpointMetadata next = other.Checkpoint();
    other.Stop();
    ASSERT_OK(RemoveSavepoint(FileSystem::Local(), saved.path));
    other.Start(next);
    EXPECT_EQ(Amounts(other, "b", wider, 100), Model(40));
    EXPECT_EQ(Amounts(other, "a", wider, 100), Model(70));
    EXPECT_EQ(Amounts(other, "gone", Fields(), 100), (std::map<int64_t, int64_t>{}));
  }
}

// A window that fired while nothing else changed leaves a file with nothing but its deletion.
TEST_P(SavepointTest, DroppedSlicesStayDroppedUnderOtherNames) {
  StateSchema schema = TestSchema(StateLayout::kValue, Type::BigInt());
  schema.sliced = true;
  const auto open = [&](Job& job, const std::string& uid) -> SlicedTable& {
    return *Expect(job.task().OpenSliced(uid, schema));
  };
  Job job({.memory_backend = GetParam()});
  SlicedTable& slices = open(job, "op");
  for (const int64_t end : {1000, 2000}) PutRows(*Expect(slices.Slice({end})), end, 50);
  job.Checkpoint();
  ASSERT_OK(slices.Drop({1000}));
  CheckpointMetadata from = job.Checkpoint();
  from.moves = std::vector<StateMove>{{"op/table", "other/table"}};
  job.Stop();
  job.Start(std::move(from));
  SlicedTable& other = open(job, "other");
  EXPECT_EQ(other.Slices(), (std::vector<Timestamp>{{2000}}));
  // A canonical savepoint has every row that there is.
  const SavepointInfo saved = Save(job, SavepointFormat::kCanonical);
  Job memory({.memory_backend = true});
  memory.Stop();
  memory.Start(Expect(LoadSnapshot(FileSystem::Local(), saved.path)));
  SlicedTable& all = open(memory, "other");
  EXPECT_EQ(all.Slices(), (std::vector<Timestamp>{{2000}}));
  EXPECT_EQ(Expect(all.FindSlice({2000}))->row_count(), 50U);
}

// A record of several rows becomes a record a row; the slices stay apart.
TEST_P(SavepointTest, SlicesOfListsAreReadByTheOtherBackend) {
  StateSchema schema = TestSchema(StateLayout::kList, Type::BigInt());
  schema.sliced = true;
  const std::vector<int> columns{1, 2};
  const auto batch = [](const char* text) {
    const std::vector<Value> texts(3, TextValue(text));
    return MakeKeys({{Type::BigInt(), {IntValue(1), IntValue(1), IntValue(2)}},
                     {Type::BigInt(), {IntValue(10), IntValue(11), IntValue(12)}},
                     {Type::String(), texts}});
  };
  Job job({.memory_backend = GetParam()});
  SlicedLists& slices = *Expect(job.task().OpenSlicedLists("op", schema));
  ASSERT_OK(Expect(slices.Slice({-1000}))->Append(batch("early").view(), columns));
  ASSERT_OK(Expect(slices.Slice({2000}))->Append(batch("late").view(), columns));
  ASSERT_OK(Expect(slices.Slice({3000}))->Append(batch("dropped").view(), columns));
  job.Checkpoint();
  ASSERT_OK(slices.Drop({3000}));
  const SavepointInfo saved = Save(job, SavepointFormat::kCanonical);
  Job other({.memory_backend = !GetParam(), .parallelism = 2});
  other.Stop();
  other.Start(Expect(LoadSnapshot(FileSystem::Local(), saved.path)));
  std::map<int64_t, std::multiset<std::string>> rows;
  for (size_t task = 0; task < 2; ++task) {
    SlicedLists& restored = *Expect(other.task(task).OpenSlicedLists("op", schema));
    for (const Timestamp end : restored.Slices()) {
      const RowLayout& layout = restored.layout();
      ASSERT_OK(Expect(restored.FindSlice(end))->Scan([&](const ScannedRows& run) -> Status {
        for (const std::byte* row : run.rows) {
          rows[end.millis].insert(layout.Load<StringRef>(row, 1).str() +
                                  std::to_string(layout.Load<int64_t>(row, 0)));
        }
        return {};
      }));
    }
  }
  using Rows = std::multiset<std::string>;
  EXPECT_EQ(rows, (std::map<int64_t, Rows>{{-1000, Rows{"early10", "early11", "early12"}},
                                           {2000, Rows{"late10", "late11", "late12"}}}));
}

TEST_P(SavepointTest, MovedDirectoryRestoresAndDamageIsNamed) {
  Job job({.memory_backend = GetParam()});
  Fill(job, "op", 50);
  FileSystem& files = FileSystem::Local();
  const SavepointInfo saved = Save(job, SavepointFormat::kCanonical);
  const std::string moved = job.checkpoints() + "/elsewhere";
  ASSERT_OK(files.Rename(saved.path, moved));
  EXPECT_EQ(LoadSnapshot(files, saved.path).status().id(), "E7004");
  EXPECT_TRUE(LoadSnapshot(files, moved + "/").ok());
  const std::string path = moved + "/" + saved.metadata.files[0].path;
  const std::string whole = Expect(ReadFile(files, path));
  for (size_t i = 0; i < whole.size(); i += 37) {
    std::string bad = whole;
    bad[i] = static_cast<char>(bad[i] ^ 1);
    ASSERT_OK(WriteFileAtomically(files, path, bad));
    const Status refused = LoadSnapshot(files, moved).status();
    EXPECT_EQ(refused.id(), "E7001");
    EXPECT_THAT(refused.message(), HasSubstr(saved.metadata.files[0].path));
  }
  ASSERT_OK(files.Remove(path));
  EXPECT_FALSE(LoadSnapshot(files, moved).ok());
}

// Rows that were not committed are copied, and a copy of that is whole, too.
TEST_P(SavepointTest, HoldsOutputAsData) {
  FileSystem& files = FileSystem::Local();
  Job job({.memory_backend = GetParam()});
  Fill(job, "op", 10);
  CheckpointMetadata from = job.Checkpoint();
  from.job_id = "0123456789abcdef";
  from.directory = job.checkpoints();
  const std::string progress = job.checkpoints() + "/of-a-sink";
  ASSERT_OK(WriteSyncedFile(files, progress, "1,x\n"));
  from.operators.resize(1);
  from.operators[0].uid = "sink";
  from.operators[0].kind = "Sink";
  from.operators[0].output = {{"what", progress, 1}};
  const SavepointInfo passing = Expect(WriteSavepoint(
      files, {from, job.checkpoints() + "/aside", SavepointFormat::kNative, nullptr, true}));
  for (const SavepointFormat format : {SavepointFormat::kNative, SavepointFormat::kCanonical}) {
    CheckpointMetadata linked = passing.metadata;
    linked.checkpoint_id += format == SavepointFormat::kNative ? 0 : 1;
    const SavepointInfo saved =
        Expect(WriteSavepoint(files, {linked, job.checkpoints() + "/saved", format, nullptr}));
    const CheckpointMetadata loaded = Expect(LoadSnapshot(files, saved.path));
    ASSERT_EQ(loaded.operators.back().output.size(), 1U);
    EXPECT_EQ(loaded.operators.back().output[0], (OutputRows{"what", "output/000001", 1}));
    EXPECT_EQ(Expect(ReadFile(files, saved.path + "/output/000001")), "1,x\n");
    // The sink's reader may do with its file what he likes.
    ASSERT_OK(Expect(files.Reopen(progress, 0))->Close());
    EXPECT_TRUE(LoadSnapshot(files, saved.path).ok());
    ASSERT_OK(WriteSyncedFile(files, progress, "1,x\n"));
  }
}

TEST(SavepointMetadata, OutputBelongsToASavepointAndLiesInItsFiles) {
  CheckpointMetadata good;
  good.kind = CheckpointKind::kSavepoint;
  good.backend = "canonical";
  good.job_id = "j";
  good.parallelism = 1;
  good.max_parallelism = 128;
  good.operators.resize(1);
  good.operators[0].output = {{"what", "output/000001", 3}};
  good.operators[0].place = "/out";
  good.operators[0].origins = {"a", "b"};
  good.operators[0].accepted_files = 2;
  good.operators[0].accepted_rows = 7;
  good.files = {{"output/000001", 4, 5, 4}};
  const CheckpointMetadata read = Expect(DecodeMetadata(Expect(EncodeMetadata(good))));
  EXPECT_EQ(read.operators[0].output, good.operators[0].output);
  EXPECT_EQ(read.operators[0].place, "/out");
  EXPECT_EQ(read.operators[0].origins, good.operators[0].origins);
  EXPECT_EQ(read.operators[0].accepted_files, 2U);
  EXPECT_EQ(read.operators[0].accepted_rows, 7U);
  const auto refused = [&](auto&& change) {
    CheckpointMetadata bad = good;
    change(bad);
    return !EncodeMetadata(bad).ok();  // it reads what it writes
  };
  EXPECT_TRUE(refused([](auto& bad) { bad.kind = CheckpointKind::kCheckpoint; }));
  EXPECT_TRUE(refused([](auto& bad) { bad.operators[0].committables = {"v2 file"}; }));
  EXPECT_TRUE(refused([](auto& bad) { bad.operators[0].output[0].path = "output/000002"; }));
  EXPECT_TRUE(refused([](auto& bad) { bad.operators[0].output[0].path = "/etc/passwd"; }));
  EXPECT_TRUE(refused([](auto& bad) { bad.operators.push_back(bad.operators[0]); }));
  EXPECT_TRUE(refused([](auto& bad) { bad.operators[0].output.clear(); }));
}

TEST_P(SavepointTest, ADirectoryIsNeverWrittenTwice) {
  Job job({.memory_backend = GetParam()});
  Fill(job, "op", 5);
  CheckpointMetadata from = job.Checkpoint();
  from.directory = job.checkpoints();
  const SavepointRequest request{from, job.checkpoints() + "/saved", SavepointFormat::kNative,
                                 nullptr};
  EXPECT_TRUE(WriteSavepoint(FileSystem::Local(), request).ok());
  EXPECT_EQ(WriteSavepoint(FileSystem::Local(), request).status().id(), "E7003");
  EXPECT_EQ(RemoveSavepoint(FileSystem::Local(), job.checkpoints() + "/chk-1").id(), "E7004");
}

// The first six digits of ids may be those of another job's as well.
TEST(UnfinishedSavepoint, OfAnotherJobStays) {
  namespace fs = std::filesystem;
  const weir::ScratchDirectory scratch;
  const std::string job = "0123456789abcdef0123456789abcdef";
  const std::string other = "012345ffffffffffffffffffffffffff";
  const auto make = [&](const std::string& name) {
    const fs::path path = fs::path(scratch.path()) / name;
    fs::create_directories(path / "state");
    return path;
  };
  const fs::path killed = make("savepoint-" + job + "-7.unfinished");
  const fs::path others = make("savepoint-" + other + "-7.unfinished");
  const fs::path whole = make("savepoint-012345-6");
  const fs::path written = make("savepoint-" + job + "-9.unfinished");
  const fs::path target = make("elsewhere");
  fs::create_directory_symlink(target, scratch.path() + "/savepoint-" + job + "-8.unfinished");
  RemoveUnfinished(FileSystem::Local(), scratch.path(), job, 9);
  EXPECT_FALSE(fs::exists(killed));
  EXPECT_TRUE(fs::exists(others));
  EXPECT_TRUE(fs::exists(whole));
  EXPECT_TRUE(fs::exists(written)) << "it may be of this run";
  EXPECT_TRUE(fs::exists(target / "state")) << "a link was followed";
  RemoveUnfinished(FileSystem::Local(), scratch.path() + "/missing", job, 9);
}

TEST(SavepointWithoutCheckpoints, HoldsWhatWasThereAtTheBarrier) {
  Job job({.memory_limit = 200'000, .checkpointing = false});
  ValueTable& table = OpenNumbers(job);
  PutRows(table, 0, 20'000);
  PutRows(table, 0, 20'000, 1);
  auto parts = job.Snapshot(1);
  PutRows(table, 0, 20'000, 1000);  // more than memory holds: spilled behind the barrier
  PutRows(table, 50'000, 20'000);
  CheckpointMetadata from = job.Persist(1, std::move(parts));
  EXPECT_GT(job.task().statistics("op").evictions, 0U);
  from.job_id = "0123456789";
  from.directory = job.checkpoints();
  const SavepointInfo saved =
      Expect(WriteSavepoint(FileSystem::Local(), {from, job.checkpoints() + "/saved",
                                                  SavepointFormat::kCanonical, nullptr}));
  Job other({});
  other.Stop();
  other.Start(Expect(LoadSnapshot(FileSystem::Local(), saved.path)));
  const std::map<int64_t, int64_t> rows = AllRows(other);
  EXPECT_EQ(rows.size(), 20'000U);
  for (const auto& [key, number] : rows) ASSERT_EQ(number, key + 1);
  // The job goes on, and its next savepoint has everything.
  PutRows(table, 0, 20'000, 2000);
  CheckpointMetadata next = job.Persist(2, job.Snapshot(2));
  next.job_id = "0123456789";
  next.directory = job.checkpoints();
  next.checkpoint_id = 2;
  const SavepointInfo later =
      Expect(WriteSavepoint(FileSystem::Local(), {next, job.checkpoints() + "/saved",
                                                  SavepointFormat::kNative, nullptr}));
  Job last({});
  last.Stop();
  last.Start(Expect(LoadSnapshot(FileSystem::Local(), later.path)));
  const std::map<int64_t, int64_t> all = AllRows(last);
  EXPECT_EQ(all.size(), 40'000U);
  EXPECT_EQ(all.at(7), 2007);
  EXPECT_EQ(all.at(50'007), 50'007);
}

INSTANTIATE_TEST_SUITE_P(Backends, SavepointTest, testing::Bool(),
                         [](const auto& backend) { return backend.param ? "Memory" : "RocksDb"; });

}  // namespace
}  // namespace weir::state
