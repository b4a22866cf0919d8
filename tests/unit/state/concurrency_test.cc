// Tasks go on while their last epoch is written by another thread.
#include <thread>

#include "runtime/base/hash.h"
#include "tests/unit/state/state_fixture.h"

namespace weir::state {
namespace {

using NumbersByKey = std::map<int64_t, int64_t>;

// Random changes to a task's table and to the model of it.
class Worker {
 public:
  Worker(ValueTable& table, uint64_t seed, std::vector<int64_t> keys)
      : table_(table), random_(SeedOf(seed)), keys_(std::move(keys)) {}

  void Step() {
    std::vector<Value> values;
    std::vector<int64_t> drawn;
    for (int i = 0; i < 64; ++i) {
      drawn.push_back(keys_[random_.Below(keys_.size())]);
      values.push_back(IntValue(drawn.back()));
    }
    const Keys batch = MakeKeys({{Type::BigInt(), values}});
    std::vector<std::byte*> rows(drawn.size());
    std::vector<uint8_t> created(drawn.size());
    if (random_.Below(4) == 0) {
      ASSERT_OK(table_.Find(batch.view(), rows.data()));
      std::erase(rows, nullptr);
      table_.Erase(rows);
      for (int64_t k : drawn) model_.erase(k);
      return;
    }
    ASSERT_OK(table_.FindOrCreate(batch.view(), rows.data(), created.data()));
    for (size_t i = 0; i < drawn.size(); ++i) {
      auto& n = model_[drawn[i]];
      ASSERT_EQ(table_.layout().Load<int64_t>(rows[i], 0), n) << "key " << drawn[i];
      table_.layout().Store<int64_t>(rows[i], 0, ++n);
    }
  }
  const NumbersByKey& model() const { return model_; }

 private:
  ValueTable& table_;
  Random random_;
  std::vector<int64_t> keys_;
  NumbersByKey model_;
};

void RunTasksBesidePersist(uint64_t memory_limit) {
  constexpr uint32_t kTasks = 2;
  Job job({.memory_limit = memory_limit, .parallelism = kTasks});
  std::vector<std::vector<int64_t>> keys(kTasks);
  for (int64_t k = 0; k < 4000; ++k) {
    const Keys one = MakeKeys({{Type::BigInt(), {IntValue(k)}}});
    const uint32_t group = KeyGroupOf(one.hashes[0], kDefaultMaxParallelism);
    keys[SubtaskOfKeyGroup(group, kTasks, kDefaultMaxParallelism)].push_back(k);
  }
  std::vector<Worker> workers;
  for (uint32_t t = 0; t < kTasks; ++t) workers.emplace_back(OpenNumbers(job, t), t + 1, keys[t]);
  NumbersByKey last;
  for (int round = 0; round < 25; ++round) {
    const uint64_t id = Expect(job.storage().NextCheckpointId());
    auto parts = job.Snapshot(id);
    last.clear();
    for (const Worker& worker : workers) last.insert(worker.model().begin(), worker.model().end());
    std::vector<std::thread> threads;
    for (Worker& worker : workers) {
      threads.emplace_back([&worker] {
        for (int i = 0; i < 60; ++i) worker.Step();
      });
    }
    if (round % 5 == 3) {
      job.backend().Abandon(std::move(parts));
    } else {
      job.Complete(id, std::move(parts));
      ASSERT_OK(job.storage().Retain(1, {}));
    }
    job.backend().statistics();
    for (std::thread& thread : threads) thread.join();
  }
  EXPECT_GT(job.task().statistics("op").rows, 0U);
  if (memory_limit > 0) {
    EXPECT_GT(job.task().statistics("op").disk_reads, 0U);
  }
  CheckpointMetadata latest = job.LoadLatest();
  job.Stop();
  job.options().parallelism = 3;
  job.Start(std::move(latest));
  EXPECT_EQ(AllRows(job), last);
}

TEST(ConcurrencyTest, TasksGoOnWhileAnEpochIsWritten) {
  RunTasksBesidePersist(0);
}

TEST(ConcurrencyTest, TasksSpillAndFetchWhileAnEpochIsWritten) {
  RunTasksBesidePersist(200 << 10);
}

}  // namespace
}  // namespace weir::state
