// `./weirw bench latency`: how long rows take from the moment they are due to the moment their
// results reach the sink, at several rates offered by the clock, with and without checkpoints. A
// source that falls behind is late for every row that waits, so that overload shows.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <string>
#include <thread>
#include <vector>

#include "bench/lib/engine.h"
#include "bench/lib/measure.h"
#include "bench/lib/paced_source.h"
#include "bench/lib/report.h"

namespace weir::bench {
namespace {

struct Options {
  double seconds = 10;
  uint32_t parallelism = 2;
  std::vector<uint64_t> rates = {100'000, 500'000, 1'000'000};
  uint64_t keys = 10'000;
  bool check = false;
};

// What is measured: the sink's column that the time is counted from.
struct Path {
  const char* name;
  const char* sql;
  size_t column;
};

constexpr const char* kTables = R"(
CREATE TABLE events (k BIGINT NOT NULL, arrival BIGINT NOT NULL, `at` TIMESTAMP(3) NOT NULL,
                     WATERMARK FOR `at` AS `at`)
  WITH ('connector' = 'filesystem', 'path' = 'memory', 'format' = 'csv');
)";
constexpr Path kPaths[] = {
    {"filter and projection",
     "CREATE TABLE result (k BIGINT, arrival BIGINT) WITH ('connector' = 'blackhole');"
     "INSERT INTO result SELECT k * 2, arrival FROM events WHERE MOD(k, 10) <> 3;",
     1},
    {"running aggregate of each key",
     "CREATE TABLE result (k BIGINT, num BIGINT, arrival BIGINT) WITH ('connector' = 'blackhole');"
     "INSERT INTO result SELECT k, COUNT(*), MAX(arrival) FROM events GROUP BY k;",
     2},
    {"windows of 1 s, from their end",
     "CREATE TABLE result (k BIGINT, num BIGINT, `end` TIMESTAMP(3)) WITH ('connector' = "
     "'blackhole');"
     "INSERT INTO result SELECT k, COUNT(*), window_end FROM TUMBLE(TABLE events, "
     "DESCRIPTOR(`at`), "
     "INTERVAL '1' SECOND) GROUP BY k, window_start, window_end;",
     2}};

struct Measured {
  Latencies latencies;
  double cpu_share = 0;  // of the cores that its parallelism would fill
  uint64_t checkpoints = 0;
  double longest_pause_millis = 0;
};

void Measure(const Options& options, const Path& path, uint64_t rate, int64_t checkpoint_millis,
             Measured& result) {
  // The first fifth warms up; windows that only the end of input fires are before their time.
  const auto warm = static_cast<int64_t>(options.seconds * 0.2e6);
  JobSetup setup;
  setup.sql = std::string(kTables) + path.sql;
  setup.parallelism = options.parallelism;
  setup.checkpoint_millis = checkpoint_millis;
  setup.make_source = [&](const graph::ScanSpec&) -> Result<std::unique_ptr<Source>> {
    return MakePacedSource({rate, options.seconds, options.parallelism, options.keys});
  };
  setup.make_sink = [&](const graph::SinkSpec&) -> Result<std::unique_ptr<Sink>> {
    return MakeLatencySink(result.latencies, path.column, NowMicros() + warm);
  };
  const Cost cost = bench::Measure([&] {
    RunningJob job(std::move(setup));
    job.Finish();
    const task::JobSnapshot snapshot = job.job().Snapshot();
    result.checkpoints = snapshot.checkpoints.completed;
    result.longest_pause_millis = static_cast<double>(snapshot.longest_pause_nanos) / 1e6;
  });
  result.cpu_share = cost.cpu / cost.wall / options.parallelism;
}

std::string Millis(int64_t micros) {
  return fmt::format("{:.2f}", static_cast<double>(micros) / 1000);
}

int Run(const Options& options) {
  Report report;
  report.Note(fmt::format(
      "{} cores; {} s a run, the first fifth not counted; {} keys; parallelism {}",
      std::thread::hardware_concurrency(), options.seconds, options.keys, options.parallelism));
  bool any_missing = false;
  for (const Path& path : kPaths) {
    report.Title(path.name);
    report.Table({"events/s offered", "checkpoints", "p50 ms", "p99 ms", "p99.9 ms", "results",
                  "CPU", "longest pause ms"});
    for (const uint64_t rate : options.rates) {
      for (const int64_t interval : {int64_t{0}, int64_t{1000}}) {
        Measured got;
        Measure(options, path, rate, interval, got);
        any_missing |= got.latencies.count() == 0;
        report.Row({fmt::format("{}", rate), fmt::format("{}", got.checkpoints),
                    Millis(got.latencies.Quantile(0.5)), Millis(got.latencies.Quantile(0.99)),
                    Millis(got.latencies.Quantile(0.999)), fmt::format("{}", got.latencies.count()),
                    fmt::format("{:.0f} %", got.cpu_share * 100),
                    fmt::format("{:.2f}", got.longest_pause_millis)});
      }
    }
  }
  return options.check && any_missing ? 1 : 0;
}

}  // namespace
}  // namespace weir::bench

int main(int argc, char** argv) {
  weir::bench::Options options;
  CLI::App app{"How long rows take, at rates offered by the clock."};
  app.add_option("--seconds", options.seconds, "of a run");
  app.add_option("--parallelism", options.parallelism, "of the job");
  app.add_option("--rates", options.rates, "events a second")->delimiter(',');
  app.add_option("--keys", options.keys, "how many there are");
  app.add_flag("--check", options.check, "fail when a run has no results");
  CLI11_PARSE(app, argc, argv);
  return weir::bench::Run(options);
}
