// Rows of a list that come in one epoch are one record: how many there are, and that rows go and
// change within them as if they lay apart.
#include <set>

#include "state/checkpoint/canonical_rows.h"
#include "state/checkpoint/memory_snapshot.h"
#include "state/table/epoch.h"
#include "tests/unit/state/state_fixture.h"

namespace weir::state {
namespace {

const std::vector<int> kValues{1};

StateSchema Numbers(int64_t ttl_millis = 0) {
  StateSchema schema{.name = "rows", .layout = StateLayout::kList};
  schema.key = {{"k", Type::BigInt()}};
  schema.value = {{"n", Type::BigInt()}};
  schema.ttl_millis = ttl_millis;
  return schema;
}

Keys Pairs(const std::vector<std::pair<int64_t, int64_t>>& pairs) {
  std::vector<Value> keys;
  std::vector<Value> numbers;
  for (const auto& [key, number] : pairs) {
    keys.push_back(IntValue(key));
    numbers.push_back(IntValue(number));
  }
  return MakeKeys({{Type::BigInt(), keys}, {Type::BigInt(), numbers}});
}

// The rows of one key with the numbers first, …, end - 1.
Keys Stretch(int64_t key, int64_t first, int64_t end) {
  std::vector<std::pair<int64_t, int64_t>> pairs;
  for (int64_t n = first; n < end; ++n) pairs.emplace_back(key, n);
  return Pairs(pairs);
}

class ListRuns : public testing::TestWithParam<bool> {
 protected:
  ListRuns() : job_({.memory_backend = GetParam()}) { Open(); }
  void Open() { table_ = Expect(job_.task().OpenList("op", schema_)); }
  void Restart() {
    job_.Checkpoint();
    CheckpointMetadata latest = job_.LoadLatest();
    job_.Stop();
    job_.Start(std::move(latest));
    Open();
  }
  void Append(const Keys& rows) { ASSERT_OK(table_->Append(rows.view(), kValues)); }
  void Remove(int64_t key, int64_t number) {
    uint8_t found = 0;
    ASSERT_OK(table_->RemoveOne(Pairs({{key, number}}).view(), kValues, &found));
    ASSERT_EQ(found, 1) << number;
  }
  std::vector<int64_t> NumbersOf(int64_t key) {
    std::vector<int64_t> numbers;
    EXPECT_TRUE(table_->Probe(Pairs({{key, 0}}).view()).ok());
    while (table_->NextMatches(run_)) {
      for (const std::byte* row : run_.rows) {
        numbers.push_back(table_->layout().Load<int64_t>(row, 0));
      }
    }
    return numbers;
  }
  // Adds `more` to every number of the key, in place.
  void Change(int64_t key, int64_t more) {
    ASSERT_OK(table_->Probe(Pairs({{key, 0}}).view()));
    while (table_->NextMatches(run_)) {
      for (std::byte* row : run_.rows) {
        table_->layout().Store(row, 0, table_->layout().Load<int64_t>(row, 0) + more);
      }
      table_->MarkChanged(run_.rows);
    }
  }

