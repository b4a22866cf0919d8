#include "bench/lib/savepoints.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <optional>
#include <thread>

#include "runtime/checkpoint/restore_plan.h"

namespace weir::bench {
namespace {

constexpr const char* kSql = R"(
CREATE TABLE touches (k BIGINT NOT NULL, v BIGINT NOT NULL, s STRING NOT NULL)
  WITH ('connector' = 'filesystem', 'path' = 'memory', 'format' = 'csv');
CREATE TABLE result (k BIGINT, num BIGINT, total BIGINT, top STRING) WITH ('connector' = 'blackhole');
INSERT INTO result SELECT k, COUNT(*), SUM(v), MAX(s) FROM touches GROUP BY k;
)";
constexpr uint32_t kPayload = 200;
constexpr uint64_t kRowBytes = kPayload + 22;  // in a canonical savepoint
constexpr uint64_t kRowsOfFirstRecord = 1;

void AwaitRows(const RunningJob& job, uint64_t rows) {
  while (job.RowsInto("GroupAggregate") < rows)
    std::this_thread::sleep_for(std::chrono::microseconds(200));
}

JobSetup SetupOf(const std::string& directory, uint32_t parallelism, const GatedKeysSetup& keys,
                 Gate& gate) {
  JobSetup setup;
  setup.sql = kSql;
  setup.directory = directory;
  setup.parallelism = parallelism;
  setup.batch_rows = 1024;
  setup.make_source = [&gate, keys](const graph::ScanSpec&) -> Result<std::unique_ptr<Source>> {
    return MakeGatedKeys(keys, gate);
  };
  return setup;
}

GatedKeysSetup SetupOf(uint64_t megabytes) {
  const uint64_t keys = std::max<uint64_t>(1000, (megabytes << 20) / kRowBytes);
  return {keys, std::max<uint64_t>(1, keys / 100), kPayload};
}

// Captured as Savepoints::Take does it.
state::SavepointInfo TakeOf(task::Job& job, const std::string& directory,
                            state::SavepointFormat format, const std::string& target) {
  FileSystem& files = FileSystem::Local();
  const std::string aside = directory + "/aside";
  CheckpointMetadata linked;
  checkpoint::SavepointCapture capture;
  capture.take = [&](const CheckpointMetadata& metadata) -> Status {
    CheckpointMetadata from = metadata;
    from.directory = directory + "/checkpoints";
    linked = TRY(state::WriteSavepoint(files, {from, aside, state::SavepointFormat::kNative, {}}))
                 .metadata;
    return {};
  };
  Require(job.TakeSavepoint(std::move(capture)).status(), "cannot take a savepoint");
  state::SavepointInfo info = Require(state::WriteSavepoint(files, {linked, target, format, {}}),
                                      "cannot write a savepoint");
  Require(files.RemoveRecursively(aside), "cannot remove links");
  return info;
}

// Files of rows, whatever else the two say.
bool SameRows(const state::SavepointInfo& one, const state::SavepointInfo& other) {
  return std::equal(one.metadata.files.begin(), one.metadata.files.end(),
                    other.metadata.files.begin(), other.metadata.files.end(),
                    [](const StateFile& a, const StateFile& b) {
                      return a.path == b.path && a.bytes == b.bytes && a.crc32c == b.crc32c;
                    });
}

}  // namespace

SavepointSubject::SavepointSubject(std::string directory, uint64_t megabytes, uint32_t parallelism)
    : SavepointSubject(std::move(directory), SetupOf(megabytes), parallelism) {}

SavepointSubject::SavepointSubject(std::string directory, GatedKeysSetup keys, uint32_t parallelism)
    : directory_(std::move(directory)), setup_(keys) {
  job_ = std::make_unique<RunningJob>(SetupOf(directory_ + "/run", parallelism, setup_, gate_));
  gate_.allowed = setup_.keys;
  AwaitRows(*job_, setup_.keys);
  Require(job().TriggerCheckpoint().status(), "the first checkpoint failed");
}

SavepointSubject::~SavepointSubject() {
  End();
  Require(FileSystem::Local().RemoveRecursively(directory_), "cannot remove the savepoints");
}

void SavepointSubject::End() {
  if (job_) job().Cancel();
  job_.reset();
}

state::SavepointInfo SavepointSubject::Take(state::SavepointFormat format,
                                            const std::string& name) {
  return TakeOf(job(), directory_ + "/run", format, directory_ + "/" + name);
}

void SavepointSubject::Run() {
  gate_.allowed = UINT64_MAX / 2;
}

void SavepointSubject::Touch(uint64_t rows) {
  gate_.allowed = gate_.given + rows;
  // A savepoint is behind what was read.
  while (gate_.given < gate_.allowed) std::this_thread::sleep_for(std::chrono::microseconds(200));
}

void SavepointSubject::Quiet() {
  gate_.allowed = 0;
  job().Wait(task::WaitTarget::kIdle, std::nullopt);
}

SavepointSubject::Pause SavepointSubject::LongestPauseMillis() {
  return {static_cast<double>(gate_.longest_gap_nanos.exchange(0)) / 1e6,
          static_cast<double>(gate_.longest_busy_nanos.exchange(0)) / 1e6};
}

RestoreCosts MeasureRestore(const std::string& path, const std::string& backend,
                            const std::string& directory, uint32_t parallelism,
                            const state::SavepointInfo& expected) {
  RestoreCosts costs;
  Gate gate;
  gate.allowed = kRowsOfFirstRecord;
  CheckpointMetadata from;
  std::optional<RunningJob> job;
  const Cost all = Measure([&] {
    costs.verify = Measure([&] {
      from = Require(state::LoadSnapshot(FileSystem::Local(), path), "cannot load a savepoint");
    });
    for (const StateFile& file : from.files) costs.bytes += file.bytes;
    JobSetup setup = SetupOf(directory, parallelism, {1, 1, kPayload}, gate);
    setup.backend = backend;
    setup.from = std::move(from);
    setup.from->checkpoint_id = 0;
    costs.open = Measure([&] { job.emplace(std::move(setup)); });
    AwaitRows(*job, kRowsOfFirstRecord);
  });
  costs.first_record = all.wall;
  job.reset();
  // Once more without a record: the state must be what it was.
  gate.allowed = 0;
  JobSetup setup = SetupOf(directory, parallelism, {1, 1, kPayload}, gate);
  setup.backend = backend;
  setup.from = Require(state::LoadSnapshot(FileSystem::Local(), path), "cannot load a savepoint");
  setup.from->checkpoint_id = 0;
  job.emplace(std::move(setup));
  costs.same = SameRows(
      TakeOf(job->job(), directory, state::SavepointFormat::kCanonical, directory + "/again"),
      expected);
  return costs;
}

}  // namespace weir::bench
