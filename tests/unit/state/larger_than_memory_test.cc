// Lists of a join's side, four times as large as the memory for state: right, and within the limit.
// WEIR_LIST_ROWS sets how many rows (the default is small).
#include <fmt/format.h>
#include <sys/resource.h>

#include <cstdio>
#include <cstdlib>
#include <thread>

#include "runtime/types/string_ref.h"
#include "tests/unit/state/state_fixture.h"

namespace weir::state {
namespace {

constexpr int64_t kGrowthBatch = 2048;
constexpr int64_t kRowsPerKey = 4;
// What a list of four rows of BIGINT and a text of 40 characters takes in memory, a row.
constexpr uint64_t kBytesPerRow = 150;
constexpr uint64_t kSlack = 256ULL << 20;

uint64_t PeakBytes() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  return static_cast<uint64_t>(usage.ru_maxrss) * 1024;
}

int64_t RowCount() {
  const char* rows = std::getenv("WEIR_LIST_ROWS");
  return rows != nullptr ? std::stoll(rows) : 300'000;
}

std::string ListedText(int64_t row) {
  return fmt::format("row {:08d} of a list of state, in words", row);
}

class ListGrowth {
 public:
  ListGrowth(int64_t rows, bool checkpoints)
      : rows_(rows),
        keys_(rows / kRowsPerKey),
        limit_(static_cast<uint64_t>(rows) * kBytesPerRow / 4),
        job_({.memory_limit = limit_, .checkpointing = checkpoints, .least_spill_bytes = 1 << 20}),
        table_(
            *Expect(job_.task().OpenList("join", TestSchema(StateLayout::kList, Type::BigInt())))),
        held_(static_cast<size_t>(keys_)) {}
  ~ListGrowth() { Wait(); }

  void Run() {
    const uint64_t before = PeakBytes();
    const int64_t batches = rows_ / kGrowthBatch;
    for (int64_t b = 0; b < batches; ++b) {
      Append(b * kGrowthBatch);
      if (b % 8 == 7) Probe(b);
      if (b % 10 == 9) Remove(b);
      if (job_.options().checkpointing && b % 16 == 15) Checkpoint();
    }
    for (int64_t k = 0; k < keys_; k += kGrowthBatch) Check(k, std::min(kGrowthBatch, keys_ - k));
    Wait();
    const StateStatistics statistics = job_.task().statistics("join");
    const uint64_t peak = PeakBytes();
    std::printf(
        "%lld rows, limit %llu MiB, peak %llu MiB (before %llu), used %llu MiB, reads %llu, "
        "evictions %llu\n",
        static_cast<long long>(rows_), static_cast<unsigned long long>(limit_ >> 20),
        static_cast<unsigned long long>(peak >> 20), static_cast<unsigned long long>(before >> 20),
        static_cast<unsigned long long>(statistics.memory_bytes >> 20),
        static_cast<unsigned long long>(statistics.disk_reads),
        static_cast<unsigned long long>(statistics.evictions));
    EXPECT_GT(statistics.disk_reads, 0U);
    EXPECT_GT(statistics.evictions, static_cast<uint64_t>(rows_) / 2);
    EXPECT_LE(statistics.memory_bytes, limit_ + limit_ / 4);
    if (before < kSlack) {  // else the peak is an earlier test's
      EXPECT_LE(peak, limit_ + kSlack);
    }
  }
  // Continues from the last checkpoint.
  void Restore() {
    const uint64_t id = ++id_;
    job_.Complete(id, job_.Snapshot(id));
    CheckpointMetadata latest = job_.LoadLatest();
    job_.Stop();
    job_.Start(std::move(latest));
    ListTable& table =
        *Expect(job_.task().OpenList("join", TestSchema(StateLayout::kList, Type::BigInt())));
    EXPECT_EQ(table.row_count(),
              static_cast<uint64_t>(rows_ / kGrowthBatch * kGrowthBatch) - removed_);
  }

