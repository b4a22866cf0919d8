#include "bench/lib/paced_source.h"

#include <algorithm>
#include <bit>
#include <chrono>
#include <string>
#include <vector>

namespace weir::bench {
namespace {

class PacedReader final : public SplitReader {
 public:
  PacedReader(const PacedSetup& setup, uint64_t split) : setup_(setup), next_(split) {}

  Result<ReadOutcome> Read(uint32_t max_rows, Batch& out) override {
    const int64_t now = NowMicros();
    if (start_ == 0) start_ = now;
    const auto due = static_cast<uint64_t>(static_cast<double>(now - start_) * 1e-6 *
                                           static_cast<double>(setup_.rows_per_second));
    const auto all =
        static_cast<uint64_t>(setup_.seconds * static_cast<double>(setup_.rows_per_second));
    if (next_ >= all) return ReadOutcome::kEndOfSplit;
    const uint64_t until = std::min(due, all);
    if (until <= next_) return ReadOutcome::kNothing;
    const uint64_t waiting = (until - next_ + setup_.splits - 1) / setup_.splits;
    Fill(static_cast<uint32_t>(std::min<uint64_t>(waiting, max_rows)), out);
    return ReadOutcome::kRows;
  }
  std::string Position() const override { return "v1 row=" + std::to_string(next_); }

 private:
  void Fill(uint32_t count, Batch& out) {
    const Type number = Type::BigInt().WithNullable(false);
    const MutableColumnPtr keys = Column::Make(number, count);
    const MutableColumnPtr arrivals = Column::Make(number, count);
    const MutableColumnPtr times = Column::Make(Type::Timestamp(3).WithNullable(false), count);
    for (uint32_t i = 0; i < count; ++i, next_ += setup_.splits) {
      const int64_t arrival =
          start_ + static_cast<int64_t>(static_cast<double>(next_) * 1e6 /
                                        static_cast<double>(setup_.rows_per_second));
      keys->mutable_data<int64_t>()[i] =
          static_cast<int64_t>(next_ * 0x9E3779B97F4A7C15ULL % setup_.keys);
      arrivals->mutable_data<int64_t>()[i] = arrival;
      times->mutable_data<int64_t>()[i] = arrival / 1000 * 1000;
    }
    out = Batch{};
    out.row_count = count;
    out.columns = {keys, arrivals, times};
  }

  const PacedSetup setup_;
  uint64_t next_;
  int64_t start_ = 0;
};

class PacedSource final : public Source {
 public:
  explicit PacedSource(const PacedSetup& setup) : setup_(setup) {}
  bool bounded() const override { return true; }
  Result<std::vector<Split>> Discover() override {
    std::vector<Split> splits;
    for (uint32_t i = 0; i < setup_.splits; ++i) splits.push_back({std::to_string(i), {}, false});
    return splits;
  }
  Result<std::unique_ptr<SplitReader>> Open(const Split& split) override {
    return std::unique_ptr<SplitReader>(
        std::make_unique<PacedReader>(setup_, std::stoull(split.id)));
  }

 private:
  const PacedSetup setup_;
};

class LatencyWriter final : public SinkWriter {
 public:
  LatencyWriter(Latencies& latencies, size_t column, int64_t from)
      : latencies_(latencies), column_(column), from_(from) {}

  Status Write(const Batch& batch) override {
    const int64_t now = NowMicros();
    const Column& column = *batch.columns[column_];
    ForEachRow(batch, [&](uint32_t row) {
      const RowKind kind = batch.kind(row);
      if (kind != RowKind::kInsert && kind != RowKind::kUpdateAfter) return;
      const int64_t since = column.ValueAt<int64_t>(row);
      if (since >= from_) latencies_.Add(now - since, 1);
    });
    return {};
  }
  Result<PreCommitted> PreCommit(uint64_t) override { return PreCommitted(); }

 private:
  Latencies& latencies_;
  const size_t column_;
  const int64_t from_;
};

class NothingToCommit final : public SinkCommitter {
 public:
  Status Commit(std::span<const std::string>) override { return {}; }
};

class LatencySink final : public Sink {
 public:
  LatencySink(Latencies& latencies, size_t column, int64_t from)
      : latencies_(latencies), column_(column), from_(from) {}
  Result<std::unique_ptr<SinkWriter>> OpenWriter(uint32_t, uint64_t) override {
    return std::unique_ptr<SinkWriter>(std::make_unique<LatencyWriter>(latencies_, column_, from_));
  }
  Result<std::unique_ptr<SinkCommitter>> OpenCommitter() override {
    return std::unique_ptr<SinkCommitter>(std::make_unique<NothingToCommit>());
  }

 private:
  Latencies& latencies_;
  const size_t column_;
  const int64_t from_;
};

}  // namespace

std::unique_ptr<Source> MakePacedSource(const PacedSetup& setup) {
  return std::make_unique<PacedSource>(setup);
}

void Latencies::Add(int64_t micros, uint64_t times) {
  const auto value = static_cast<uint64_t>(std::max<int64_t>(micros, 1));
  const auto power = static_cast<size_t>(std::bit_width(value)) - 1;
  const uint64_t above = value - (uint64_t{1} << power);
  const auto step = static_cast<size_t>(above * kFine >> power);
  counts_[std::min(power * kFine + step, counts_.size() - 1)].fetch_add(times,
                                                                        std::memory_order_relaxed);
  count_.fetch_add(times, std::memory_order_relaxed);
}

int64_t Latencies::Quantile(double share) const {
  const auto wanted = static_cast<uint64_t>(share * static_cast<double>(count()));
  uint64_t seen = 0;
  for (size_t i = 0; i < counts_.size(); ++i) {
    seen += counts_[i].load(std::memory_order_relaxed);
    if (seen <= wanted && i + 1 < counts_.size()) continue;
    const uint64_t base = uint64_t{1} << (i / kFine);
    return static_cast<int64_t>(base + base * (i % kFine + 1) / kFine);
  }
  return 0;
}

std::unique_ptr<Sink> MakeLatencySink(Latencies& latencies, size_t column, int64_t from) {
  return std::make_unique<LatencySink>(latencies, column, from);
}

int64_t NowMicros() {
  return std::chrono::duration_cast<std::chrono::microseconds>(
             std::chrono::system_clock::now().time_since_epoch())
      .count();
}

}  // namespace weir::bench
