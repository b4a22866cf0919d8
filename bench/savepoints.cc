// `./weirw bench savepoints`: what it takes to write a savepoint of 1 GB and to start from it, what
// the job feels of one, and what it takes to read one of 10 million keys as a table. With --check
// it fails when a restored job, or the table, does not hold what was saved: so the test suite runs
// a small slice of it.
#include "bench/lib/savepoints.h"

#include <fmt/format.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <thread>

#include "bench/lib/report.h"
#include "bench/lib/state_tables.h"

namespace weir::bench {
namespace {

using state::SavepointFormat;

struct Options {
  uint64_t megabytes = 1024;
  uint32_t parallelism = 1;
  int savepoints = 120;        // whose pauses are measured
  uint64_t keys = 10'000'000;  // of the state that is read as a table
  std::string directory = fmt::format("/tmp/weir-bench-savepoints-{}", ::getpid());
  bool check = false;
};

constexpr double kMegabyte = 1e6;
constexpr double kMostSeconds = 1;
constexpr double kLeastRate = 100;
constexpr double kMostPauseMillis = 10;
constexpr double kMostLookupMillis = 50;
constexpr double kLeastScanned = 2, kLeastCompared = 1;  // million rows a second

const char* NameOf(SavepointFormat format) {
  return format == SavepointFormat::kCanonical ? "canonical" : "native";
}

// 99 of 100 are no longer.
double Percentile99(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  return values[(values.size() * 99 - 1) / 100];
}

state::SavepointInfo Write(SavepointSubject& subject, SavepointFormat format, Report& report) {
  state::SavepointInfo info;
  const Cost cost = Measure([&] { info = subject.Take(format, NameOf(format)); });
  const double megabytes = static_cast<double>(info.bytes) / kMegabyte;
  report.Row({NameOf(format), fmt::format("{:.0f}", megabytes), fmt::format("{:.2f}", cost.wall),
              fmt::format("{:.2f}", cost.cpu), fmt::format("{:.0f}", megabytes / cost.wall)});
  return info;
}

// Pauses of one kind, by the clock and by processor time.
struct PauseSamples {
  Samples clock;
  Samples busy;
  std::vector<double> clock_values;
  std::vector<double> busy_values;

