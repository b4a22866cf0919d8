#include "bench/lib/sources.h"

#include <algorithm>
#include <ctime>
#include <numeric>
#include <string>
#include <utility>

#include "bench/lib/allocations.h"
#include "bench/lib/bids.h"
#include "runtime/clock.h"

namespace weir::bench {
namespace {

class ReplayReader final : public SplitReader {
 public:
  ReplayReader(const ReplaySetup& setup, std::vector<int> columns, size_t first)
      : setup_(setup), columns_(std::move(columns)), next_(first) {}

  Result<ReadOutcome> Read(uint32_t max_rows, Batch& out) override {
    if (taken_ == whole_.row_count && !Load()) return ReadOutcome::kEndOfSplit;
    if (taken_ == 0 && whole_.row_count <= max_rows) {
      taken_ = whole_.row_count;
      out = std::move(whole_);
      whole_ = {};
      whole_.row_count = taken_;
    } else {
      const uint32_t count = std::min(max_rows, whole_.row_count - taken_);
      std::vector<uint32_t> ids(count);
      std::iota(ids.begin(), ids.end(), taken_);
      out = GatherBatch(whole_, ids.data(), count);
      taken_ += count;
    }
    rows_ += out.row_count;
    return ReadOutcome::kRows;
  }
  std::string Position() const override { return "v1 rows=" + std::to_string(rows_); }

 private:
  bool Load() {
    const size_t batches = setup_.table->batch_count();
    if (setup_.facts != nullptr) Note(batches);
    if (next_ >= batches || rows_ >= setup_.most_rows) return false;
    const Batch all = setup_.table->At(next_);
    next_ += setup_.splits;
    whole_ = {};
    whole_.row_count = all.row_count;
    whole_.columns.reserve(columns_.size());
    for (const int column : columns_)
      whole_.columns.push_back(all.columns[static_cast<size_t>(column)]);
    taken_ = 0;
    return true;
  }

  void Note(size_t batches) {
    ReplayFacts& facts = *setup_.facts;
    if (facts.allocations_begin == 0 && next_ >= batches / 4) {
      facts.allocations_begin = AllocationCount();
      facts.rows_between = rows_;
    }
    if (next_ >= batches && facts.allocations_end == 0) {
      facts.allocations_end = AllocationCount();
      facts.rows_between = rows_ - facts.rows_between;
    }
  }

  const ReplaySetup setup_;
  const std::vector<int> columns_;
  size_t next_;
  Batch whole_;
  uint32_t taken_ = 0;
  uint64_t rows_ = 0;
};

class Replay final : public Source {
 public:
  Replay(const ReplaySetup& setup, std::vector<int> columns)
      : setup_(setup), columns_(std::move(columns)) {}
  bool bounded() const override { return true; }
  Result<std::vector<Split>> Discover() override {
    std::vector<Split> splits;
    for (uint32_t i = 0; i < setup_.splits; ++i) splits.push_back({std::to_string(i), {}, false});
    return splits;
  }
  Result<std::unique_ptr<SplitReader>> Open(const Split& split) override {
    return std::unique_ptr<SplitReader>(
        std::make_unique<ReplayReader>(setup_, columns_, std::stoul(split.id)));
  }

 private:
  const ReplaySetup setup_;
  const std::vector<int> columns_;
};

class GatedReader final : public SplitReader {
 public:
  GatedReader(const GatedKeysSetup& setup, Gate& gate)
      : setup_(setup), gate_(gate), payload_(setup.payload, '0') {}

  Result<ReadOutcome> Read(uint32_t max_rows, Batch& out) override {
    const uint64_t allowed = gate_.allowed.load(std::memory_order_acquire);
    NoteGap();
    if (allowed <= row_) {
      last_read_ = 0;
      return ReadOutcome::kNothing;
    }
    const uint64_t open = allowed - row_;
    const auto count = static_cast<uint32_t>(std::min<uint64_t>(open, max_rows));
    const Type type = Type::BigInt().WithNullable(false);
    const MutableColumnPtr keys = Column::Make(type, count);
    const MutableColumnPtr values = Column::Make(type, count);
    const MutableColumnPtr payloads =
        setup_.payload == 0 ? nullptr : Column::Make(Type::String().WithNullable(false), count);
    for (uint32_t i = 0; i < count; ++i, ++row_) {
      const uint64_t key = row_ < setup_.keys ? row_ : random_.Random(setup_.touched);
      keys->mutable_data<int64_t>()[i] = static_cast<int64_t>(key);
      values->mutable_data<int64_t>()[i] = static_cast<int64_t>(row_);
      if (payloads) payloads->SetString(i, PayloadOf(key));
    }
    out = {};
    out.row_count = count;
    out.columns = {keys, values};
    if (payloads) out.columns.push_back(payloads);
    gate_.given.store(row_, std::memory_order_release);
    return ReadOutcome::kRows;
  }
  std::string Position() const override { return "v1 rows=" + std::to_string(row_); }

 private:
  static int64_t BusyNanos() {
    timespec now{};
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return int64_t{now.tv_sec} * 1'000'000'000 + now.tv_nsec;
  }
  static void Raise(std::atomic<int64_t>& longest, int64_t nanos) {
    if (nanos > longest.load(std::memory_order_relaxed))
      longest.store(nanos, std::memory_order_relaxed);
  }
  void NoteGap() {
    const int64_t now = Clock::System().MonotonicNanos();
    const int64_t busy = BusyNanos();
    if (last_read_ != 0) {
      Raise(gate_.longest_gap_nanos, now - last_read_);
      Raise(gate_.longest_busy_nanos, busy - last_busy_);
    }
    last_read_ = now;
    last_busy_ = busy;
  }
  // Bytes that no compression makes smaller than half.
  std::string_view PayloadOf(uint64_t key) {
    for (size_t i = 0; i < payload_.size(); ++i) {
      if (i % 8 == 0) key = (key + 1) * 0x9E3779B97F4A7C15ULL;
      payload_[i] = static_cast<char>(key >> (i % 8 * 8));
    }
    return payload_;
  }

  const GatedKeysSetup setup_;
  Gate& gate_;
  std::string payload_;
  uint64_t row_ = 0;
  int64_t last_read_ = 0;  // monotonic nanoseconds; 0: nothing was read
  int64_t last_busy_ = 0;  // processor time of the thread then
  BidGenerator random_{11};
};

class GatedKeys final : public Source {
 public:
  GatedKeys(const GatedKeysSetup& setup, Gate& gate) : setup_(setup), gate_(gate) {}
  bool bounded() const override { return false; }
  Result<std::vector<Split>> Discover() override { return std::vector<Split>{{"keys", {}, false}}; }
  Result<std::unique_ptr<SplitReader>> Open(const Split&) override {
    return std::unique_ptr<SplitReader>(std::make_unique<GatedReader>(setup_, gate_));
  }

 private:
  const GatedKeysSetup setup_;
  Gate& gate_;
};

}  // namespace

std::unique_ptr<Source> MakeReplay(const ReplaySetup& setup, const graph::ScanSpec& spec) {
  return std::make_unique<Replay>(setup, spec.columns);
}

std::unique_ptr<Source> MakeGatedKeys(const GatedKeysSetup& setup, Gate& gate) {
  return std::make_unique<GatedKeys>(setup, gate);
}

}  // namespace weir::bench
