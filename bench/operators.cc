// `./weirw bench operators`: how far the operators that decide the shape of state are from loops
// written by hand with flat hash maps over the same columns, what a row of state takes of memory,
// and what they do when the state is four times its memory. Ratios are of the processor time that
// both used in the same round.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <chrono>

#include "bench/lib/measure.h"
#include "bench/lib/operator_queries.h"
#include "bench/lib/report.h"
#include "bench/lib/resident.h"

namespace weir::bench {
namespace {

struct Options {
  uint64_t rows = 10'000'000;  // of the join's state
  uint64_t bids = 2'000'000;
  uint32_t repeats = 4;
  int rounds = 3;
  std::string only = "join,top,ranks,last,session";
  bool limited = true;
  bool check = false;
};

constexpr double kNanos = 1e9;
constexpr double kMostTime = 4;
constexpr double kMostPayload = 1.5;
constexpr double kKeyBytes = 32;
constexpr uint64_t kMegabyte = uint64_t{1} << 20;
constexpr uint64_t kSlack = 256 * kMegabyte;
constexpr uint64_t kLeastLimit = kMegabyte / 4;

std::vector<Kind> KindsOf(const Options& options) {
  std::vector<Kind> kinds;
  for (const Kind kind : kKinds) {
    if (options.only.find(FactsOf(kind).word) != std::string::npos) kinds.push_back(kind);
  }
  return kinds;
}

OperatorInputs MakeInputs(const Options& options, const std::vector<Kind>& kinds) {
  OperatorInputs inputs;
  for (const Kind kind : kinds) {
    if (kind == Kind::kJoin) {
      const uint64_t side = options.rows / 2;
      inputs.left = std::make_unique<PairTable>(side, side, 3);
      inputs.right = std::make_unique<PairTable>(side, side, 5);
    } else if (!inputs.bids) {
      inputs.bids = std::make_unique<BidTable>(options.bids, options.repeats);
    }
  }
  return inputs;
}

// One run of one side: its cost, its result, and how much memory it took at most.
struct Side {
  Cost cost;
  OperatorRun run;
  uint64_t peak = 0;
};

template <typename Work>
Side Run(const Work& work) {
  Side side;
  ResetPeak();
  const uint64_t before = ResidentBytes();
  side.cost = Measure([&] { side.run = work(); });
  const uint64_t peak = PeakBytes();
  side.peak = peak > before ? peak - before : 0;
  return side;
}

// `whole`: what the engine did with all the memory it wanted.
bool Compare(const Options& options, Kind kind, const OperatorInputs& inputs, Report& report,
             OperatorRun& whole) {
  const auto events = static_cast<double>(RowsIn(kind, inputs));
  Samples hand, engine, ratio, row_bytes, hand_bytes;
  Side by_hand, by_engine;
  for (int round = 0; round <= options.rounds; ++round) {
    by_hand = Run([&] { return RunHand(kind, inputs); });
    by_engine = Run([&] { return RunEngine(kind, inputs, 1, 0); });
    if (round == 0 && options.rounds > 0) continue;  // warms caches and the pool
    hand.Add(by_hand.cost.cpu * kNanos / events);
    engine.Add(by_engine.cost.cpu * kNanos / events);
    ratio.Add(by_engine.cost.cpu / by_hand.cost.cpu);
    const auto rows = static_cast<double>(std::max<uint64_t>(by_hand.run.state_rows, 1));
    hand_bytes.Add(static_cast<double>(by_hand.peak) / rows);
    row_bytes.Add(static_cast<double>(by_engine.run.state_bytes) / rows);
  }
  whole = by_engine.run;
  const double most = kMostPayload * FactsOf(kind).payload + kKeyBytes;
  report.Row({FactsOf(kind).name, hand.Text(1), engine.Text(1), ratio.Text(2),
              Verdict(ratio.Median() <= kMostTime), fmt::format("{}", by_hand.run.state_rows),
              fmt::format("{}", by_engine.run.state_rows), hand_bytes.Text(0), row_bytes.Text(0),
              fmt::format("<= {:.0f}", most), Verdict(row_bytes.Median() <= most),
              fmt::format("{} / {}", by_hand.run.rows_out, by_engine.run.rows_out)});
  // Which changes are sent may differ within a batch; what is joined may not.
  return kind != Kind::kJoin || by_hand.run.rows_out == by_engine.run.rows_out;
}

std::string MebibytesText(uint64_t bytes) {
  return fmt::format("{:.1f} MiB", static_cast<double>(bytes) / kMegabyte);
}

bool Limited(Kind kind, const OperatorInputs& inputs, const OperatorRun& whole, Report& report) {
  const uint64_t limit = std::max<uint64_t>(whole.state_bytes / 4, kLeastLimit);
  const Side side = Run([&] { return RunEngine(kind, inputs, 1, limit); });
  const bool within = side.peak <= limit + kSlack;
  report.Row({FactsOf(kind).name, MebibytesText(whole.state_bytes), MebibytesText(limit),
              fmt::format("{:.0f}", static_cast<double>(RowsIn(kind, inputs)) / side.cost.wall),
              fmt::format("{}", side.run.disk_reads), fmt::format("{}", side.run.rows_out),
              MebibytesText(side.peak), Verdict(within)});
  return within && side.run.rows_out == whole.rows_out;
}

int Run(const Options& options) {
  Report report;
  const std::vector<Kind> kinds = KindsOf(options);
  const OperatorInputs inputs = MakeInputs(options, kinds);
  report.Note(
      fmt::format("medians (least..greatest) of {} interleaved runs at parallelism 1; "
                  "times are processor time",
                  options.rounds));
  report.Title("Operators from memory, and by hand");
  report.Table({"operator", "by hand, ns/row", "engine, ns/row", "ratio (aim <= 4)", "",
                "state rows by hand", "state rows", "process bytes a row by hand",
                "state bytes a row", "aim", "", "rows out by hand / engine"});
  bool right = true;
  std::vector<OperatorRun> whole(std::size(kKinds));
  for (const Kind kind : kinds) {
    right &= Compare(options, kind, inputs, report, whole[static_cast<size_t>(kind)]);
  }
  if (!options.limited) return options.check && !right ? 1 : 0;
  report.Title("State four times its memory");
  report.Table({"operator", "state", "state.memory.limit", "rows/s", "rows read from disk",
                "rows out", "process, at most", "limit + 256 MiB"});
  for (const Kind kind : kinds) {
    right &= Limited(kind, inputs, whole[static_cast<size_t>(kind)], report);
  }
  return options.check && !right ? 1 : 0;
}

}  // namespace
}  // namespace weir::bench

int main(int argc, char** argv) {
  weir::bench::Options options;
  CLI::App app{"How far joins, Top-N, deduplication and sessions are from loops written by hand."};
  app.add_option("--rows", options.rows, "rows of the join's state");
  app.add_option("--bids", options.bids, "bids made and kept in memory");
  app.add_option("--repeats", options.repeats, "how often a run replays them");
  app.add_option("--rounds", options.rounds, "interleaved runs of each");
  app.add_option("--only", options.only, "of join,top,ranks,last,session");
  app.add_flag("!--no-limited", options.limited, "leave out the runs with too little memory");
  app.add_flag("--check", options.check, "exit 1 when rows differ or memory is exceeded");
  CLI11_PARSE(app, argc, argv);
  return weir::bench::Run(options);
}
