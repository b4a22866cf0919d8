// Time-to-live: rows expire by their last write, in all layouts, over both backends, also when a
// checkpoint or a savepoint lies between. Semantics: Flink's StateTtlConfig with OnCreateAndWrite
// and NeverReturnExpired; "expired" is written + ttl <= now, as in its TtlUtils.
#include <functional>
#include <set>

#include "runtime/types/string_ref.h"
#include "state/checkpoint/savepoints.h"
#include "state/row/row_codec.h"
#include "tests/unit/state/state_fixture.h"

namespace weir::state {
namespace {

constexpr int64_t kTtl = 10'000;

StateSchema Mortal(StateLayout layout, int64_t ttl = kTtl) {
  StateSchema schema = TestSchema(layout, Type::BigInt());
  schema.ttl_millis = ttl;
  return schema;
}

Keys KeysOf(const std::vector<int64_t>& keys, int64_t number = 0) {
  std::vector<Value> k;
  std::vector<Value> n;
  std::vector<Value> t;
  for (const int64_t key : keys) {
    k.push_back(IntValue(key));
    n.push_back(IntValue(number));
    t.push_back(TextValue("a text that lies outside of the row"));
  }
  return MakeKeys({{Type::BigInt(), k}, {Type::BigInt(), n}, {Type::String(), t}});
}

struct TtlCase {
  const char* name;
  bool memory_backend;
  uint64_t memory_limit;
  bool checkpointing = true;
};

std::ostream& operator<<(std::ostream& out, const TtlCase& c) {
  return out << c.name;
}

class TtlTest : public testing::TestWithParam<TtlCase> {
 protected:
  TtlTest()
      : job_({GetParam().memory_backend, GetParam().memory_limit, GetParam().checkpointing, 1}) {}

  void Pass(int64_t millis) { job_.clock.millis += millis; }
  // Checkpoint and restore, where there are checkpoints.
  void Restart() {
    if (!GetParam().checkpointing) return;
    job_.Checkpoint();
    CheckpointMetadata latest = job_.LoadLatest();
    job_.Stop();
    job_.Start(std::move(latest));
  }
  // Lets two times-to-live pass as a task would between batches: the sweep goes round, on disk,
  // too. `keep` is called within every half of a time-to-live.
  void Sweep(const std::function<void()>& keep) {
    for (int i = 0; i < 400; ++i) {
      Pass(kTtl / 200);
      ASSERT_OK(job_.task().Tidy());
      if (i % 90 == 89) keep();
      if (i % 50 == 49 && GetParam().checkpointing) job_.Checkpoint();
    }
  }
  StateStatistics Figures() { return job_.task().statistics("op"); }

