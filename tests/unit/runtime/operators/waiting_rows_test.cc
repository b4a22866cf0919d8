// Rows that wait by time, of which few fit into memory: what is due, and how much of it comes at
// once, against a set of all that wait.
#include "runtime/operators/time/waiting_rows.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <numeric>
#include <random>
#include <set>

#include "runtime/file_system.h"
#include "runtime/graph/over_state.h"
#include "state/checkpoint/backends.h"
#include "tests/seed.h"
#include "tests/unit/runtime/operators/must.h"

namespace weir::operators {
namespace {

constexpr int64_t kDay = 86'400'000;
// One slice's, of which some lie within each other; but no more of one that is divided.
constexpr size_t kMostAtOnce = 100'000;

const Schema kWaitingInput{{{"k", Type::Int()}, {"ts", Type::TimestampLtz(3).WithNullable(false)}}};

class WaitingRowsTest : public ::testing::Test {
 protected:
  WaitingRowsTest() : random_(static_cast<uint32_t>(SeedOf(20261126))) {
    directory_ = std::filesystem::temp_directory_path() / "weir-waiting-rows-XXXXXX";
    directory_ = ::mkdtemp(directory_.data());
    spec_.partition = {0};
    spec_.time_column = 1;
    state::BackendOptions options;
    options.files = &FileSystem::Local();
    options.clock = &Clock::System();
    options.checkpoint_directory = directory_ + "/checkpoints";
    options.working_directory = directory_ + "/live";
    options.memory = std::make_shared<state::MemoryBudget>(1 << 20);
    options.least_spill_bytes = 1 << 10;
    backend_ = Must(state::MakeRocksDbBackend(std::move(options)));
    tasks_ = Must(backend_->OpenTask(KeyGroupsOfSubtask(0, 1, kDefaultMaxParallelism)));
    const StateSchema schema = graph::StateOfOver(spec_, kWaitingInput).tables[0];
    const std::vector<int> stored = graph::WaitingColumns(spec_, kWaitingInput);
    Must(waiting_.Open({schema, spec_.partition, stored, kWaitingInput.size(), spec_.time_column},
                       *tasks_, "over"));
  }
  ~WaitingRowsTest() override {
    tasks_.reset();
    backend_.reset();
    std::filesystem::remove_all(directory_);
  }

  uint64_t Below(int64_t limit) { return random_() % static_cast<uint64_t>(limit); }

  void Append(const std::vector<int64_t>& times) {
    TimedRows rows;
    rows.rows.row_count = static_cast<uint32_t>(times.size());
    const MutableColumnPtr keys = Column::Make(Type::Int(), rows.size());
    const MutableColumnPtr column = Column::Make(kWaitingInput.fields[1].type, rows.size());
    for (uint32_t row = 0; row < rows.size(); ++row) {
      keys->mutable_data<int32_t>()[row] = static_cast<int32_t>(Below(1000));
      column->mutable_data<int64_t>()[row] = times[row] * 1000;
      rows.sequences.push_back(sequence_);
      all_.emplace(times[row], sequence_++);
    }
    rows.rows.columns = {keys, column};
    rows.times = times;
    std::vector<uint64_t> hashes(rows.size());
    HashKeys(rows.rows, spec_.partition, hashes.data());
    Must(waiting_.Append(rows, hashes.data()));
  }

  // Takes all that is due, in portions.
  void Take(int64_t limit) {
    while (const auto due = Must(waiting_.TakeDue(limit))) {
      std::set<std::pair<int64_t, int64_t>> taken;
      for (const TimedRows& part : due->parts) {
        for (uint32_t row = 0; row < part.size(); ++row) {
          taken.emplace(part.times[row], part.sequences[row]);
        }
      }
      const auto end = all_.upper_bound({due->bound, INT64_MAX});
      ASSERT_LE(due->bound, limit);
      ASSERT_TRUE(std::equal(taken.begin(), taken.end(), all_.begin(), end));
      all_.erase(all_.begin(), end);
      most_ = std::max(most_, taken.size());
      Must(tasks_->Tidy());
    }
    ASSERT_TRUE(all_.empty() || all_.begin()->first > limit);
  }

  std::mt19937_64 random_;
  std::string directory_;
  graph::OverAggregateSpec spec_;
  std::unique_ptr<StateBackend> backend_;
  std::unique_ptr<TaskState> tasks_;
  WaitingRows waiting_;
  int64_t sequence_ = 0;
  std::set<std::pair<int64_t, int64_t>> all_;  // time, sequence
  size_t most_ = 0;                            // rows that came at once
};

TEST_F(WaitingRowsTest, RowsThatAllBecomeDueComeInPortions) {
  Take(-30 * kDay);  // from where all of them are in one slice
  std::vector<int64_t> times(20'000);
  for (int batch = 0; batch < 20; ++batch) {
    for (int64_t& time : times) time = static_cast<int64_t>(1 + Below(400'000));
    Append(times);
  }
  Take(INT64_MAX);
  EXPECT_TRUE(all_.empty());
  EXPECT_LE(most_, kMostAtOnce);
}

TEST_F(WaitingRowsTest, RowsOfOneTimeStayTogether) {
  Append(std::vector<int64_t>(50'000, 8));
  Append(std::vector<int64_t>(50'000, 9));
  Append(std::vector<int64_t>(50'000, 7));
  Take(8);
  EXPECT_EQ(all_.size(), 50'000U);
  Take(9);
  EXPECT_TRUE(all_.empty());
}

TEST_F(WaitingRowsTest, RandomTimes) {
  int64_t watermark = -100;
  for (int step = 0; step < 400; ++step) {
    std::vector<int64_t> times(1 + Below(Below(20) == 0 ? 8000 : 300));
    const int64_t ahead = std::array<int64_t, 4>{3, 1000, 7'200'000, 40 * kDay}[Below(4)];
    for (int64_t& time : times) time = watermark + 1 + static_cast<int64_t>(Below(ahead));
    Append(times);
    if (Below(3) > 0) continue;
    watermark += static_cast<int64_t>(Below(std::array<int64_t, 3>{3, 5000, 2 * kDay}[Below(3)]));
    Take(watermark);
  }
  Take(INT64_MAX);
  EXPECT_TRUE(all_.empty());
}

TEST_F(WaitingRowsTest, TheFirstAndTheLastTimesThereAre) {
  constexpr int64_t kMost = INT64_MAX / 1000;
  Append({-kMost, kMost, 0, -1, 1, kMost - 1});
  Take(-kMost);
  Append({1 - kMost, kMost});
  Take(kMost - 1);
  EXPECT_EQ(all_.size(), 2U);
  Take(kMost);
  EXPECT_TRUE(all_.empty());
}

}  // namespace
}  // namespace weir::operators
