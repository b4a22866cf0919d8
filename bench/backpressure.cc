// `./weirw bench backpressure`: how long checkpoints take while a sink is slow and every queue
// before it is full: aligned, where barriers wait for the rows before them; unaligned, where they
// overtake; and at-least-once, where operators do not wait for each other but barriers still wait
// for rows.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <filesystem>
#include <string>
#include <thread>
#include <vector>

#include "bench/lib/engine.h"
#include "bench/lib/report.h"

namespace weir::bench {
namespace {

struct Options {
  double seconds = 30;
  uint32_t parallelism = 2;
  uint32_t batch_rows = 512;
  int64_t interval_millis = 1000;
  std::string scratch = "/tmp";
  bool check = false;
};

constexpr const char* kSql = R"(
CREATE TABLE events (k BIGINT, v BIGINT)
  WITH ('connector' = 'datagen', 'fields.k.min' = '0', 'fields.k.max' = '9999');
CREATE TABLE slow (k BIGINT, num BIGINT) WITH ('connector' = 'blackhole', 'sink.delay' = '1 ms');
INSERT INTO slow SELECT k, COUNT(*) FROM events GROUP BY k;
)";

struct Kind {
  const char* name;
  bool unaligned;
  checkpoint::CheckpointMode mode;
};
constexpr Kind kKinds[] = {{"aligned", false, checkpoint::CheckpointMode::kExactlyOnce},
                           {"unaligned", true, checkpoint::CheckpointMode::kExactlyOnce},
                           {"at-least-once", false, checkpoint::CheckpointMode::kAtLeastOnce}};

struct Measured {
  std::vector<int64_t> millis;   // that each checkpoint took
  uint64_t in_flight_bytes = 0;  // of the last one that is kept
};

Measured Measure(const Options& options, const Kind& kind) {
  JobSetup setup;
  setup.sql = kSql;
  setup.parallelism = options.parallelism;
  setup.batch_rows = options.batch_rows;
  setup.checkpoint_millis = options.interval_millis;
  setup.mode = kind.mode;
  setup.unaligned = kind.unaligned;
  setup.directory = options.scratch + "/weir-bench-backpressure";
  std::filesystem::remove_all(setup.directory);
  Measured measured;
  {
    RunningJob job(setup);
    const int64_t begin = Clock::System().MonotonicNanos();
    const auto end = begin + static_cast<int64_t>(options.seconds * 1e9);
    while (Clock::System().MonotonicNanos() < end) {
      std::this_thread::sleep_for(std::chrono::milliseconds(20));
      const checkpoint::CheckpointStatistics now = job.Snapshot().checkpoints;
      if (now.completed > measured.millis.size())
        measured.millis.push_back(now.last_duration_millis);
    }
    for (const CheckpointInfo& info : job.Checkpoints())
      measured.in_flight_bytes = info.in_flight_bytes;
  }
  std::filesystem::remove_all(setup.directory);
  std::ranges::sort(measured.millis);
  return measured;
}

int Run(const Options& options) {
  Report report;
  report.Note(fmt::format(
      "a sink that takes a row a millisecond; {} s a run, a checkpoint every {} ms; "
      "parallelism {}, batches of {} rows",
      options.seconds, options.interval_millis, options.parallelism, options.batch_rows));
  report.Table({"barriers", "checkpoints", "median ms", "longest ms", "bytes in flight"});
  bool good = true;
  for (const Kind& kind : kKinds) {
    const Measured got = Measure(options, kind);
    const bool any = !got.millis.empty();
    report.Row({kind.name, fmt::format("{}", got.millis.size()),
                any ? fmt::format("{}", got.millis[got.millis.size() / 2]) : "none completed",
                any ? fmt::format("{}", got.millis.back()) : "",
                fmt::format("{}", got.in_flight_bytes)});
    if (kind.unaligned) good = any && got.in_flight_bytes > 0;
  }
  return options.check && !good ? 1 : 0;
}

}  // namespace
}  // namespace weir::bench

int main(int argc, char** argv) {
  weir::bench::Options options;
  CLI::App app{"How long checkpoints take while a sink is slow."};
  app.add_option("--seconds", options.seconds, "of a run");
  app.add_option("--parallelism", options.parallelism, "of the job");
  app.add_option("--batch-rows", options.batch_rows, "of a batch of the source, at most");
  app.add_option("--interval", options.interval_millis, "between checkpoints, in milliseconds");
  app.add_option("--scratch", options.scratch, "a directory for the job's files");
  app.add_flag("--check", options.check, "fail when no unaligned checkpoint had rows in flight");
  CLI11_PARSE(app, argc, argv);
  return weir::bench::Run(options);
}
