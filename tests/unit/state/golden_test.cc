// Bytes of every format version: what was written once must be read for ever, and that of the
// newest is written alike. WEIR_WRITE_GOLDEN=1 writes files that are missing (never one that
// exists).
#include <cstdlib>

#include "runtime/base/bytes.h"
#include "runtime/checkpoint/channel_state.h"
#include "runtime/window/group_progress.h"
#include "state/checkpoint/memory_snapshot.h"
#include "state/checkpoint/metadata_codec.h"
#include "state/files/checkpoint_files.h"
#include "tests/unit/state/state_fixture.h"

namespace weir::state {
namespace {

void CompareWithGolden(const std::string& name, const std::string& bytes) {
  const std::string path = "tests/golden/v1/" + name;
  FileSystem& files = FileSystem::Local();
  if (std::getenv("WEIR_WRITE_GOLDEN") != nullptr && !files.Stat(path).ok()) {
    ASSERT_OK(files.CreateDirectories("tests/golden/v1"));
    ASSERT_OK(WriteSyncedFile(files, path, bytes));
  }
  EXPECT_EQ(Expect(ReadFile(files, path)), bytes) << path;
}

StateSchema NamedTable(std::string name, StateLayout layout, const Type& key) {
  StateSchema schema = TestSchema(layout, key);
  schema.name = std::move(name);
  return schema;
}

// One table of every kind, with NULLs, empty and long strings, negative numbers.
void FillTables(Job& job) {
  const Keys keys =
      MakeKeys({{Type::String(), {TextValue("a"), TextValue(""), Value::Null(Type::String())}},
                {Type::BigInt(), {IntValue(-1), IntValue(300), IntValue(0)}},
                {Type::String(),
                 {TextValue("long enough to lie outside the row"), TextValue("b"),
                  Value::Null(Type::String())}}});
  const std::vector<int> sub_key{1};
  const std::vector<int> values{1, 2};
  std::vector<std::byte*> rows(3);
  std::vector<uint8_t> created(3);
  ValueTable& value =
      *Expect(job.task().OpenValue("op", NamedTable("value", StateLayout::kValue, Type::String())));
  ASSERT_OK(value.FindOrCreate(keys.view(), rows.data(), created.data()));
  value.layout().Store<int64_t>(rows[0], 0, -5);
  value.SetString(rows[0], 1, "text");
  value.layout().SetNull(rows[1], 0);
  MapTable& map =
      *Expect(job.task().OpenMap("op", NamedTable("map", StateLayout::kMap, Type::String())));
  ASSERT_OK(map.FindOrCreate(keys.view(), sub_key, rows.data(), created.data()));
  map.layout().Store<int64_t>(rows[2], 0, 1'000'000);
  ListTable& list =
      *Expect(job.task().OpenList("op", NamedTable("list", StateLayout::kList, Type::String())));
  ASSERT_OK(list.Append(keys.view(), values));
  ASSERT_OK(list.Append(keys.view(), values));
  StateSchema sliced = NamedTable("sliced", StateLayout::kValue, Type::String());
  sliced.sliced = true;
  SlicedTable& slices = *Expect(job.task().OpenSliced("op", sliced));
  for (const int64_t end : {-1000, 5000}) {
    ValueTable& slice = *Expect(slices.Slice({end}));
    ASSERT_OK(slice.FindOrCreate(keys.view(), rows.data(), created.data()));
  }
}

TEST(GoldenTest, MemorySnapshot) {
  Job job({.memory_backend = true});
  FillTables(job);
  job.Checkpoint();
  const std::string bytes =
      Expect(ReadFile(FileSystem::Local(), job.checkpoints() + "/chk-1/state-0.bin"));
  CompareWithGolden("state-0-runs.bin", bytes);
  EXPECT_EQ(EncodeMemorySnapshot(Expect(DecodeMemorySnapshot(bytes))), bytes);
  for (size_t i = 0; i < bytes.size(); ++i) {
    std::string bad = bytes;
    bad[i] ^= 1;
    EXPECT_FALSE(DecodeMemorySnapshot(bad).ok()) << "byte " << i;
    EXPECT_FALSE(DecodeMemorySnapshot(bytes.substr(0, i)).ok()) << "length " << i;
  }
}

TEST(GoldenTest, ProgressOfKeyGroups) {
  const std::vector<window::GroupProgress> own = {
      {128, {{0, 43, -1000}, {43, 64, 1'700'000'000'000}}}};
  const std::string bytes = window::EncodeGroupProgress(own, 128);
  CompareWithGolden("group-progress", bytes);
  EXPECT_EQ(Expect(window::DecodeGroupProgress(bytes, 128)), own);
  const std::vector<window::GroupProgress> dealt = {{7, {{0, 4, 5000}}}, own[0]};
  const std::string of_both = window::EncodeGroupProgress(dealt, 7);
  CompareWithGolden("group-progress-dealt", of_both);
  EXPECT_EQ(Expect(window::DecodeGroupProgress(of_both, 1000)), dealt);
}

TEST(GoldenTest, PointerAndNextId) {
  Job job({.memory_backend = true});
  FillTables(job);
  job.Checkpoint();
  for (const char* name : {"LATEST", "NEXT-ID"}) {
    CompareWithGolden(name, Expect(ReadFile(FileSystem::Local(), job.checkpoints() + "/" + name)));
  }
}

TEST(GoldenTest, Metadata) {
  CheckpointMetadata metadata;
  metadata.engine_version = "0.1.0";
  metadata.job_id = "job-1";
  metadata.checkpoint_id = 3;
  metadata.sql = "INSERT INTO t SELECT 1";
  metadata.options = {{"pipeline.max-parallelism", "128"}};
  metadata.backend = "memory";
  OperatorCheckpoint op;
  op.uid = "agg";
  op.kind = "aggregate";
  op.schema.tables = {
      NamedTable("groups", StateLayout::kMap, Type::Decimal(10, 2).WithNullable(false))};
  op.splits = {{{"file", "v1 offset=10", false}, 1234, true}};
  metadata.operators = {op};
  metadata.files = {{"chk-3/state-0.bin", 100, 0xDEADBEEF, 100}};
  metadata.format_version = 1;
  CompareWithGolden("_metadata", Expect(EncodeMetadata(metadata)));
  const std::string old = Expect(ReadFile(FileSystem::Local(), "tests/golden/v1/_metadata"));
  const CheckpointMetadata read = Expect(DecodeMetadata(old));
  EXPECT_EQ(read.format_version, 1U);
  EXPECT_EQ(read.operators.at(0).splits.at(0).split.position, "v1 offset=10");
  EXPECT_EQ(read.files.at(0).path, "chk-3/state-0.bin");
  metadata.format_version = kMetadataVersion;
  op = {};
  op.uid = "sink";
  op.kind = "Sink";
  op.committables = {"v2 file 3\td=1\tpart-00000000ffffffff-1000000-0-0.csv"};
  op.place = "/out";
  op.origins = {"job-0"};
  op.accepted_files = 2;
  op.accepted_rows = 5;
  metadata.operators.push_back(op);
  const std::string bytes = Expect(EncodeMetadata(metadata));
  EXPECT_EQ(Expect(EncodeMetadata(Expect(DecodeMetadata(bytes)))), bytes);
  metadata.kind = CheckpointKind::kSavepoint;
  metadata.operators.back().committables.clear();
  metadata.operators.back().output = {
      {"v1 rows d=1\tpart-00000000ffffffff-1000000-0-0.csv", "output/000001", 3}};
  metadata.files.push_back({"output/000001", 12, 0xDEADBEEF, 12});
  const std::string saved = Expect(EncodeMetadata(metadata));
  EXPECT_EQ(Expect(EncodeMetadata(Expect(DecodeMetadata(saved)))), saved);
}

// Builds that know nothing of contents would look for the files on disk.
TEST(GoldenTest, MetadataWithContents) {
  CheckpointMetadata metadata;
  metadata.checkpoint_id = 3;
  metadata.job_id = "job-1";
  metadata.backend = "memory";
  metadata.files = {{"chk-3/state-0.bin", 5, 0xDEADBEEF, 5}, {"chk-3/channels.bin", 100, 1, 100}};
  metadata.inlined["chk-3/state-0.bin"] = std::make_shared<const std::string>("a\0b\n\xff", 5);
  CompareWithGolden("_metadata-with-contents", Expect(EncodeMetadata(metadata)));
  const std::string old =
      Expect(ReadFile(FileSystem::Local(), "tests/golden/v1/_metadata-with-contents"));
  EXPECT_EQ(LoadLittle<uint32_t>(old.data() + 8), 4U) << "the version";
  const CheckpointMetadata read = Expect(DecodeMetadata(old));
  EXPECT_EQ(*read.inlined.at("chk-3/state-0.bin"), std::string("a\0b\n\xff", 5));
  EXPECT_EQ(read.inlined.size(), 1U);
  EXPECT_EQ(read.files.at(0).crc32c, 0xDEADBEEF);
  for (size_t i = 0; i < old.size(); ++i) {
    std::string bad = old;
    bad[i] ^= 1;
    EXPECT_FALSE(DecodeMetadata(bad).ok()) << "byte " << i;
    EXPECT_FALSE(DecodeMetadata(old.substr(0, i)).ok()) << "length " << i;
  }
  metadata.files[0].bytes = 4;
  EXPECT_EQ(EncodeMetadata(metadata).status().id(), "E7003") << "another size";
  metadata.files = {{"output/000001", 5, 0xDEADBEEF, 5}};
  metadata.inlined = {{"output/000001", std::make_shared<const std::string>("12345")}};
  metadata.kind = CheckpointKind::kSavepoint;
  metadata.operators.emplace_back().output = {{"v1 rows \tpart-0", "output/000001", 1}};
  EXPECT_EQ(EncodeMetadata(metadata).status().id(), "E7003") << "output is a file";
}

// Late and changed rows of two subtasks, with a NULL and an empty text.
TEST(GoldenTest, ChannelState) {
  const std::vector<Value> numbers = {IntValue(-1), IntValue(300), Value::Null(Type::BigInt())};
  const std::vector<Value> texts = {TextValue("a"), TextValue(""),
                                    TextValue("a longer text than 12")};
  Batch batch;
  batch.row_count = 3;
  batch.columns = {MakeColumn(Type::BigInt(), numbers), MakeColumn(Type::String(), texts)};
  batch.row_kinds = MakeBuffer<uint8_t>(3);
  batch.late_marks = MakeBuffer<int64_t>(3);
  for (uint32_t row = 0; row < 3; ++row) {
    batch.row_kinds->as<uint8_t>()[row] = static_cast<uint8_t>(row);
    batch.late_marks->as<int64_t>()[row] = row == 1 ? 1'600'000'000'000 : Timestamp::Min().millis;
  }
  const auto name = std::make_shared<const checkpoint::ChannelName>(checkpoint::ChannelName{
      .from = "source:orders", .to = "sink:s/agg", .port = 1, .types = "BIGINT, STRING"});
  const std::string bytes = checkpoint::EncodeChannelState({{name, 3, batch}, {name, 0, batch}});
  CompareWithGolden("channels.bin", bytes);
  const std::string old = Expect(ReadFile(FileSystem::Local(), "tests/golden/v1/channels.bin"));
  const std::vector<checkpoint::SavedRows> saved = Expect(checkpoint::ReadChannelState(old));
  ASSERT_EQ(saved.size(), 2U);
  EXPECT_EQ(saved[0].subtask, 0U);
  EXPECT_EQ(saved[0].channel, *name);
  Schema columns;
  columns.fields = {{"n", Type::BigInt()}, {"t", Type::String()}};
  const Batch read = Expect(checkpoint::DecodeRows(saved[1], columns));
  EXPECT_EQ(read.kind(1), RowKind::kUpdateBefore);
  EXPECT_EQ(read.late_mark(1).millis, 1'600'000'000'000);
  EXPECT_EQ(read.late_mark(0), Timestamp::Min());
  EXPECT_TRUE(read.columns[0]->IsNull(2));
}

// Builds that know nothing of rows in flight must not pass over them.
TEST(GoldenTest, MetadataWithRowsInFlight) {
  CheckpointMetadata metadata;
  metadata.checkpoint_id = 3;
  metadata.job_id = "job-1";
  metadata.backend = "memory";
  metadata.files = {{"chk-3/channels.bin", 100, 0xDEADBEEF, 100}};
  CompareWithGolden("_metadata-in-flight", Expect(EncodeMetadata(metadata)));
  const std::string old =
      Expect(ReadFile(FileSystem::Local(), "tests/golden/v1/_metadata-in-flight"));
  EXPECT_EQ(LoadLittle<uint32_t>(old.data() + 8), 3U) << "the version";
  EXPECT_EQ(Expect(DecodeMetadata(old)).files.at(0).path, metadata.files[0].path);
  metadata.files[0].path = "chk-2/channels.bin";
  EXPECT_EQ(EncodeMetadata(metadata).status().id(), "E7003") << "of another checkpoint";
  metadata.files[0].path = "chk-3/channels.bin";
  metadata.kind = CheckpointKind::kSavepoint;
  EXPECT_EQ(EncodeMetadata(metadata).status().id(), "E7003") << "of a savepoint";
}

}  // namespace
}  // namespace weir::state
