#include "bench/lib/checkpoints.h"

#include <fmt/format.h>

#include <map>
#include <thread>

namespace weir::bench {
namespace {

constexpr const char* kKeysSql = R"(
CREATE TABLE touches (k BIGINT NOT NULL, v BIGINT NOT NULL)
  WITH ('connector' = 'filesystem', 'path' = 'memory', 'format' = 'csv');
CREATE TABLE result (k BIGINT, num BIGINT, total BIGINT) WITH ('connector' = 'blackhole');
INSERT INTO result SELECT k, COUNT(*), SUM(v) FROM touches GROUP BY k;
)";
// The key, the group's number of rows, its count and its sum.
constexpr double kRowBytes = 4 * sizeof(int64_t);

std::string Directory() { return "/tmp/weir-bench-epochs"; }

std::map<std::string, uint64_t> FilesOf(const CheckpointMetadata& checkpoint) {
  std::map<std::string, uint64_t> files;
  for (const StateFile& file : checkpoint.files) files[file.path] = file.bytes;
  return files;
}

uint64_t MetadataBytes(uint64_t checkpoint) {
  return Require(FileSystem::Local().Stat(fmt::format("{}/checkpoints/chk-{}/_metadata", Directory(), checkpoint)),
                 "cannot find the metadata").bytes;
}

// Lets `rows` more rows in and waits until the sink has heard of them.
void Pass(RunningJob& job, Gate& gate, uint64_t rows) {
  gate.allowed.fetch_add(rows, std::memory_order_release);
  job.job().Wait(task::WaitTarget::kIdle, std::nullopt);
  while (job.RowsInto("GroupAggregate") < gate.allowed.load()) {
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
}

// Stops the rows of a bounded replay after some time, and replays until then.
class Endless final : public Source {
 public:
  Endless(const BidTable& table, graph::ScanSpec spec, const std::atomic<bool>& stop)
      : table_(table), spec_(std::move(spec)), stop_(stop) {}
  bool bounded() const override { return true; }
  Result<std::vector<Split>> Discover() override { return std::vector<Split>{{"bids", {}, false}}; }
  Result<std::unique_ptr<SplitReader>> Open(const Split& split) override {
    return std::unique_ptr<SplitReader>(std::make_unique<Reader>(*this, TRY(OpenOnce(split))));
  }

 private:
  class Reader final : public SplitReader {
   public:
    Reader(Endless& source, std::unique_ptr<SplitReader> first) : source_(source), reader_(std::move(first)) {}
    Result<ReadOutcome> Read(uint32_t max_rows, Batch& out) override {
      if (source_.stop_.load(std::memory_order_relaxed)) return ReadOutcome::kEndOfSplit;
      const ReadOutcome outcome = TRY(reader_->Read(max_rows, out));
      if (outcome == ReadOutcome::kRows) return outcome;
      reader_ = TRY(source_.OpenOnce({"0", {}, false}));
      return reader_->Read(max_rows, out);
    }
    std::string Position() const override { return "v1"; }

   private:
    Endless& source_;
    std::unique_ptr<SplitReader> reader_;
  };

  Result<std::unique_ptr<SplitReader>> OpenOnce(const Split&) {
    replay_ = MakeReplay({&table_, 1, UINT64_MAX, nullptr}, spec_);
    return replay_->Open({"0", {}, false});
  }

  const BidTable& table_;
  const graph::ScanSpec spec_;
  const std::atomic<bool>& stop_;
  std::unique_ptr<Source> replay_;
};

}  // namespace

EpochCosts MeasureEpochs(uint64_t keys, uint64_t touched, int checkpoints) {
  Gate gate;
  JobSetup setup;
  setup.sql = kKeysSql;
  setup.directory = Directory();
  setup.make_source = [&](const graph::ScanSpec&) -> Result<std::unique_ptr<Source>> {
    return MakeGatedKeys(keys, gate);
  };
  RunningJob job(std::move(setup));
  Pass(job, gate, keys);
  Require(job.job().TriggerCheckpoint().status(), "the first checkpoint failed");
  EpochCosts costs;
  std::map<std::string, uint64_t> before = FilesOf(*job.job().LastCheckpoint());
  for (int i = 0; i < checkpoints; ++i) {
    Pass(job, gate, touched);
    uint64_t id = 0;
    const Cost cost = Measure([&] { id = Require(job.job().TriggerCheckpoint(), "a checkpoint failed"); });
    const std::shared_ptr<const CheckpointMetadata> checkpoint = job.job().LastCheckpoint();
    double fresh = static_cast<double>(MetadataBytes(id));
    double compacted = 0;
    for (const StateFile& file : checkpoint->files) {
      if (before.contains(file.path)) continue;
      (file.dirty_bytes > 0 ? fresh : compacted) += static_cast<double>(file.bytes);
    }
    before = FilesOf(*checkpoint);
    const double dirty = static_cast<double>(touched) * kRowBytes;
    costs.millis.Add(cost.wall * 1000);
    costs.amplification.Add(fresh / dirty);
    costs.compaction.Add(compacted / dirty);
  }
  job.job().Cancel();
  return costs;
}

Throughput MeasureThroughput(const BidTable& table, int64_t checkpoint_millis, double seconds) {
  std::atomic<bool> stop{false};
  JobSetup setup;
  setup.sql = MemorySql(Query::kUpdate);
  setup.checkpoint_millis = checkpoint_millis;
  setup.make_source = [&](const graph::ScanSpec& spec) -> Result<std::unique_ptr<Source>> {
    return std::unique_ptr<Source>(std::make_unique<Endless>(table, spec, stop));
  };
  RunningJob job(std::move(setup));
  uint64_t rows = 0;
  const Cost cost = Measure([&] {
    std::this_thread::sleep_for(std::chrono::duration<double>(seconds));
    rows = job.RowsInto("GroupAggregate");
  });
  Throughput result;
  result.checkpoints = job.job().Snapshot().checkpoints.completed;
  result.rows_per_wall_second = static_cast<double>(rows) / cost.wall;
  result.rows_per_cpu_second = static_cast<double>(rows) / cost.cpu;
  stop.store(true, std::memory_order_relaxed);
  job.job().Cancel();
  return result;
}

}  // namespace weir::bench