  Job job_;
};

class ValueTtlTest : public TtlTest {
 protected:
  void Open(int64_t ttl = kTtl) {
    table_ = Expect(job_.task().OpenValue("op", Mortal(StateLayout::kValue, ttl)));
  }
  // What Find shows of a key; -1: nothing.
  int64_t Look(int64_t key) {
    std::byte* row = nullptr;
    EXPECT_TRUE(table_->Find(KeysOf({key}).view(), &row).ok());
    return row == nullptr ? -1 : table_->layout().Load<int64_t>(row, 0);
  }
  // Adds to the key's number; whether the row was created.
  bool Add(int64_t key, int64_t number) {
    std::byte* row = nullptr;
    uint8_t created = 0;
    EXPECT_TRUE(table_->FindOrCreate(KeysOf({key}).view(), &row, &created).ok());
    table_->layout().Store<int64_t>(row, 0, table_->layout().Load<int64_t>(row, 0) + number);
    table_->SetString(row, 1, "a text that lies outside of the row");
    return created != 0;
  }
  std::set<int64_t> Scanned() {
    std::set<int64_t> keys;
    EXPECT_TRUE(table_
                    ->Scan([&](const ScannedRows& run) -> Status {
                      const auto columns =
                          Expect(DecodeKeys(run.keys, std::vector<Type>{Type::BigInt()}));
                      for (uint32_t i = 0; i < run.rows.size(); ++i) {
                        keys.insert(columns[0]->ValueAt<int64_t>(i));
                      }
                      return {};
                    })
                    .ok());
    return keys;
  }
  ValueTable* table_ = nullptr;
};

TEST_P(ValueTtlTest, ExpiresByTheLastWrite) {
  Open();
  EXPECT_TRUE(Add(1, 5));
  Pass(kTtl - 1);
  EXPECT_EQ(Look(1), 5);  // reading does not keep it
  Pass(1);
  EXPECT_EQ(Look(1), -1);
  EXPECT_TRUE(Scanned().empty());
  EXPECT_TRUE(Add(1, 7));  // begins anew
  EXPECT_EQ(Look(1), 7);
  Pass(kTtl - 1);
  EXPECT_FALSE(Add(1, 1));  // writing keeps it
  Pass(kTtl - 1);
  EXPECT_EQ(Look(1), 8);
  EXPECT_EQ(Scanned(), std::set<int64_t>{1});
  Pass(1);
  EXPECT_EQ(Look(1), -1);
}

TEST_P(ValueTtlTest, MarkChangedWrites) {
  Open();
  Add(1, 5);
  Pass(kTtl - 1);
  std::byte* row = nullptr;
  ASSERT_OK(table_->Find(KeysOf({1}).view(), &row));
  table_->layout().Store<int64_t>(row, 0, 6);
  table_->MarkChanged({&row, 1});
  Pass(kTtl - 1);
  EXPECT_EQ(Look(1), 6);
}

TEST_P(ValueTtlTest, AKeyTwiceInABatch) {
  Open();
  Add(1, 5);
  Pass(kTtl);
  std::vector<std::byte*> rows(3);
  std::vector<uint8_t> created(3);
  ASSERT_OK(table_->FindOrCreate(KeysOf({1, 2, 1}).view(), rows.data(), created.data()));
  EXPECT_EQ(created, (std::vector<uint8_t>{1, 1, 0}));
  EXPECT_EQ(rows[0], rows[2]);
  EXPECT_EQ(table_->layout().Load<int64_t>(rows[0], 0), 0);
  EXPECT_EQ(table_->layout().Load<StringRef>(rows[0], 1).view(), "");
  EXPECT_EQ(table_->row_count(), 2U);
}

TEST_P(ValueTtlTest, TimesSurviveARestore) {
  Open();
  Add(1, 5);
  Pass(kTtl / 2);
  Add(2, 6);
  Restart();
  if (GetParam().checkpointing) Open();
  Pass(kTtl / 2 - 1);
  EXPECT_EQ(Look(1), 5);
  Pass(1);
  EXPECT_EQ(Look(1), -1);
  EXPECT_EQ(Look(2), 6);
  EXPECT_EQ(Scanned(), std::set<int64_t>{2});
  Pass(kTtl / 2);
  EXPECT_TRUE(Add(2, 9));
  EXPECT_EQ(Look(2), 9);
}

TEST_P(ValueTtlTest, TheSweepForgetsWhatNobodyAsksFor) {
  Open();
  for (int64_t k = 0; k < 6000; ++k) {
    Add(k, 1);
    if (k % 100 == 99) ASSERT_OK(job_.task().Tidy());
  }
  Restart();
  if (GetParam().checkpointing) Open();
  Pass(kTtl / 2);
  const auto keep = [&] {
    for (int64_t k = 0; k < 6000; k += 60) Add(k, 1);
  };
  keep();
  Pass(kTtl / 2);
  Sweep(keep);
  EXPECT_EQ(table_->row_count(), 100U);
  EXPECT_EQ(Figures().expired, 5900U);
  EXPECT_EQ(Scanned().size(), 100U);
  Pass(kTtl);
  Sweep([] {});
  EXPECT_EQ(table_->row_count(), 0U);
  if (GetParam().memory_limit == 0) {
    EXPECT_LT(Figures().memory_bytes, 2'000'000U);  // the index and what its chunks keep
  }
  EXPECT_TRUE(Add(3, 4));
  Restart();
  if (GetParam().checkpointing) Open();
  EXPECT_EQ(table_->row_count(), 1U);
  EXPECT_EQ(Look(3), 4);
  EXPECT_EQ(Look(60), -1);
}

// An expired row's number comes again and again: the memory does not grow.
TEST_P(ValueTtlTest, MemoryStaysLevel) {
  Open();
  uint64_t early = 0;
  for (int64_t round = 0; round < 40; ++round) {
    for (int64_t k = 0; k < 500; ++k) Add(round * 500 + k, 1);
    Pass(kTtl / 4);
    for (int i = 0; i < 8; ++i) ASSERT_OK(job_.task().Tidy());
    if (round % 4 == 3 && GetParam().checkpointing) job_.Checkpoint();
    if (round == 12) early = Figures().memory_bytes;
  }
  EXPECT_LE(table_->row_count(), 500U * 14U);
  // What has reached the disk leaves tombstones until the next checkpoint.
  EXPECT_LE(Figures().memory_bytes, early * 2 + (256 << 10));
}

TEST_P(ValueTtlTest, SwitchedOnAndOff) {
  if (!GetParam().checkpointing) GTEST_SKIP() << "nothing to restore";
  Open(0);
  Add(1, 5);
  Pass(kTtl * 100);
  EXPECT_EQ(Look(1), 5);
  Restart();
  Open();  // rows without a time count as written when they are first read
  EXPECT_EQ(Look(1), 5);
  Pass(kTtl - 1);
  EXPECT_EQ(Look(1), 5);
  Add(2, 6);
  Pass(1);
  EXPECT_EQ(Look(1), -1);
  Restart();
  Open(0);
  Pass(kTtl * 100);
  EXPECT_EQ(Look(2), 6);
  Restart();
  Open(kTtl * 1000);  // the times that rows had before do not count any more
  EXPECT_EQ(Look(2), 6);
}

TEST_P(ValueTtlTest, TimesSurviveASavepoint) {
  if (!GetParam().checkpointing) GTEST_SKIP() << "nothing to restore";
  Open();
  Add(1, 5);
  Pass(kTtl / 2);
  Add(2, 6);
  CheckpointMetadata from = job_.Checkpoint();
  from.job_id = "0123456789";
  from.directory = job_.checkpoints();
  const SavepointInfo savepoint = Expect(WriteSavepoint(
      job_.files(), {.from = from, .target = job_.checkpoints() + "-sp", .progress = {}}));
  // Taken over by the other backend.
  Job other({.memory_backend = !GetParam().memory_backend});
  other.Stop();
  other.clock.millis = job_.clock.millis.load();
  other.Start(Expect(LoadSnapshot(job_.files(), savepoint.path)), savepoint.path);
  table_ = Expect(other.task().OpenValue("op", Mortal(StateLayout::kValue)));
  other.clock.millis += kTtl / 2 - 1;
  EXPECT_EQ(Look(1), 5);
  other.clock.millis += 1;
  EXPECT_EQ(Look(1), -1);
  EXPECT_EQ(Look(2), 6);
  other.clock.millis += kTtl / 2;
  EXPECT_EQ(Look(2), -1);
  FileSystem::Local().RemoveRecursively(job_.checkpoints() + "-sp").ok();
}

class ListTtlTest : public TtlTest {
 protected:
  void Open() { table_ = Expect(job_.task().OpenList("op", Mortal(StateLayout::kList))); }
  void Append(int64_t key, int64_t number) {
    ASSERT_OK(table_->Append(KeysOf({key}, number).view(), std::vector<int>{1, 2}));
  }
  std::vector<int64_t> Numbers(int64_t key) {
    std::vector<int64_t> numbers;
    EXPECT_TRUE(table_->Probe(KeysOf({key}).view()).ok());
    while (table_->NextMatches(run_)) {
      for (const std::byte* row : run_.rows) {
        numbers.push_back(table_->layout().Load<int64_t>(row, 0));
      }
    }
    return numbers;
  }
  ListTable* table_ = nullptr;
  MatchRun run_;
};

TEST_P(ListTtlTest, EachRowExpiresForItself) {
  Open();
  Append(1, 10);
  Pass(kTtl / 2);
  Append(1, 11);
  Append(2, 20);
  Restart();
  if (GetParam().checkpointing) Open();
  Pass(kTtl / 2 - 1);
  EXPECT_EQ(Numbers(1), (std::vector<int64_t>{10, 11}));
  Pass(1);
  EXPECT_EQ(Numbers(1), (std::vector<int64_t>{11}));
  uint8_t found = 1;
  ASSERT_OK(table_->RemoveOne(KeysOf({1}, 10).view(), std::vector<int>{1, 2}, &found));
  EXPECT_EQ(found, 0);  // a retraction of what has expired
  ASSERT_OK(table_->RemoveOne(KeysOf({1}, 11).view(), std::vector<int>{1, 2}, &found));
  EXPECT_EQ(found, 1);
  EXPECT_TRUE(Numbers(1).empty());
  EXPECT_EQ(Numbers(2), (std::vector<int64_t>{20}));
}

TEST_P(ListTtlTest, MarkChangedWrites) {
  Open();
  Append(1, 10);
  Append(1, 11);
  Pass(kTtl - 1);
  ASSERT_OK(table_->Probe(KeysOf({1}).view()));
  ASSERT_TRUE(table_->NextMatches(run_));
  table_->MarkChanged(std::span(run_.rows).subspan(1, 1));
  Pass(1);
  EXPECT_EQ(Numbers(1), (std::vector<int64_t>{11}));
}

TEST_P(ListTtlTest, TheSweepForgetsWhatNobodyAsksFor) {
  Open();
  for (int64_t n = 0; n < 4000; ++n) {
    Append(n % 300, n);
    if (n % 100 == 99) ASSERT_OK(job_.task().Tidy());
  }
  Restart();
  if (GetParam().checkpointing) Open();
  Pass(kTtl / 2);
  for (int64_t n = 0; n < 60; ++n) Append(n, -n);
  Pass(kTtl / 2);
  Sweep([&] {
    std::vector<int64_t> keys;
    for (int64_t n = 0; n < 60; ++n) keys.push_back(n);
    ASSERT_OK(table_->Probe(KeysOf(keys).view()));
    while (table_->NextMatches(run_)) table_->MarkChanged(run_.rows);
  });
  EXPECT_EQ(table_->row_count(), 60U);
  EXPECT_EQ(Figures().expired, 4000U);
  EXPECT_EQ(Numbers(7), (std::vector<int64_t>{-7}));
  EXPECT_TRUE(Numbers(200).empty());
  Pass(kTtl);
  Sweep([] {});
  EXPECT_EQ(table_->row_count(), 0U);
}

class MapTtlTest : public TtlTest {
 protected:
  void Open() { table_ = Expect(job_.task().OpenMap("op", Mortal(StateLayout::kMap))); }
  bool Put(int64_t key, int64_t sub_key) {
    std::byte* row = nullptr;
    uint8_t created = 0;
    EXPECT_TRUE(
        table_->FindOrCreate(KeysOf({key}, sub_key).view(), std::vector<int>{1}, &row, &created)
            .ok());
    table_->layout().Store<int64_t>(row, 0, sub_key);
    return created != 0;
  }
  std::vector<int64_t> Numbers(int64_t key) {
    std::vector<int64_t> numbers;
    EXPECT_TRUE(table_->Probe(KeysOf({key}).view()).ok());
    while (table_->NextMatches(run_)) {
      for (const std::byte* row : run_.rows) {
        numbers.push_back(table_->layout().Load<int64_t>(row, 0));
      }
    }
    return numbers;
  }
  std::multiset<int64_t> Scanned() {
    std::multiset<int64_t> numbers;
    EXPECT_TRUE(table_
                    ->Scan([&](const ScannedRows& run) -> Status {
                      for (const std::byte* row : run.rows) {
                        numbers.insert(table_->layout().Load<int64_t>(row, 0));
                      }
                      return {};
                    })
                    .ok());
    return numbers;
  }
  std::optional<int64_t> Edge(int64_t key, bool greatest) {
    std::vector<std::optional<std::string_view>> edges;
    EXPECT_TRUE(table_->EdgeSubKeys(KeysOf({key}).view(), greatest, edges).ok());
    if (!edges[0]) return std::nullopt;
    return Expect(DecodeKeys({&*edges[0], 1}, std::vector<Type>{Type::BigInt()}))[0]
        ->ValueAt<int64_t>(0);
  }
  MapTable* table_ = nullptr;
  MatchRun run_;
};

TEST_P(MapTtlTest, EachSubKeyExpiresForItself) {
  Open();
  for (const int64_t s : {1, 2, 3, 4}) EXPECT_TRUE(Put(1, s));
  Pass(kTtl / 2);
  EXPECT_FALSE(Put(1, 2));
  EXPECT_FALSE(Put(1, 3));
  Restart();
  if (GetParam().checkpointing) Open();
  EXPECT_EQ(Scanned(), (std::multiset<int64_t>{1, 2, 3, 4}));
  EXPECT_EQ(Numbers(1), (std::vector<int64_t>{1, 2, 3, 4}));
  Pass(kTtl / 2);
  EXPECT_EQ(Scanned(), (std::multiset<int64_t>{2, 3}));
  EXPECT_EQ(Numbers(1), (std::vector<int64_t>{2, 3}));
  EXPECT_EQ(Edge(1, false), 2);
  EXPECT_EQ(Edge(1, true), 3);
  std::byte* row = nullptr;
  ASSERT_OK(table_->Find(KeysOf({1}, 4).view(), std::vector<int>{1}, &row));
  EXPECT_EQ(row, nullptr);
  EXPECT_TRUE(Put(1, 4));
  EXPECT_EQ(Edge(1, true), 4);
  Pass(kTtl / 2);
  EXPECT_EQ(Numbers(1), (std::vector<int64_t>{4}));
  Pass(kTtl / 2);
  EXPECT_TRUE(Numbers(1).empty());
  EXPECT_EQ(Edge(1, true), std::nullopt);
}

TEST_P(MapTtlTest, TheSweepForgetsWhatNobodyAsksFor) {
  Open();
  for (int64_t n = 0; n < 4000; ++n) {
    Put(n % 300, n);
    if (n % 100 == 99) ASSERT_OK(job_.task().Tidy());
  }
  Restart();
  if (GetParam().checkpointing) Open();
  Pass(kTtl / 2);
  const auto keep = [&] {
    for (int64_t n = 0; n < 60; ++n) Put(n, 1'000'000 + n);
  };
  keep();
  Pass(kTtl / 2);
  Sweep(keep);
  EXPECT_EQ(table_->row_count(), 60U);
  EXPECT_EQ(Figures().expired, 4000U);
  EXPECT_EQ(Numbers(7), (std::vector<int64_t>{1'000'007}));
  EXPECT_TRUE(Numbers(200).empty());
  Pass(kTtl);
  Sweep([] {});
  EXPECT_EQ(table_->row_count(), 0U);
}

const auto kBackends = testing::Values(TtlCase{"rocksdb", false, 0}, TtlCase{"memory", true, 0},
                                       TtlCase{"tiny", false, 60 << 10},
                                       TtlCase{"tinyWithoutCheckpoints", false, 60 << 10, false});
const auto kNames = [](const auto& parameter) { return std::string(parameter.param.name); };
INSTANTIATE_TEST_SUITE_P(Backends, ValueTtlTest, kBackends, kNames);
INSTANTIATE_TEST_SUITE_P(Backends, ListTtlTest, kBackends, kNames);
INSTANTIATE_TEST_SUITE_P(Backends, MapTtlTest, kBackends, kNames);

// The bytes of a row with a time; FORMAT.md, "Values".
TEST(TimedRowTest, Bytes) {
  SchemaHistory history;
  const RowCodec codec = Expect(RowCodec::Make(WithLastWrite({{"n", Type::BigInt()}}), history));
  ASSERT_EQ(codec.stored_bytes(), codec.layout().row_bytes() + 8);
  std::vector<uint64_t> row(codec.stored_bytes() / 8);
  auto* bytes = reinterpret_cast<std::byte*>(row.data());
  codec.layout().Store<int64_t>(bytes, 0, 3);
  row.back() = 1'000;
  std::string encoded;
  codec.Encode(bytes, encoded);
  EXPECT_EQ(encoded, std::string({1, 0, 6, '\xD0', 0x0F}));  // schema, no NULLs, 3, 1000: zigzag
  EXPECT_EQ(Expect(codec.WrittenAt(encoded)), 1'000);
  for (size_t i = 0; i < encoded.size(); ++i) {
    EXPECT_FALSE(codec.WrittenAt(encoded.substr(0, i)).ok()) << i;
  }
}

// Eight fields fill a byte of NULL bits; the time begins another one.
TEST(TimedRowTest, EightFields) {
  std::vector<Field> fields;
  for (int f = 0; f < 8; ++f) fields.push_back({"f" + std::to_string(f), Type::Int()});
  SchemaHistory history;
  const RowCodec codec = Expect(RowCodec::Make(WithLastWrite(fields), history));
  std::vector<uint64_t> row(codec.stored_bytes() / 8);
  auto* bytes = reinterpret_cast<std::byte*>(row.data());
  codec.layout().SetNull(bytes, 7);
  codec.layout().Store<int32_t>(bytes, 6, 60);
  row.back() = 77;
  std::string encoded;
  codec.Encode(bytes, encoded);
  class NoStrings final : public StringOwner {
    void SetString(std::byte*, size_t, std::string_view) override {}
  } none;
  std::vector<uint64_t> copy(row.size());
  auto* copied = reinterpret_cast<std::byte*>(copy.data());
  ASSERT_OK(codec.Decode(encoded, copied, none));
  EXPECT_EQ(copy, row);
  EXPECT_EQ(Expect(codec.WrittenAt(encoded)), 77);
}

}  // namespace
}  // namespace weir::state
