// `./weirw bench neighbours`: how long the rows of a small job take alone, and while another job of
// the same process computes all it can, has a sink that is slow, or fails and starts again all the
// time. Each neighbour is measured between two runs of the small job alone, whose mean is 1.00, so
// that what else the machine does counts for both.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <atomic>
#include <string>
#include <thread>
#include <vector>

#include "bench/lib/engine.h"
#include "bench/lib/paced_source.h"
#include "bench/lib/report.h"

namespace weir::bench {
namespace {

struct Options {
  double seconds = 10;
  uint64_t rate = 10'000;
  uint32_t parallelism = 2;
  bool check = false;
};

constexpr const char* kSmall = R"(
CREATE TABLE events (k BIGINT NOT NULL, arrival BIGINT NOT NULL, `at` TIMESTAMP(3) NOT NULL,
                     WATERMARK FOR `at` AS `at`)
  WITH ('connector' = 'filesystem', 'path' = 'memory', 'format' = 'csv');
CREATE TABLE result (k BIGINT, num BIGINT, arrival BIGINT) WITH ('connector' = 'blackhole');
INSERT INTO result SELECT k, COUNT(*), MAX(arrival) FROM events GROUP BY k;
)";

struct Neighbour {
  const char* name;
  const char* sql;
  bool starts_again;  // its job ends at once, and another one begins
};
constexpr Neighbour kNeighbours[] = {{"computes all it can", R"(
CREATE TABLE rows_in (k BIGINT, v BIGINT)
  WITH ('connector' = 'datagen', 'fields.k.min' = '0', 'fields.k.max' = '999999');
CREATE TABLE rows_out (k BIGINT, num BIGINT, total BIGINT) WITH ('connector' = 'blackhole');
INSERT INTO rows_out SELECT k, COUNT(*), SUM(v) FROM rows_in GROUP BY k;
)",
                                      false},
                                     {"has a slow sink", R"(
CREATE TABLE rows_in (k BIGINT, v BIGINT)
  WITH ('connector' = 'datagen', 'fields.k.min' = '0', 'fields.k.max' = '9999');
CREATE TABLE rows_out (k BIGINT, num BIGINT) WITH ('connector' = 'blackhole', 'sink.delay' = '1 ms');
INSERT INTO rows_out SELECT k, COUNT(*) FROM rows_in GROUP BY k;
)",
                                      false},
                                     {"fails and starts again", R"(
CREATE TABLE rows_in (k BIGINT, v BIGINT)
  WITH ('connector' = 'datagen', 'number-of-rows' = '20000', 'fields.v.min' = '0', 'fields.v.max' = '999');
CREATE TABLE rows_out (k BIGINT, num BIGINT) WITH ('connector' = 'blackhole');
INSERT INTO rows_out SELECT 1 / (v - 500), COUNT(*) FROM rows_in GROUP BY 1 / (v - 500);
)",
                                      true}};

// Runs while it is there.
class RunningNeighbour {
 public:
  RunningNeighbour(const Neighbour& neighbour, uint32_t parallelism)
      : thread_([this, &neighbour, parallelism] {
          do {
            JobSetup setup;
            setup.sql = neighbour.sql;
            setup.parallelism = parallelism;
            setup.directory = fmt::format("/tmp/weir-bench-neighbour-{}", ::getpid());
            const RunningJob job(std::move(setup));
            while (!ended_ && !task::IsTerminal(job.Snapshot().state)) {
              std::this_thread::sleep_for(std::chrono::milliseconds(1));
            }
            ++runs_;
          } while (neighbour.starts_again && !ended_);
        }) {}
  ~RunningNeighbour() {
    ended_ = true;
    thread_.join();
  }
  uint64_t runs() const { return runs_; }

 private:
  std::atomic<bool> ended_ = false;
  std::atomic<uint64_t> runs_ = 0;
  std::thread thread_;
};

void MeasureSmall(const Options& options, Latencies& latencies) {
  // The first fifth warms up.
  const auto warm = static_cast<int64_t>(options.seconds * 0.2e6);
  JobSetup setup;
  setup.sql = kSmall;
  setup.parallelism = options.parallelism;
  setup.checkpoint_millis = 1000;
  setup.make_source = [&](const graph::ScanSpec&) -> Result<std::unique_ptr<Source>> {
    return MakePacedSource({options.rate, options.seconds, options.parallelism, 1000});
  };
  setup.make_sink = [&](const graph::SinkSpec&) -> Result<std::unique_ptr<Sink>> {
    return MakeLatencySink(latencies, 2, NowMicros() + warm);
  };
  RunningJob(std::move(setup)).Finish();
}

std::string Millis(double micros) {
  return fmt::format("{:.2f}", micros / 1000);
}

int Run(const Options& options) {
  Report report;
  report.Note(fmt::format(
      "{} cores; a small job of {} rows/s, {} s a run, the first fifth not "
      "counted; parallelism {} of both jobs",
      std::thread::hardware_concurrency(), options.rate, options.seconds, options.parallelism));
  report.Table({"the other job", "alone p50 ms", "beside", "alone p99 ms", "beside", "ratio of p99",
                "results"});
  bool any_missing = false;
  for (const Neighbour& neighbour : kNeighbours) {
    Latencies alone;
    Latencies beside;
    MeasureSmall(options, alone);
    {
      const RunningNeighbour running(neighbour, options.parallelism);
      MeasureSmall(options, beside);
      any_missing |= neighbour.starts_again && running.runs() == 0;
    }
    MeasureSmall(options, alone);
    const auto p99 = [](const Latencies& of) { return static_cast<double>(of.Quantile(0.99)); };
    any_missing |= alone.count() == 0 || beside.count() == 0;
    report.Row({neighbour.name, Millis(static_cast<double>(alone.Quantile(0.5))),
                Millis(static_cast<double>(beside.Quantile(0.5))), Millis(p99(alone)),
                Millis(p99(beside)), fmt::format("{:.2f}", p99(beside) / std::max(1.0, p99(alone))),
                fmt::format("{}", beside.count())});
  }
  return options.check && any_missing ? 1 : 0;
}

}  // namespace
}  // namespace weir::bench

int main(int argc, char** argv) {
  weir::bench::Options options;
  CLI::App app{"How long the rows of a small job take beside another job."};
  app.add_option("--seconds", options.seconds, "of a run");
  app.add_option("--rate", options.rate, "rows a second of the small job");
  app.add_option("--parallelism", options.parallelism, "of each job");
  app.add_flag("--check", options.check, "fail when a run has no results");
  CLI11_PARSE(app, argc, argv);
  return weir::bench::Run(options);
}