  StateSchema schema_ = Numbers();
  Job job_;
  ListTable* table_ = nullptr;
  MatchRun run_;
};

TEST_P(ListRuns, AnyRowOfARunMayGo) {
  std::set<int64_t> left;
  for (int64_t n = 0; n < 10; ++n) left.insert(n);
  Append(Stretch(1, 0, 10));
  Append(Stretch(2, 0, 3));
  // The head before anything is written; then middle, end and head again, each in its own epoch.
  for (const int64_t gone : {0, 5, 9, 1, 2, 8, 3}) {
    Remove(1, gone);
    left.erase(gone);
    EXPECT_EQ(NumbersOf(1), std::vector<int64_t>(left.begin(), left.end())) << gone;
    Restart();
    EXPECT_EQ(NumbersOf(1), std::vector<int64_t>(left.begin(), left.end())) << gone;
    EXPECT_EQ(table_->row_count(), left.size() + 3);
  }
  for (const int64_t gone : left) Remove(1, gone);
  Restart();
  EXPECT_TRUE(NumbersOf(1).empty());
  EXPECT_EQ(NumbersOf(2), (std::vector<int64_t>{0, 1, 2}));
  Append(Stretch(1, 20, 22));
  Restart();
  EXPECT_EQ(NumbersOf(1), (std::vector<int64_t>{20, 21}));
}

TEST_P(ListRuns, ARunEndsWithItsEpoch) {
  std::vector<int64_t> all;
  for (int64_t round = 0; round < 5; ++round) {
    Append(Stretch(7, round * 3, round * 3 + 3));
    for (int64_t n = 0; n < 3; ++n) all.push_back(round * 3 + n);
    if (round % 2 == 0) job_.Checkpoint();
    if (round % 2 != 0) Restart();
  }
  EXPECT_EQ(NumbersOf(7), all);
}

// A snapshot that is being copied has the rows as they were at its barrier.
TEST_P(ListRuns, ChangesBehindABarrierAreNotInItsSnapshot) {
  if (GetParam()) GTEST_SKIP() << "copies at the barrier";
  Append(Stretch(1, 0, 5));
  Append(Stretch(2, 0, 5));
  ASSERT_OK(job_.task().BeginSnapshot(1));
  Remove(1, 0);
  Remove(1, 3);
  Append(Stretch(1, 5, 6));
  Change(2, 100);
  std::vector<std::unique_ptr<EpochPart>> parts;
  parts.push_back(Expect(job_.task().ContinueSnapshot(std::chrono::nanoseconds::max())));
  job_.Complete(1, std::move(parts));
  EXPECT_EQ(NumbersOf(1), (std::vector<int64_t>{1, 2, 4, 5}));
  CheckpointMetadata latest = job_.LoadLatest();
  job_.Stop();
  job_.Start(std::move(latest));
  Open();
  EXPECT_EQ(NumbersOf(1), (std::vector<int64_t>{0, 1, 2, 3, 4}));
  EXPECT_EQ(NumbersOf(2), (std::vector<int64_t>{0, 1, 2, 3, 4}));
}

TEST_P(ListRuns, ChangedRowsAreWritten) {
  Append(Stretch(1, 0, 4));
  Restart();
  Change(1, 10);
  Append(Stretch(1, 4, 6));
  Restart();
  EXPECT_EQ(NumbersOf(1), (std::vector<int64_t>{10, 11, 12, 13, 4, 5}));
}

INSTANTIATE_TEST_SUITE_P(Backends, ListRuns, testing::Bool(), [](const auto& parameter) {
  return parameter.param ? "memory" : "rocksdb";
});

MemorySnapshot SnapshotOf(const std::string& path) {
  return Expect(DecodeMemorySnapshot(Expect(ReadFile(FileSystem::Local(), path))));
}

TEST(RecordsOfListsTest, OneForUpTo64RowsOfAKey) {
  Job job({.memory_backend = true});
  ListTable& table = *Expect(job.task().OpenList("op", Numbers()));
  for (int64_t n = 0; n < 130; ++n) {
    ASSERT_OK(table.Append(Pairs({{1, n}, {2, n}, {1000 + n, n}}).view(), kValues));
  }
  job.Checkpoint();
  const MemorySnapshot saved = SnapshotOf(job.checkpoints() + "/chk-1/state-0.bin");
  EXPECT_EQ(saved.rows.at("op/rows").size(), 3U + 3U + 130U);
}

// Else a counter of matches would write a whole run each time.
TEST(RecordsOfListsTest, OneARowWhereRowsAreChanged) {
  Job job({.memory_backend = true});
  ListTable& table = *Expect(job.task().OpenList("op", Numbers()));
  ASSERT_OK(table.Append(Pairs({{1, 0}}).view(), kValues));
  MatchRun run;
  ASSERT_OK(table.Probe(Pairs({{1, 0}}).view()));
  ASSERT_TRUE(table.NextMatches(run));
  table.MarkChanged(run.rows);
  ASSERT_OK(table.Append(Stretch(1, 1, 20).view(), kValues));
  job.Checkpoint();
  const MemorySnapshot saved = SnapshotOf(job.checkpoints() + "/chk-1/state-0.bin");
  EXPECT_EQ(saved.rows.at("op/rows").size(), 20U);
}

// Rows written by versions that made a record of each, and runs, are the same in a savepoint.
TEST(RecordsOfListsTest, SavepointsHaveRowsApart) {
  std::vector<std::vector<std::pair<std::string, std::string>>> given;
  for (const char* name : {"state-0-runs.bin", "state-0.bin"}) {
    const MemorySnapshot saved = SnapshotOf(std::string("tests/golden/v1/") + name);
    CanonicalRows rows = Expect(CanonicalRows::Make(saved.bookkeeping.at(SchemaKey("op/list"))));
    given.emplace_back();
    const RecordSet& records = saved.rows.at("op/list");
    for (size_t i = 0; i < records.size(); ++i) {
      ASSERT_OK(rows.Rewrite(records[i].key, records[i].value,
                             [&](std::string_view key, std::string_view value) -> Status {
                               given.back().emplace_back(key, value);
                               return {};
                             }));
    }
  }
  EXPECT_EQ(given[0].size(), 6U);
  EXPECT_EQ(given[0], given[1]);
}

TEST(RecordsOfListsTest, DamagedRunsAreFound) {
  const MemorySnapshot saved = SnapshotOf("tests/golden/v1/state-0-runs.bin");
  CanonicalRows rows = Expect(CanonicalRows::Make(saved.bookkeeping.at(SchemaKey("op/list"))));
  const auto drop = [](std::string_view, std::string_view) { return Status(); };
  const RecordSet::Record record = saved.rows.at("op/list")[0];
  const std::string half(record.value.substr(0, record.value.size() - 1));
  EXPECT_EQ(rows.Rewrite(record.key, half, drop).code(), StatusCode::kCorruption);
  EXPECT_EQ(rows.Rewrite("short", record.value, drop).code(), StatusCode::kCorruption);
}

}  // namespace
}  // namespace weir::state