  void Add(const SavepointSubject::Pause& pause) {
    clock.Add(pause.clock);
    busy.Add(pause.busy);
    clock_values.push_back(pause.clock);
    busy_values.push_back(pause.busy);
  }
};

void PausesRow(const char* name, const PauseSamples& samples, bool judged, Report& report) {
  const double clock = Percentile99(samples.clock_values);
  const double busy = Percentile99(samples.busy_values);
  report.Row(
      {name, samples.clock.Text(2), fmt::format("{:.2f}", clock), samples.busy.Text(2),
       fmt::format("{:.2f}", busy), judged ? fmt::format("<= {:.0f}", kMostPauseMillis) : "",
       judged ? fmt::format("{} by the clock, {} by processor time",
                            Verdict(clock <= kMostPauseMillis), Verdict(busy <= kMostPauseMillis))
              : ""});
}

void Pauses(SavepointSubject& subject, int savepoints, Report& report) {
  report.Title(
      "Longest pause of the job, ms: a thread that updates a hundredth of the keys as fast as it "
      "can");
  report.Table(
      {"", "by the clock: median", "99 of 100", "processor time: median", "99 of 100", "aim", ""});
  subject.Run();
  constexpr auto kAlone = std::chrono::milliseconds(200);
  PauseSamples alone;
  PauseSamples during;
  for (int i = 0; i < savepoints; ++i) {
    (void)subject.LongestPauseMillis();
    std::this_thread::sleep_for(kAlone);
    alone.Add(subject.LongestPauseMillis());
    const SavepointFormat format =
        i % 4 == 0 ? SavepointFormat::kCanonical : SavepointFormat::kNative;
    const state::SavepointInfo taken = subject.Take(format, fmt::format("pause-{}", i));
    during.Add(subject.LongestPauseMillis());
    Require(state::RemoveSavepoint(FileSystem::Local(), taken.path), "cannot remove a savepoint");
  }
  subject.Quiet();
  PausesRow("without savepoint, in 200 ms", alone, false, report);
  PausesRow("while one is taken", during, true, report);
}

bool Restore(const state::SavepointInfo& saved, const char* format, const std::string& backend,
             const Options& options, const state::SavepointInfo& expected, Report& report) {
  const RestoreCosts got = MeasureRestore(saved.path, backend, options.directory + "/restored",
                                          options.parallelism, expected);
  const double megabytes = static_cast<double>(got.bytes) / kMegabyte;
  const bool native = std::string_view(format) == "native";
  const double rate = megabytes / (got.verify.cpu + got.open.cpu);
  const bool met = native ? got.first_record <= kMostSeconds : rate >= kLeastRate;
  report.Row({fmt::format("{} into {}", format, backend), fmt::format("{:.2f}", got.verify.wall),
              fmt::format("{:.2f}", got.open.wall), fmt::format("{:.2f}", got.first_record),
              fmt::format("{:.0f}", rate),
              native ? fmt::format("<= {:.0f} s", kMostSeconds)
                     : fmt::format(">= {:.0f} MB/s", kLeastRate),
              Verdict(met), got.same ? "same state" : "OTHER STATE"});
  return got.same;
}

// Rows a second of processor time.
void RateRow(const std::string& name, const ReadCosts& costs, double least, Report& report) {
  const double rate = static_cast<double>(costs.rows) / costs.cost.cpu / 1e6;
  report.Row({name, fmt::format("{}", costs.given), fmt::format("{:.2f}", costs.cost.wall),
              fmt::format("{:.2f}", costs.cost.cpu), fmt::format("{:.2f}", rate),
              fmt::format(">= {:.0f}", least), Verdict(rate >= least)});
}

// Whether the tables have what the job has.
bool StateTables(const Options& options, Report& report) {
  constexpr uint32_t kText = 8;
  constexpr uint64_t kLookups = 50;
  const GatedKeysSetup keys{options.keys, std::max<uint64_t>(1, options.keys / 100), kText};
  SavepointSubject subject(options.directory + "-tables", keys, options.parallelism);
  const auto take = [&](SavepointFormat format, const std::string& name) {
    return StatePlace{subject.Take(format, name).path, options.directory + "-tables/read-" + name};
  };
  const StatePlace canonical = take(SavepointFormat::kCanonical, "canonical");
  const StatePlace native = take(SavepointFormat::kNative, "native");
  subject.Touch(keys.touched);
  const StatePlace later = take(SavepointFormat::kCanonical, "later");
  const StatePlace later_native = take(SavepointFormat::kNative, "later-native");
  subject.End();
  report.Title(fmt::format("State of {} keys as a table: a row by its key, ms", options.keys));
  report.Table({"", "from its metadata to the row", "aim", ""});
  for (const auto& [name, at] : {std::pair{"canonical", canonical}, std::pair{"native", native}}) {
    const Samples millis = MeasureLookups(at, kLookups, options.keys);
    report.Row({name, millis.Text(2), fmt::format("< {:.0f}", kMostLookupMillis),
                Verdict(millis.Greatest() < kMostLookupMillis)});
  }
  report.Title("All rows, and the difference of two states, on one core");
  report.Table({"", "rows given", "seconds", "CPU seconds", "million rows/s", "aim", ""});
  const ReadCosts scans[] = {MeasureScan(canonical), MeasureScan(native)};
  RateRow("canonical", scans[0], kLeastScanned, report);
  RateRow("native", scans[1], kLeastScanned, report);
  const ReadCosts changes[] = {MeasureDifference(canonical, later),
                               MeasureDifference(native, later_native),
                               MeasureDifference(native, canonical)};
  RateRow("difference, canonical", changes[0], kLeastCompared, report);
  RateRow("difference, native", changes[1], kLeastCompared, report);
  RateRow("difference of one state in both", changes[2], kLeastCompared, report);
  return scans[0].rows == options.keys && scans[1].rows == options.keys && changes[0].given > 0 &&
         changes[0].given <= 2 * keys.touched && changes[0].given == changes[1].given &&
         changes[2].given == 0;
}

int Run(const Options& options) {
  Report report;
  report.Note(fmt::format("{} cores, parallelism {}", std::thread::hardware_concurrency(),
                          options.parallelism));
  auto subject =
      std::make_unique<SavepointSubject>(options.directory, options.megabytes, options.parallelism);
  report.Title(fmt::format("Writing a savepoint of {} keys", subject->keys()));
  report.Table({"format", "MB", "seconds", "CPU seconds", "MB/s"});
  const state::SavepointInfo canonical = Write(*subject, SavepointFormat::kCanonical, report);
  const state::SavepointInfo native = Write(*subject, SavepointFormat::kNative, report);
  if (options.savepoints > 0) Pauses(*subject, options.savepoints, report);
  subject->End();
  report.Title("From RESTORE to the first record");
  report.Table({"", "verify, s", "open, s", "first record, s", "MB/s a core", "aim", "", ""});
  bool same = Restore(native, "native", "rocksdb", options, canonical, report);
  same &= Restore(canonical, "canonical", "rocksdb", options, canonical, report);
  same &= Restore(canonical, "canonical", "memory", options, canonical, report);
  const bool tables = options.keys == 0 || StateTables(options, report);
  return (same && tables) || !options.check ? 0 : 1;
}

}  // namespace
}  // namespace weir::bench

int main(int argc, char** argv) {
  weir::bench::Options options;
  CLI::App app{"What savepoints cost."};
  app.add_option("--megabytes", options.megabytes, "of state");
  app.add_option("--parallelism", options.parallelism, "subtasks");
  app.add_option("--savepoints", options.savepoints, "taken of a busy job, for their pauses");
  app.add_option("--keys", options.keys, "of the state that is read as a table; 0: none is");
  app.add_option("--directory", options.directory, "where everything is written, and removed");
  app.add_flag("--check", options.check, "exit with 1 when a restored job holds another state");
  CLI11_PARSE(app, argc, argv);
  return weir::bench::Run(options);
}