 private:
  // Row r belongs to this key: neighbours in time are far apart, and a key's rows, too.
  int64_t KeyOf(int64_t row) const {
    return static_cast<int64_t>((static_cast<uint64_t>(row) * 2654435761U) %
                                static_cast<uint64_t>(keys_));
  }

  Keys Rows(int64_t first, int64_t count, int64_t stride = 1) const {
    std::vector<Value> keys;
    std::vector<Value> numbers;
    std::vector<Value> texts;
    for (int64_t i = 0; i < count; ++i) {
      const int64_t row = first + i * stride;
      keys.push_back(IntValue(KeyOf(row)));
      numbers.push_back(IntValue(row));
      texts.push_back(TextValue(ListedText(row)));
    }
    return MakeKeys({{Type::BigInt(), keys}, {Type::BigInt(), numbers}, {Type::String(), texts}});
  }
  void Append(int64_t first) {
    const Keys batch = Rows(first, kGrowthBatch);
    ASSERT_OK(table_.Append(batch.view(), values_));
    for (int64_t row = first; row < first + kGrowthBatch; ++row)
      ++held_[static_cast<size_t>(KeyOf(row))];
  }
  // The first row of some batch long ago, of which nothing else was removed.
  void Remove(int64_t batch) {
    const Keys row = Rows(batch / 2 * kGrowthBatch, 1);
    uint8_t found = 0;
    ASSERT_OK(table_.RemoveOne(row.view(), values_, &found));
    const int64_t key = KeyOf(batch / 2 * kGrowthBatch);
    ASSERT_EQ(found, 1) << "key " << key;
    --held_[static_cast<size_t>(key)];
    ++removed_;
  }
  void Probe(int64_t batch) {
    for (const int64_t key : {batch * 7 % keys_, batch * 31 % keys_}) {
      Check(std::min(key, keys_ - 100), 100);
    }
  }
  void Check(int64_t first_key, int64_t count) {
    std::vector<Value> keys;
    for (int64_t k = first_key; k < first_key + count; ++k) keys.push_back(IntValue(k));
    const Keys batch = MakeKeys({{Type::BigInt(), keys}});
    std::vector<int64_t> seen(static_cast<size_t>(count));
    std::vector<int64_t> last(static_cast<size_t>(count), -1);
    const RowLayout& layout = table_.layout();
    VisitMatches(table_, batch.view(), [&](uint32_t i, const std::byte* row) {
      const auto number = layout.Load<int64_t>(row, 0);
      EXPECT_EQ(KeyOf(number), first_key + i);
      EXPECT_GT(number, last[i]);  // in order of arrival
      EXPECT_EQ(layout.Load<StringRef>(row, 1).view(), ListedText(number));
      last[i] = number;
      ++seen[i];
    });
    for (int64_t i = 0; i < count; ++i) {
      ASSERT_EQ(seen[static_cast<size_t>(i)], held_[static_cast<size_t>(first_key + i)])
          << "key " << first_key + i;
    }
  }
  // As the engine does: written on another thread while the task goes on.
  void Checkpoint() {
    Wait();
    const uint64_t id = ++id_;
    auto parts = std::make_shared<std::vector<std::unique_ptr<EpochPart>>>(job_.Snapshot(id));
    writer_ = std::thread([this, id, parts] {
      job_.Complete(id, std::move(*parts));
      EXPECT_TRUE(job_.storage().Retain(1, {}).ok());
    });
  }
  void Wait() {
    if (writer_.joinable()) writer_.join();
  }

  const int64_t rows_;
  const int64_t keys_;
  const uint64_t limit_;
  const std::vector<int> values_{1, 2};
  Job job_;
  ListTable& table_;
  std::vector<uint8_t> held_;  // rows of each key
  uint64_t removed_ = 0;
  uint64_t id_ = 0;
  std::thread writer_;
};

TEST(LargerThanMemoryTest, ListsWithoutCheckpoints) {
  ListGrowth(RowCount(), false).Run();
}

TEST(LargerThanMemoryTest, ListsWithCheckpoints) {
  ListGrowth growth(RowCount(), true);
  growth.Run();
  growth.Restore();
}

}  // namespace
}  // namespace weir::state
