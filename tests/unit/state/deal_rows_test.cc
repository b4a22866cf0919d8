// Another number of key groups: rows of every layout are found again by their keys, whatever
// backend, parallelism and number of groups they went through; and savepoints that are converted.
#include "state/checkpoint/deal_rows.h"

#include <gmock/gmock.h>

#include <algorithm>
#include <atomic>
#include <set>

#include "runtime/base/hash.h"
#include "runtime/checkpoint/deal_anew.h"
#include "state/checkpoint/convert_savepoint.h"
#include "state/files/checkpoint_files.h"
#include "tests/unit/state/state_fixture.h"

namespace weir::state {
namespace {

using testing::HasSubstr;

constexpr int64_t kDealtKeys = 700;

StateSchema DealtTable(std::string name, StateLayout layout, bool sliced) {
  StateSchema schema = TestSchema(layout, Type::BigInt());
  schema.name = std::move(name);
  schema.value = {{"n", Type::BigInt()}};
  schema.sliced = sliced;
  return schema;
}

const std::vector<StateSchema>& Schemas() {
  static const std::vector<StateSchema> kSchemas = {
      DealtTable("values", StateLayout::kValue, false),
      DealtTable("maps", StateLayout::kMap, false), DealtTable("lists", StateLayout::kList, false),
      DealtTable("slices", StateLayout::kValue, true),
      DealtTable("runs", StateLayout::kList, true)};
  return kSchemas;
}

// One task's five tables.
struct Tables {
  explicit Tables(TaskState& task)
      : values(Expect(task.OpenValue("op", Schemas()[0]))),
        maps(Expect(task.OpenMap("op", Schemas()[1]))),
        lists(Expect(task.OpenList("op", Schemas()[2]))),
        slices(Expect(task.OpenSliced("op", Schemas()[3]))),
        runs(Expect(task.OpenSlicedLists("op", Schemas()[4]))) {}
  ValueTable* values;
  MapTable* maps;
  ListTable* lists;
  SlicedTable* slices;
  SlicedLists* runs;
};

Keys RowOf(int64_t key, int64_t n) {
  return MakeKeys({{Type::BigInt(), {IntValue(key)}}, {Type::BigInt(), {IntValue(n)}}});
}

Timestamp SliceOf(int64_t key) {
  return {key % 3 * 1000 - 1000};
}

void Put(Tables& tables, int64_t key) {
  const std::vector<int> second{1};
  std::byte* row = nullptr;
  uint8_t created = 0;
  ASSERT_OK(tables.values->FindOrCreate(RowOf(key, 0).view(), &row, &created));
  tables.values->layout().Store<int64_t>(row, 0, key * 3);
  for (int64_t n = 0; n < key % 4; ++n) {
    ASSERT_OK(tables.maps->FindOrCreate(RowOf(key, n).view(), second, &row, &created));
    tables.maps->layout().Store<int64_t>(row, 0, key + n);
  }
  for (int64_t n = 0; n < key % 5; ++n) {
    ASSERT_OK(tables.lists->Append(RowOf(key, 100 - n).view(), second));
    ASSERT_OK(Expect(tables.runs->Slice(SliceOf(key)))->Append(RowOf(key, n).view(), second));
  }
  ASSERT_OK(Expect(tables.slices->Slice(SliceOf(key)))
                ->FindOrCreate(RowOf(key, 0).view(), &row, &created));
  tables.slices->layout().Store<int64_t>(row, 0, key + 7);
}

template <typename Table>
std::string Matches(Table& table, int64_t key) {
  std::string text;
  EXPECT_TRUE(table.Probe(RowOf(key, 0).view()).ok());
  MatchRun run;
  while (table.NextMatches(run)) {
    for (const std::byte* row : run.rows)
      text += " " + std::to_string(table.layout().template Load<int64_t>(row, 0));
  }
  return text;
}

std::string Found(ValueTable* table, int64_t key) {
  std::byte* row = nullptr;
  const Status found = table == nullptr ? Status() : table->Find(RowOf(key, 0).view(), &row);
  EXPECT_TRUE(found.ok()) << found.ToString();
  return row == nullptr ? " none" : " " + std::to_string(table->layout().Load<int64_t>(row, 0));
}

// What is found under a key, in a line.
std::string Shown(Tables& tables, int64_t key) {
  ListTable* run = Expect(tables.runs->FindSlice(SliceOf(key)));
  return Found(tables.values, key) + " |" + Matches(*tables.maps, key) + " |" +
         Matches(*tables.lists, key) + " |" +
         Found(Expect(tables.slices->FindSlice(SliceOf(key))), key) + " |" +
         (run == nullptr ? "" : Matches(*run, key));
}

std::string Wanted(int64_t key) {
  std::string text = " " + std::to_string(key * 3) + " |";
  for (int64_t n = 0; n < key % 4; ++n) text += " " + std::to_string(key + n);
  text += " |";
  for (int64_t n = 0; n < key % 5; ++n) text += " " + std::to_string(100 - n);
  text += " | " + std::to_string(key + 7) + " |";
  for (int64_t n = 0; n < key % 5; ++n) text += " " + std::to_string(n);
  return text;
}

// Calls `visit` with each key and the tables of the task that owns it.
template <typename F>
void ForEachKey(Job& job, int64_t first, int64_t end, F&& visit) {
  for (uint32_t t = 0; t < job.task_count(); ++t) {
    Tables tables(job.task(t));
    const KeyGroupRange groups =
        KeyGroupsOfSubtask(t, job.options().parallelism, job.options().max_parallelism);
    for (int64_t key = first; key < end; ++key) {
      const uint32_t group = KeyGroupOf(RowOf(key, 0).hashes[0], job.options().max_parallelism);
      if (groups.Contains(group)) visit(tables, key);
    }
  }
}

SavepointInfo SaveTables(Job& job, SavepointFormat format = SavepointFormat::kCanonical) {
  CheckpointMetadata from = job.Checkpoint();
  from.job_id = "0123456789abcdef";
  from.directory = job.checkpoints();
  from.operators.resize(1);
  from.operators[0].uid = "op";
  from.operators[0].kind = "GroupAggregate";
  from.operators[0].schema.tables = Schemas();
  return Expect(
      WriteSavepoint(FileSystem::Local(), {from, job.checkpoints() + "/saved", format, nullptr}));
}

CheckpointMetadata Load(const SavepointInfo& saved) {
  return Expect(LoadSnapshot(FileSystem::Local(), saved.path));
}

// The file's bytes with a change, and its sums with it: forged, not damaged.
void Forge(const SavepointInfo& saved, CheckpointMetadata& loaded, size_t file,
           const std::function<void(MemorySnapshot&)>& change) {
  const std::string path = saved.path + "/" + loaded.files[file].path;
  MemorySnapshot rows = Expect(DecodeMemorySnapshot(Expect(ReadFile(FileSystem::Local(), path))));
  change(rows);
  const std::string bytes = EncodeMemorySnapshot(rows);
  ASSERT_OK(WriteFileAtomically(FileSystem::Local(), path, bytes));
  loaded.files[file].bytes = bytes.size();
  loaded.files[file].crc32c = Crc32c(0, bytes.data(), bytes.size());
}

class DealRowsTest : public testing::TestWithParam<bool> {
 protected:
  static void Fill(Job& job, int64_t first = 0, int64_t end = kDealtKeys) {
    ForEachKey(job, first, end, [](Tables& tables, int64_t key) { Put(tables, key); });
  }
  static void ExpectAll(Job& job, int64_t end = kDealtKeys) {
    int64_t seen = 0;
    ForEachKey(job, 0, end, [&](Tables& tables, int64_t key) {
      ++seen;
      EXPECT_EQ(Shown(tables, key), Wanted(key)) << "key " << key;
    });
    EXPECT_EQ(seen, end);
  }
};

TEST_P(DealRowsTest, EveryKeyIsFoundThroughAnyNumberOfGroups) {
  Random random(DrawRecordedSeed());
  Job first({.memory_backend = GetParam(), .parallelism = 3});
  Fill(first, 0, kDealtKeys / 2);
  SavepointInfo saved = SaveTables(first);
  std::vector<std::unique_ptr<Job>> jobs;
  for (const uint32_t groups : {7U, 1000U, 1U, 32767U, 128U}) {
    SCOPED_TRACE(groups);
    const auto parallelism = static_cast<uint32_t>(1 + random.Below(std::min(groups, 5U)));
    jobs.push_back(std::make_unique<Job>(JobOptions{.memory_backend = random.Below(2) == 0,
                                                    .parallelism = parallelism,
                                                    .max_parallelism = groups}));
    Job& job = *jobs.back();
    job.Stop();
    job.Start(Expect(checkpoint::DealAnew(Load(saved), groups)));
    // The others save before anything is opened: what was loaded, and no more.
    if (groups == 128) Fill(job, kDealtKeys / 2, kDealtKeys);
    saved = SaveTables(job);
    const CheckpointMetadata from = Load(saved);
    EXPECT_EQ(from.max_parallelism, groups);
    RowGroups check(from);
    for (const StateFile& file : from.files) {
      ASSERT_OK(check.Check(Expect(DecodeMemorySnapshot(
          Expect(ReadFile(FileSystem::Local(), saved.path + "/" + file.path))))));
    }
    ASSERT_OK(check.CheckCounters());
  }
  Job again({.memory_backend = GetParam(), .parallelism = 2, .max_parallelism = 11});
  again.Stop();
  again.Start(Expect(checkpoint::DealAnew(Load(saved), 11)));
  ExpectAll(again);
}

TEST_P(DealRowsTest, ListsGoOnBehindWhatTheyHave) {
  const std::vector<int> second{1};
  Job job({.memory_backend = GetParam()});
  Fill(job);
  const SavepointInfo saved = SaveTables(job);
  Job dealt({.memory_backend = GetParam(), .parallelism = 2, .max_parallelism = 3});
  dealt.Stop();
  dealt.Start(Expect(checkpoint::DealAnew(Load(saved), 3)));
  ForEachKey(dealt, 0, kDealtKeys, [&](Tables& tables, int64_t key) {
    ASSERT_OK(tables.lists->Append(RowOf(key, -1).view(), second));
  });
  const CheckpointMetadata next = dealt.Checkpoint();
  dealt.Stop();
  dealt.Start(next);
  ForEachKey(dealt, 0, kDealtKeys, [&](Tables& tables, int64_t key) {
    std::string wanted;
    for (int64_t n = 0; n < key % 5; ++n) wanted += " " + std::to_string(100 - n);
    EXPECT_EQ(Matches(*tables.lists, key), wanted + " -1");
  });
}

TEST_P(DealRowsTest, OnlyCanonicalRowsAreDealt) {
  Job job({.memory_backend = GetParam()});
  Fill(job, 0, 10);
  const SavepointInfo saved = SaveTables(job, SavepointFormat::kNative);
  Job other({.memory_backend = GetParam(), .max_parallelism = 7});
  other.Stop();
  EXPECT_EQ(other.TryStart(Load(saved)).id(), "E7002");  // not dealt at all
  const Status refused = other.TryStart(Expect(checkpoint::DealAnew(Load(saved), 7)));
  EXPECT_EQ(refused.id(), "E7002");
  EXPECT_THAT(refused.message(), HasSubstr("canonical"));
}

TEST_P(DealRowsTest, ForgedRowsAreRefused) {
  const auto refused = [&](const std::function<void(CheckpointMetadata&)>& change,
                           const std::function<void(MemorySnapshot&)>& rows) {
    Job job({.memory_backend = GetParam()});
    Fill(job, 0, 50);
    const SavepointInfo saved = SaveTables(job);
    CheckpointMetadata loaded = Load(saved);
    for (size_t i = 0; i < loaded.files.size(); ++i) Forge(saved, loaded, i, rows);
    change(loaded);
    Job other({.memory_backend = GetParam(), .max_parallelism = 7});
    other.Stop();
    const Status status = other.TryStart(Expect(checkpoint::DealAnew(loaded, 7)));
    EXPECT_EQ(status.id(), "E7001") << status.ToString();
    return status.message();
  };
  const auto nothing = [](auto&) {};
  const auto with_rows = [](const std::function<void(std::string & key)>& change) {
    return [change](MemorySnapshot& snapshot) {
      for (auto& [family, rows] : snapshot.rows) {
        RecordSet forged;
        for (size_t i = 0; i < rows.size(); ++i) {
          std::string key(rows[i].key);
          if (i + 1 == rows.size()) change(key);
          forged.Append({key, rows[i].value, false});
        }
        rows = std::move(forged);
      }
    };
  };
  EXPECT_THAT(refused(nothing, with_rows([](std::string& key) { key[1] = 127; })),
              HasSubstr("in another key group than its key"));
  EXPECT_THAT(refused(nothing, with_rows([](std::string& key) { key.resize(3, '\x7f'); })),
              testing::AnyOf(HasSubstr("short key"), HasSubstr("another key group")));
  EXPECT_THAT(refused(nothing, with_rows([](std::string& key) {
                        key.replace(key.size() - 4, 4, "\xff\xff\xff\xff");
                      })),
              testing::AnyOf(HasSubstr("longer than it"), HasSubstr("another key group")));
  EXPECT_THAT(
      refused([](CheckpointMetadata& m) { m.operators[0].schema.tables.pop_back(); }, nothing),
      HasSubstr("does not list"));
  EXPECT_THAT(refused([](CheckpointMetadata& m) { m.operators[0].schema.tables[1].sliced = true; },
                      nothing),
              HasSubstr("another layout"));
}

TEST_P(DealRowsTest, ConvertsEveryFormatAndNumberOfGroups) {
  FileSystem& files = FileSystem::Local();
  for (const SavepointFormat format : {SavepointFormat::kCanonical, SavepointFormat::kNative}) {
    Job job({.memory_backend = GetParam(), .parallelism = 2});
    Fill(job);
    const SavepointInfo saved = SaveTables(job, format);
    CheckpointMetadata old = Load(saved);
    old.format_version = 1;
    for (const uint32_t groups : {0U, 7U, 1000U}) {
      const std::string target = job.checkpoints() + "/converted-" + std::to_string(groups);
      const ConvertRequest request{
          .from = old, .target = target, .engine_version = "9", .max_parallelism = groups};
      const SavepointInfo made = Expect(ConvertSavepoint(files, request));
      const CheckpointMetadata read = Load(made);
      EXPECT_EQ(read.backend, kCanonicalBackend);
      EXPECT_EQ(read.format_version, kMetadataVersion);
      EXPECT_EQ(read.engine_version, "9");
      EXPECT_EQ(read.max_parallelism, groups == 0 ? 128 : groups);
      EXPECT_EQ(Expect(files.List(target)).size(), 1U);
      Job other({.memory_backend = !GetParam(),
                 .parallelism = 3,
                 .max_parallelism = read.max_parallelism});
      other.Stop();
      other.Start(read);
      ExpectAll(other);
      // The same once more is refused, and what is there stays.
      EXPECT_EQ(ConvertSavepoint(files, request).status().id(), "E7003");
      EXPECT_TRUE(LoadSnapshot(files, made.path).ok());
    }
    EXPECT_TRUE(LoadSnapshot(files, saved.path).ok());
  }
}

// What is canonical and as new stays byte for byte, and so does what was dealt there and back.
TEST_P(DealRowsTest, ConvertingThereAndBackGivesTheSameBytes) {
  FileSystem& files = FileSystem::Local();
  Job job({.memory_backend = GetParam()});
  Fill(job);
  const SavepointInfo saved = SaveTables(job);
  const auto convert = [&](const CheckpointMetadata& from, uint32_t groups, const char* where) {
    return Load(Expect(ConvertSavepoint(
        files, {.from = from, .target = job.checkpoints() + where, .max_parallelism = groups})));
  };
  const CheckpointMetadata same = convert(Load(saved), 0, "/same");
  const CheckpointMetadata few = convert(Load(saved), 5, "/few");
  const CheckpointMetadata back = convert(few, 128, "/back");
  const auto sums = [](const CheckpointMetadata& of) {
    std::vector<std::pair<std::string, uint32_t>> all;
    for (const StateFile& file : of.files) all.emplace_back(file.path, file.crc32c);
    return all;
  };
  EXPECT_EQ(sums(same), sums(Load(saved)));
  EXPECT_NE(sums(few), sums(same));
  EXPECT_EQ(sums(convert(back, 5, "/few-again")), sums(few));
}

TEST_P(DealRowsTest, AConversionThatFailsLeavesNothing) {
  FileSystem& files = FileSystem::Local();
  Job job({.memory_backend = GetParam()});
  Fill(job, 0, 50);
  const SavepointInfo saved = SaveTables(job);
  const std::string target = job.checkpoints() + "/converted";
  const auto refused = [&](const CheckpointMetadata& from, uint32_t groups) {
    const Status status =
        ConvertSavepoint(files, {.from = from, .target = target, .max_parallelism = groups})
            .status();
    const Result<std::vector<FileInfo>> left = files.List(target);
    EXPECT_TRUE(!left.ok() || left->empty());
    return status;
  };
  CheckpointMetadata promises = Load(saved);
  promises.operators[0].committables = {"v1 file a\tb"};
  EXPECT_THAT(refused(promises, 0).message(), HasSubstr("no part of this savepoint"));
  CheckpointMetadata checkpoint = Load(saved);
  checkpoint.kind = CheckpointKind::kCheckpoint;
  EXPECT_THAT(refused(checkpoint, 0).message(), HasSubstr("not a savepoint"));
  CheckpointMetadata forged = Load(saved);
  Forge(saved, forged, 0, [](MemorySnapshot& snapshot) {
    for (auto& [family, rows] : snapshot.rows) {
      RecordSet moved;
      for (size_t i = 0; i < rows.size(); ++i) {
        std::string key(rows[i].key);
        if (i + 1 == rows.size()) key[1] = 127;
        moved.Append({key, rows[i].value, false});
      }
      rows = std::move(moved);
    }
  });
  for (const uint32_t groups : {0U, 7U}) {
    const Status status = refused(forged, groups);
    EXPECT_EQ(status.id(), "E7001");
    EXPECT_THAT(status.message(), HasSubstr("another key group"));
  }
}

// As a process that is killed, or a disk that fails, at any change: there is none, or a whole one.
TEST_P(DealRowsTest, AConversionThatIsCutOffAtAnyChangeIsDoneAgain) {
  TestFileSystem files;
  Job job({.memory_backend = GetParam()});
  Fill(job, 0, 20);
  const SavepointInfo saved = SaveTables(job, SavepointFormat::kNative);
  const ConvertRequest request{
      .from = Load(saved), .target = job.checkpoints() + "/converted", .max_parallelism = 7};
  const std::string path = request.target + "/" + SavepointName(request.from);
  bool done = false;
  int cuts = 0;
  for (; !done; cuts += cuts < 6 ? 1 : 11) {
    std::atomic<int> changes{0};
    files.before = [&](std::string_view, const std::string&) -> Status {
      if (changes++ < cuts) return {};
      return Status::External("cut off");  // and so is the cleaning up
    };
    done = ConvertSavepoint(files, request).ok();
    files.before = nullptr;
    const bool named = files.Stat(path).ok();
    EXPECT_TRUE(!done || named);
    if (!named) continue;
    EXPECT_TRUE(LoadSnapshot(files, path).ok()) << cuts;
    ASSERT_OK(files.RemoveRecursively(path));
  }
  EXPECT_GT(cuts, 20);
  EXPECT_TRUE(ConvertSavepoint(files, request).ok());
  EXPECT_EQ(Expect(files.List(request.target)).size(), 1U);
}

INSTANTIATE_TEST_SUITE_P(Backends, DealRowsTest, testing::Bool(),
                         [](const auto& backend) { return backend.param ? "memory" : "rocksdb"; });

}  // namespace
}  // namespace weir::state
