// `./weirw bench foundation`: how far the engine is from loops written by hand, from memory and
// from JSON, and what its checkpoints cost. Prints medians with their spread over interleaved runs;
// ratios are of the processor time that both used in the same round, so that other work on the
// machine weighs little.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <chrono>
#include <fstream>
#include <thread>

#include "bench/lib/allocations.h"
#include "bench/lib/checkpoints.h"
#include "bench/lib/queries.h"
#include "bench/lib/report.h"

namespace weir::bench {
namespace {

struct Options {
  uint64_t bids = 2'000'000;
  uint32_t repeats = 4;
  int rounds = 5;
  uint64_t json_events = 1'000'000;
  double seconds = 5;
  uint64_t keys = 5'000'000;
  std::string only = "memory,vector,json,checkpoints";
  std::string queries = "q2,q1,tumble,update";
  bool save = false;
};

constexpr double kNanos = 1e9;
constexpr double kSmallExcessNanos = 2;  // "or 2 ns an event more"

struct Comparison {
  Samples hand;  // ns an event
  Samples one;   // engine at parallelism 1
  Samples two;
  Samples wall_two;
  Samples ratio;
};

std::vector<Query> QueriesOf(const Options& options) {
  constexpr const char* kNames[] = {"q2", "q1", "tumble", "update"};
  std::vector<Query> queries;
  for (const Query query : kQueries) {
    if (options.queries.find(kNames[static_cast<size_t>(query)]) != std::string::npos)
      queries.push_back(query);
  }
  return queries;
}

using Runner = std::function<uint64_t(uint32_t parallelism)>;  // 0: by hand

Comparison Compare(int rounds, double events, const Runner& run) {
  Comparison result;
  for (int round = 0; round <= rounds; ++round) {
    uint64_t rows[3] = {};
    Cost costs[3];
    for (uint32_t p = 0; p <= 2; ++p) costs[p] = Measure([&] { rows[p] = run(p); });
    if (round == 0) {  // warms caches, the pool and the page cache
      if (rows[0] != rows[1])
        fmt::print("note: {} rows by hand, {} by the engine\n", rows[0], rows[1]);
      continue;
    }
    result.hand.Add(costs[0].cpu * kNanos / events);
    result.one.Add(costs[1].cpu * kNanos / events);
    result.two.Add(costs[2].cpu * kNanos / events);
    result.wall_two.Add(costs[2].wall * kNanos / events);
    result.ratio.Add(costs[1].cpu / costs[0].cpu);
  }
  return result;
}

void PrintComparison(Report& report, const char* name, double aim, const char* anchor,
                     const Comparison& got) {
  const double excess = got.one.Median() - got.hand.Median();
  const bool met = got.ratio.Median() <= aim || excess <= kSmallExcessNanos;
  report.Row({name, got.hand.Text(1), got.one.Text(1), got.ratio.Text(2),
              fmt::format("<= {:.1f}", aim), Verdict(met), got.two.Text(1), got.wall_two.Text(1),
              anchor});
}

const std::vector<std::string> kComparisonColumns = {
    "query", "by hand, ns/event", "engine, 1 thread", "ratio",    "aim",
    "",      "2 threads, CPU",    "2 threads, wall",  "hand loop"};

void Memory(const Options& options, const BidTable& table, Report& report) {
  report.Title(fmt::format("(a) {} bids from memory", table.rows()));
  report.Table(kComparisonColumns);
  for (const Query query : QueriesOf(options)) {
    const Comparison got =
        Compare(options.rounds, static_cast<double>(table.rows()), [&](uint32_t parallelism) {
          return parallelism == 0 ? RunHand(query, table)
                                  : RunEngine(query, table, {.parallelism = parallelism});
        });
    PrintComparison(report, FactsOf(query).name, FactsOf(query).memory_aim, FactsOf(query).anchor,
                    got);
  }
}

void Vectorised(const Options& options, const BidTable& table, Report& report) {
  report.Title("(a) Vectorised: allocations, and batches of one row");
  report.Table(
      {"query", "allocations a million rows", "aim", "", "batch 1 by batch 4096", "aim", ""});
  for (const Query query : QueriesOf(options)) {
    Samples allocations;
    Samples slowdown;
    for (int round = 0; round < std::min(options.rounds, 3); ++round) {
      ReplayFacts facts;
      RunEngine(query, table, {.facts = &facts});
      const auto calls = static_cast<double>(facts.allocations_end - facts.allocations_begin);
      allocations.Add(calls * 1e6 / static_cast<double>(facts.rows_between));
      constexpr uint64_t kRows = 200'000;
      const Cost whole = Measure([&] { RunEngine(query, table, {}); });
      const Cost single =
          Measure([&] { RunEngine(query, table, {.batch_rows = 1, .most_rows = kRows}); });
      slowdown.Add(single.cpu / kRows / (whole.cpu / static_cast<double>(table.rows())));
    }
    report.Row({FactsOf(query).name, allocations.Text(0), "<= 1000",
                Verdict(allocations.Median() <= 1000), slowdown.Text(1), ">= 5",
                Verdict(slowdown.Median() >= 5)});
  }
}

void Json(const Options& options, Report& report) {
  const std::string path = fmt::format("/tmp/weir-bench-nexmark-{}.json", options.json_events);
  const uint64_t bytes = MakeJsonFile(path, options.json_events);
  report.Title(fmt::format("(b) {} events of JSON, {:.1f} B each; by hand: the bare simdjson loop",
                           options.json_events,
                           static_cast<double>(bytes) / static_cast<double>(options.json_events)));
  report.Table(kComparisonColumns);
  for (const Query query : QueriesOf(options)) {
    const Comparison got = Compare(
        options.rounds, static_cast<double>(options.json_events), [&](uint32_t parallelism) {
          return parallelism == 0 ? RunHandJson(query, path)
                                  : RunEngineJson(query, path, parallelism);
        });
    PrintComparison(report, FactsOf(query).name, FactsOf(query).json_aim, "139 (decoding)", got);
  }
}

void CheckpointThroughput(const Options& options, uint64_t touched, Report& report) {
  Samples without_rate;
  Samples with_rate;
  Samples ratio;
  Samples cpu_ratio;
  uint64_t checkpoints = 0;
  for (int round = 0; round < std::min(options.rounds, 3); ++round) {
    const Throughput without = MeasureThroughput(options.keys, touched, 0, options.seconds);
    const Throughput with = MeasureThroughput(options.keys, touched, 1000, options.seconds);
    without_rate.Add(without.rows_per_wall_second / 1e6);
    with_rate.Add(with.rows_per_wall_second / 1e6);
    ratio.Add(with.rows_per_wall_second / without.rows_per_wall_second);
    cpu_ratio.Add(with.rows_per_cpu_second / without.rows_per_cpu_second);
    checkpoints += with.checkpoints;
  }
  report.Table({"updates as fast as they can", "M rows/s", "checkpoints"});
  report.Row({"without checkpoints", without_rate.Text(1), "0"});
  report.Row({"every second", with_rate.Text(1), fmt::format("{}", checkpoints)});
  // By processor time, that of the threads in the background included: the clock also tells of
  // others' work.
  report.Note(fmt::format(
      "Throughput with checkpoints every second by without: {} by the clock, {} by processor time; "
      "aim >= 0.95: {}",
      ratio.Text(3), cpu_ratio.Text(3), Verdict(cpu_ratio.Median() >= 0.95 && checkpoints >= 10)));
}

void Checkpoints(const Options& options, Report& report) {
  constexpr uint64_t kTouched = 10'000;
  constexpr int kCheckpoints = 11;
  report.Title(fmt::format("(c) Checkpoints: {} of the keys touched between two", kTouched));
  const EpochCosts small = MeasureEpochs(options.keys / 100, kTouched, kCheckpoints);
  const EpochCosts large = MeasureEpochs(options.keys, kTouched, kCheckpoints);
  report.Table({"keys of state", "new bytes by dirty bytes", "aim", "", "compaction by dirty bytes",
                "milliseconds"});
  const auto row = [&](uint64_t keys, const EpochCosts& got) {
    report.Row({fmt::format("{}", keys), got.amplification.Text(2), "<= 1.5",
                Verdict(got.amplification.Median() <= 1.5), got.compaction.Text(2),
                got.millis.Text(1)});
  };
  row(options.keys / 100, small);
  row(options.keys, large);
  const double slower = large.millis.Median() / small.millis.Median();
  report.Note(fmt::format("Duration relative to the small state: {:.2f}, aim <= 2: {}", slower,
                          Verdict(slower <= 2)));

  CheckpointThroughput(options, kTouched, report);
}

void Save(const Report& report) {
  const auto today = std::chrono::floor<std::chrono::days>(std::chrono::system_clock::now());
  const std::chrono::year_month_day date(today);
  const std::string path =
      fmt::format("bench/results/foundation-{:04}-{:02}-{:02}.md", static_cast<int>(date.year()),
                  static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()));
  Require(FileSystem::Local().CreateDirectories("bench/results"), "cannot make bench/results");
  std::ofstream(path) << "# foundation\n" << report.text();
  fmt::print("written: {}\n", path);
}

int Run(const Options& options) {
  Report report;
  const auto wanted = [&](const char* part) {
    return options.only.find(part) != std::string::npos;
  };
  report.Note(fmt::format(
      "{} cores; medians (least..greatest) of {} interleaved runs; times are processor time",
      std::thread::hardware_concurrency(), options.rounds));
  const bool bids = wanted("memory") || wanted("vector");
  const BidTable table(bids ? options.bids : 0, options.repeats);
  if (wanted("memory")) Memory(options, table, report);
  if (wanted("vector")) Vectorised(options, table, report);
  if (wanted("json")) Json(options, report);
  if (wanted("checkpoints")) Checkpoints(options, report);
  if (options.save) Save(report);
  return 0;
}

}  // namespace
}  // namespace weir::bench

int main(int argc, char** argv) {
  weir::bench::Options options;
  CLI::App app{"How far the engine is from loops written by hand, and what checkpoints cost."};
  app.add_option("--bids", options.bids, "bids made and kept in memory");
  app.add_option("--repeats", options.repeats, "how often a run replays them");
  app.add_option("--rounds", options.rounds, "interleaved runs of each");
  app.add_option("--json-events", options.json_events, "events in the JSON file (kept in /tmp)");
  app.add_option("--keys", options.keys, "keys of the large state");
  app.add_option("--seconds", options.seconds, "of a throughput run");
  app.add_option("--only", options.only, "parts, of memory,vector,json,checkpoints");
  app.add_option("--queries", options.queries, "of q2,q1,tumble,update");
  app.add_flag("--save", options.save, "write bench/results/foundation-<date>.md");
  CLI11_PARSE(app, argc, argv);
  return weir::bench::Run(options);
}
