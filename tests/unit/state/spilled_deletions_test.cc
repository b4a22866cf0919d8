// Rows that are erased while memory is short: their deletions go to disk as rows do, and hide what
// it holds, wherever they are.
#include <algorithm>

#include "tests/unit/state/state_fixture.h"

namespace weir::state {
namespace {

constexpr uint64_t kSpillLimit = 1 << 20;
constexpr int64_t kSpilledRows = 40'000;  // three times what the limit has room for
constexpr int64_t kBatch = 500;

Keys KeysFrom(int64_t first) {
  std::vector<Value> keys;
  for (int64_t k = first; k < first + kBatch; ++k) keys.push_back(IntValue(k));
  return MakeKeys({{Type::BigInt(), keys}});
}

void PutAll(Job& job, ValueTable& table) {
  for (int64_t k = 0; k < kSpilledRows; k += kBatch) {
    PutRows(table, k, kBatch);
    ASSERT_OK(job.task().Tidy());
  }
}

bool Stays(int64_t k) {
  return k / kBatch % 10 == 0;
}

// From the last to the first, so that those that stay are not all in memory before the others are
// looked for: a table looks on disk only while it lacks rows.
void ExpectThoseThatStay(ValueTable& table) {
  std::vector<std::byte*> rows(kBatch);
  for (int64_t k = kSpilledRows - kBatch; k >= 0; k -= kBatch) {
    const Keys keys = KeysFrom(k);
    ASSERT_OK(table.Find(keys.view(), rows.data()));
    EXPECT_EQ(std::ranges::count(rows, nullptr), Stays(k) ? 0 : kBatch) << k;
  }
}

// All but every tenth batch. Deletions do not fill the memory.
void EraseMost(Job& job, ValueTable& table) {
  std::vector<std::byte*> rows(kBatch);
  for (int64_t k = 0; k < kSpilledRows; k += kBatch) {
    if (Stays(k)) continue;
    const Keys keys = KeysFrom(k);
    ASSERT_OK(table.Find(keys.view(), rows.data()));
    ASSERT_EQ(std::ranges::count(rows, nullptr), 0);
    table.Erase(rows);
    ASSERT_OK(job.task().Tidy());
    ASSERT_LE(job.task().statistics("op").memory_bytes, kSpillLimit + kSpillLimit / 4) << k;
  }
}

TEST(SpilledDeletionsTest, LeaveMemoryAndHideWhatTheDiskHolds) {
  for (const bool checkpointing : {true, false}) {
    for (const bool durable : {true, false}) {  // the rows, before they are erased
      SCOPED_TRACE(checkpointing);
      SCOPED_TRACE(durable);
      Job job({.memory_limit = kSpillLimit,
               .checkpointing = checkpointing,
               .least_spill_bytes = 1 << 12});
      ValueTable& table = OpenNumbers(job);
      PutAll(job, table);
      if (durable) (void)job.Checkpoint();
      EraseMost(job, table);
      ExpectThoseThatStay(table);
      EXPECT_EQ(table.row_count(), static_cast<uint64_t>(kSpilledRows / 10));
      PutRows(table, kBatch, kBatch, 7);  // of those that are erased
      const CheckpointMetadata latest = job.Checkpoint();
      EXPECT_EQ(table.row_count(), static_cast<uint64_t>(kSpilledRows / 10 + kBatch));
      job.Stop();
      job.Start(latest);
      const std::map<int64_t, int64_t> rows = AllRows(job);
      EXPECT_EQ(rows.size(), static_cast<size_t>(kSpilledRows / 10 + kBatch));
      EXPECT_EQ(rows.at(0), 0);
      EXPECT_EQ(rows.at(kBatch + 1), kBatch + 8);
    }
  }
}

// Without periodic checkpoints the database holds what was spilled, save while a savepoint is
// taken: then spills lie beside it.
TEST(SpilledDeletionsTest, HideWhatASavepointStillHolds) {
  Job job({.memory_limit = kSpillLimit, .checkpointing = false, .least_spill_bytes = 1 << 12});
  ValueTable& table = OpenNumbers(job);
  PutAll(job, table);
  std::vector<std::unique_ptr<EpochPart>> parts = job.Snapshot(1);
  EraseMost(job, table);
  ExpectThoseThatStay(table);
  (void)job.Complete(1, std::move(parts));
  ExpectThoseThatStay(table);
  (void)job.Checkpoint();
  ExpectThoseThatStay(table);
}

}  // namespace
}  // namespace weir::state
