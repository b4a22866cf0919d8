// Tables and tasks share the memory for state: whoever needs it gets it from those that do not.
#include "runtime/types/string_ref.h"
#include "tests/unit/state/state_fixture.h"

namespace weir::state {
namespace {

constexpr uint64_t kLimit = 1 << 20;
// What a row of TestSchema takes without long strings, with its share of the index: a little less.
constexpr int64_t kRowsInLimit = kLimit / 80;

ValueTable& Open(Job& job, const std::string& uid, size_t task = 0) {
  return *Expect(job.task(task).OpenValue(uid, TestSchema(StateLayout::kValue, Type::BigInt())));
}

// As the engine calls: a batch, then what is between two batches.
void Grow(Job& job, size_t task, ValueTable& table, int64_t first, int64_t rows) {
  for (int64_t k = first; k < first + rows; k += 500) {
    PutRows(table, k, std::min<int64_t>(500, first + rows - k));
    ASSERT_OK(job.task(task).Tidy());
  }
}

void ExpectAll(ValueTable& table, int64_t rows) {
  int64_t seen = 0;
  ASSERT_OK(table.Scan([&](const ScannedRows& run) -> Status {
    const auto keys = Expect(DecodeKeys(run.keys, std::vector<Type>{Type::BigInt()}));
    for (uint32_t i = 0; i < run.rows.size(); ++i, ++seen) {
      EXPECT_EQ(table.layout().Load<int64_t>(run.rows[i], 0), keys[0]->ValueAt<int64_t>(i));
    }
    return {};
  }));
  EXPECT_EQ(seen, rows);
}

TEST(MemorySharingTest, ATableThatGrowsGetsTheMemoryOfOneThatIsIdle) {
  for (const bool checkpointing : {true, false}) {
    SCOPED_TRACE(checkpointing);
    Job job({.memory_limit = kLimit, .checkpointing = checkpointing, .least_spill_bytes = 1 << 12});
    ValueTable& idle = Open(job, "idle");
    ValueTable& grows = Open(job, "grows");
    Grow(job, 0, idle, 0, kRowsInLimit);
    const uint64_t before = job.task().statistics("idle").memory_bytes;
    EXPECT_GT(before, kLimit / 2);
    Grow(job, 0, grows, 0, kRowsInLimit * 2);
    const uint64_t left = job.task().statistics("idle").memory_bytes;
    EXPECT_LT(left, before / 2);
    EXPECT_GT(job.task().statistics("grows").memory_bytes, left);
    EXPECT_LE(job.task().statistics("grows").memory_bytes + left, kLimit + kLimit / 4);
    ExpectAll(idle, kRowsInLimit);
    ExpectAll(grows, kRowsInLimit * 2);
  }
}

TEST(MemorySharingTest, ASliceThatNobodyCallsGivesItsMemory) {
  Job job({.memory_limit = kLimit, .least_spill_bytes = 1 << 12});
  StateSchema schema = TestSchema(StateLayout::kValue, Type::BigInt());
  schema.sliced = true;
  SlicedTable& slices = *Expect(job.task().OpenSliced("windows", schema));
  for (int64_t end = 1; end <= 6; ++end) {
    ValueTable* slice = Expect(slices.Slice({end * 1000}));
    Grow(job, 0, *slice, 0, kRowsInLimit / 2);
    EXPECT_LE(job.task().statistics("windows").memory_bytes, kLimit + kLimit / 4) << end;
  }
  for (int64_t end = 1; end <= 6; ++end) {
    ExpectAll(*Expect(slices.FindSlice({end * 1000})), kRowsInLimit / 2);
  }
}

TEST(MemorySharingTest, WhatAnOperatorHoldsBesideItsTablesCounts) {
  Job job({.memory_limit = kLimit, .least_spill_bytes = 1 << 12});
  ValueTable& table = Open(job, "op");
  job.task().ReportMemory("op", kLimit / 2);
  Grow(job, 0, table, 0, kRowsInLimit);
  const uint64_t bytes = job.task().statistics("op").memory_bytes;
  EXPECT_GE(bytes, kLimit / 2);
  EXPECT_LE(bytes, kLimit + kLimit / 4);
  EXPECT_GT(job.task().statistics("op").evictions, 0U);
  job.task().ReportMemory("op", 10);
  EXPECT_EQ(job.task().statistics("op").memory_bytes, bytes - kLimit / 2 + 10);
  ExpectAll(table, kRowsInLimit);
}

// Two tasks of the process; of different jobs, so that any key is theirs.
struct TwoTasks {
  std::shared_ptr<MemoryBudget> memory = std::make_shared<MemoryBudget>(kLimit);
  Job first{{.least_spill_bytes = 1 << 12, .memory = memory}};
  Job second{{.least_spill_bytes = 1 << 12, .memory = memory}};
};

TEST(MemorySharingTest, AnIdleTaskGivesWhatABusyOneNeeds) {
  TwoTasks tasks;
  ValueTable& idle = Open(tasks.first, "op");
  ValueTable& busy = Open(tasks.second, "op");
  Grow(tasks.first, 0, idle, 0, kRowsInLimit);
  EXPECT_GT(tasks.first.task().statistics("op").memory_bytes, kLimit / 2);
  for (int round = 0; round < 12; ++round) {
    Grow(tasks.second, 0, busy, round * 2000, 2000);
    tasks.first.clock.millis += 1500;  // nothing comes to it, but it looks around now and then
    ASSERT_OK(tasks.first.task().Tidy());
  }
  const uint64_t left = tasks.first.task().statistics("op").memory_bytes;
  EXPECT_LT(left, kLimit / 3) << "less than its share, as nobody uses it";
  EXPECT_GT(tasks.second.task().statistics("op").memory_bytes, kLimit / 2) << "more than its share";
  ExpectAll(idle, kRowsInLimit);
  ExpectAll(busy, 24'000);
}

// A task that is in use keeps its share, however much another one needs.
TEST(MemorySharingTest, ABusyTaskKeepsItsShare) {
  TwoTasks tasks;
  ValueTable& small = Open(tasks.first, "op");
  ValueTable& large = Open(tasks.second, "op");
  Grow(tasks.first, 0, small, 0, kRowsInLimit / 4);
  const uint64_t before = tasks.first.task().statistics("op").memory_bytes;
  for (int round = 0; round < 12; ++round) {
    Grow(tasks.second, 0, large, round * 2000, 2000);
    tasks.first.clock.millis += 1500;
    Grow(tasks.first, 0, small, 0, 500);
  }
  EXPECT_EQ(tasks.first.task().statistics("op").memory_bytes, before);
  EXPECT_EQ(tasks.first.task().statistics("op").evictions, 0U);
  ExpectAll(large, 24'000);
}

// Two jobs of a process, of which one has a limit of its own.
struct LimitedBesideAnother {
  std::shared_ptr<MemoryBudget> process = std::make_shared<MemoryBudget>(4 * kLimit);
  Job limited{
      {.least_spill_bytes = 1 << 12, .memory = std::make_shared<MemoryBudget>(kLimit, process)}};
  Job other{{.least_spill_bytes = 1 << 12, .memory = process}};
};

TEST(MemorySharingTest, AJobKeepsToItsOwnLimitAndTakesNothingFromOthers) {
  LimitedBesideAnother jobs;
  ValueTable& small = Open(jobs.limited, "op");
  ValueTable& large = Open(jobs.other, "op");
  Grow(jobs.other, 0, large, 0, kRowsInLimit);
  const uint64_t before = jobs.other.task().statistics("op").memory_bytes;
  for (int round = 0; round < 12; ++round) {
    Grow(jobs.limited, 0, small, round * 3000, 3000);
    EXPECT_LE(jobs.limited.task().statistics("op").memory_bytes, kLimit + kLimit / 4) << round;
    jobs.other.clock.millis += 1500;  // it is idle, and nobody needs what it has
    ASSERT_OK(jobs.other.task().Tidy());
  }
  EXPECT_GT(jobs.limited.task().statistics("op").evictions, 0U);
  EXPECT_EQ(jobs.other.task().statistics("op").memory_bytes, before);
  EXPECT_EQ(jobs.other.task().statistics("op").evictions, 0U);
  ExpectAll(small, 36'000);
  ExpectAll(large, kRowsInLimit);
}

// A limit of its own is no claim: what the process has holds, too.
TEST(MemorySharingTest, AJobKeepsToTheLimitOfTheProcess) {
  const auto process = std::make_shared<MemoryBudget>(kLimit);
  Job job({.least_spill_bytes = 1 << 12,
           .memory = std::make_shared<MemoryBudget>(8 * kLimit, process)});
  ValueTable& table = Open(job, "op");
  Grow(job, 0, table, 0, kRowsInLimit * 2);
  EXPECT_LE(job.task().statistics("op").memory_bytes, kLimit + kLimit / 4);
  ExpectAll(table, kRowsInLimit * 2);
}

TEST(MemorySharingTest, ALimitOfAJobAloneHolds) {
  Job job({.least_spill_bytes = 1 << 12,
           .memory = std::make_shared<MemoryBudget>(kLimit, std::make_shared<MemoryBudget>(0))});
  ValueTable& table = Open(job, "op");
  Grow(job, 0, table, 0, kRowsInLimit * 2);
  EXPECT_LE(job.task().statistics("op").memory_bytes, kLimit + kLimit / 4);
  ExpectAll(table, kRowsInLimit * 2);
}

// Without a limit nothing is given, and nothing is asked for.
TEST(MemorySharingTest, NoLimit) {
  Job job({});
  ValueTable& table = Open(job, "op");
  Grow(job, 0, table, 0, kRowsInLimit * 2);
  EXPECT_EQ(job.task().statistics("op").evictions, 0U);
}

}  // namespace
}  // namespace weir::state
