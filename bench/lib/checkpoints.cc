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

std::string Directory() {
  return "/tmp/weir-bench-epochs";
}

std::map<std::string, uint64_t> FilesOf(const CheckpointMetadata& checkpoint) {
  std::map<std::string, uint64_t> files;
  for (const StateFile& file : checkpoint.files) files[file.path] = file.bytes;
  return files;
}

uint64_t MetadataBytes(uint64_t checkpoint) {
  return Require(FileSystem::Local().Stat(
                     fmt::format("{}/checkpoints/chk-{}/_metadata", Directory(), checkpoint)),
                 "cannot find the metadata")
      .bytes;
}

// Lets `rows` more rows in and waits until the sink has heard of them.
void Pass(RunningJob& job, Gate& gate, uint64_t rows) {
  gate.allowed.fetch_add(rows, std::memory_order_release);
  job.job().Wait(task::WaitTarget::kIdle, std::nullopt);
  while (job.RowsInto("GroupAggregate") < gate.allowed.load()) {
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
}

}  // namespace

EpochCosts MeasureEpochs(uint64_t keys, uint64_t touched, int checkpoints) {
  Gate gate;
  JobSetup setup;
  setup.sql = kKeysSql;
  setup.directory = Directory();
  setup.make_source = [&](const graph::ScanSpec&) -> Result<std::unique_ptr<Source>> {
    return MakeGatedKeys({keys, keys}, gate);
  };
  RunningJob job(std::move(setup));
  Pass(job, gate, keys);
  Require(job.job().TriggerCheckpoint().status(), "the first checkpoint failed");
  EpochCosts costs;
  std::map<std::string, uint64_t> before = FilesOf(*job.job().LastCheckpoint());
  for (int i = 0; i < checkpoints; ++i) {
    Pass(job, gate, touched);
    uint64_t id = 0;
    const Cost cost =
        Measure([&] { id = Require(job.job().TriggerCheckpoint(), "a checkpoint failed"); });
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

Throughput MeasureThroughput(uint64_t keys, uint64_t touched, int64_t checkpoint_millis,
                             double seconds) {
  Gate gate;
  JobSetup setup;
  setup.sql = kKeysSql;
  setup.checkpoint_millis = checkpoint_millis;
  setup.make_source = [&](const graph::ScanSpec&) -> Result<std::unique_ptr<Source>> {
    return MakeGatedKeys({keys, touched}, gate);
  };
  RunningJob job(std::move(setup));
  Pass(job, gate, keys);
  Require(job.job().TriggerCheckpoint().status(), "the first checkpoint failed");
  const uint64_t rows_before = job.RowsInto("GroupAggregate");
  const uint64_t checkpoints_before = job.job().Snapshot().checkpoints.completed;
  gate.allowed.store(UINT64_MAX / 2, std::memory_order_release);
  uint64_t rows = 0;
  const Cost cost = Measure([&] {
    std::this_thread::sleep_for(std::chrono::duration<double>(seconds));
    rows = job.RowsInto("GroupAggregate") - rows_before;
  });
  Throughput result;
  result.checkpoints = job.job().Snapshot().checkpoints.completed - checkpoints_before;
  result.rows_per_wall_second = static_cast<double>(rows) / cost.wall;
  result.rows_per_cpu_second = static_cast<double>(rows) / cost.cpu;
  job.job().Cancel();
  return result;
}

}  // namespace weir::bench
