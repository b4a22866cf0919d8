#include "tests/simulation/scenario.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <map>
#include <tuple>

#include "runtime/base/check.h"
#include "runtime/base/random.h"

namespace weir::simulation {
namespace {

constexpr int64_t kWindowSeconds = 300;
// Odd, where times are even: no row is just at the end of a session, or of an interval.
constexpr int64_t kGapSeconds = 61;

struct Row {
  uint64_t key = 0;
  int64_t value = 0;
  int64_t second = 0;
};

std::string Time(int64_t second) {
  return fmt::format("1970-01-01 {:02}:{:02}:{:02}.000", second / 3600, second / 60 % 60,
                     second % 60);
}

// Files in the order of their times, so that no row is late.
std::vector<std::vector<Row>> MakeRows(Random& random) {
  const uint64_t keys = 1 + random.Below(60);
  std::vector<std::vector<Row>> files(1 + random.Below(4));
  for (auto& rows : files) {
    int64_t second = 0;
    for (uint64_t count = random.Below(700); rows.size() < count;) {
      second += 2 * static_cast<int64_t>(random.Below(7));
      rows.push_back({random.Below(keys), static_cast<int64_t>(random.Below(2000)) - 1000, second});
    }
  }
  return files;
}

std::string Settings(Random& random) {
  const std::vector<std::string> strategies = {"none", "fixed-delay"};
  return fmt::format(
      "SET 'pipeline.name' = 'simulated';\n"
      "SET 'state.backend.type' = 'memory';\n"
      "SET 'parallelism.default' = '{}';\n"
      "SET 'pipeline.batch-size' = '{}';\n"
      "SET 'execution.checkpointing.interval' = '{} ms';\n"
      "SET 'execution.checkpointing.timeout' = '{} ms';\n"
      "SET 'execution.checkpointing.max-concurrent-checkpoints' = '{}';\n"
      "SET 'execution.checkpointing.tolerable-failed-checkpoints' = '1000';\n"
      "SET 'execution.checkpointing.num-retained' = '{}';\n"
      "SET 'restart-strategy.type' = 'none';\n",
      1 + random.Below(4), 1ULL << random.Below(8), 1ULL << random.Below(6),
      20ULL << random.Below(6), 1 + random.Below(3), 1 + random.Below(3));
}

std::vector<PlannedAct> MakeActs(Random& random) {
  std::vector<PlannedAct> acts(random.Below(4));
  for (PlannedAct& act : acts) {
    act.act = static_cast<Act>(random.Below(4));
    act.after_micros = static_cast<int64_t>(random.Below(1ULL << (4 + random.Below(14))));
  }
  return acts;
}

// A change of a file where the power fails: early ones are as likely as late ones.
uint64_t FailsAt(Random& random) {
  return 1 + random.Below(1ULL << (3 + random.Below(9)));
}

constexpr std::string_view kPlain =
    "SET 'parallelism.default' = '1';\n"
    "SET 'pipeline.batch-size' = '2';\n"
    "SET 'execution.checkpointing.interval' = '1 ms';\n"
    "SET 'execution.checkpointing.max-concurrent-checkpoints' = '1';\n";

constexpr std::string_view kTables = R"(
CREATE TABLE events (k INT, v BIGINT, ts TIMESTAMP(3), WATERMARK FOR ts AS ts)
  WITH ('connector' = 'filesystem', 'path' = '{0}/input', 'format' = 'csv');
CREATE TABLE windows (w TIMESTAMP(3), k INT, n BIGINT, s BIGINT)
  WITH ('connector' = 'filesystem', 'path' = '{0}/root/windows', 'format' = 'csv');
CREATE TABLE totals (k INT, n BIGINT, s BIGINT, high BIGINT)
  WITH ('connector' = 'filesystem', 'path' = '{0}/root/totals', 'format' = 'changelog');
)";
constexpr std::string_view kTumble = "TUMBLE(TABLE events, DESCRIPTOR(ts), INTERVAL '5' MINUTE)";
constexpr std::string_view kSession =
    "SESSION(TABLE events PARTITION BY k, DESCRIPTOR(ts), INTERVAL '61' SECOND)";
// What the job writes into `windows`: lines that come once, and stay.
constexpr std::string_view kWindowed =
    "SELECT window_start, k, COUNT(*), SUM(v) FROM TABLE({0}) GROUP BY window_start, window_end, k";
constexpr std::string_view kIntervalJoined = R"(
SELECT l.ts, l.k, l.v, r.v FROM (SELECT * FROM events WHERE v > 500) AS l
  JOIN (SELECT * FROM events WHERE v < -500) AS r
  ON l.k = r.k AND r.ts BETWEEN l.ts - INTERVAL '61' SECOND AND l.ts + INTERVAL '61' SECOND)";
// What it writes into `totals`: changes. The join has two inputs, whose barriers come apart.
constexpr std::string_view kJoined = R"(
WITH counted AS (SELECT k, COUNT(*) AS n, SUM(v) AS s FROM events GROUP BY k),
    high AS (SELECT k, MAX(v) AS high FROM events WHERE v > 500 GROUP BY k)
  SELECT c.k, c.n, c.s, h.high FROM counted AS c LEFT JOIN high AS h ON c.k = h.k)";
constexpr std::string_view kRanked = R"(
SELECT k, v, TIMESTAMPDIFF(SECOND, TIMESTAMP '1970-01-01 00:00:00', ts), v * 2
  FROM (SELECT *, ROW_NUMBER() OVER (PARTITION BY k ORDER BY v DESC, ts) AS rn FROM events) AS r
  WHERE rn <= 3)";
constexpr std::string_view kRankedUpdates = R"(
SELECT g, k, n, s FROM (
  SELECT *, ROW_NUMBER() OVER (PARTITION BY g ORDER BY n DESC, s, k) AS rn FROM (
    SELECT k / 10 AS g, k, COUNT(*) AS n, SUM(v) AS s FROM events GROUP BY k) AS c) AS r
  WHERE rn <= 3)";
constexpr std::string_view kJob =
    "\nEXECUTE STATEMENT SET BEGIN\nINSERT INTO windows {};\nINSERT INTO totals {};\nEND;\n";

enum class Timed : uint8_t { kWindows, kSessions, kMatches };
enum class Updating : uint8_t { kJoin, kRank, kRankOfUpdates };
constexpr size_t kRanks = 3;

struct Total {
  int64_t count = 0;
  int64_t sum = 0;
  int64_t high = 0;

  void Add(const Row& row) {
    ++count;
    sum += row.value;
    if (row.value > 500) high = std::max(high, row.value);
  }
};

std::vector<Row> InOrder(const std::vector<std::vector<Row>>& files) {
  std::vector<Row> all;
  for (const auto& rows : files) all.insert(all.end(), rows.begin(), rows.end());
  std::stable_sort(all.begin(), all.end(),
                   [](const Row& a, const Row& b) { return a.second < b.second; });
  return all;
}

void ExpectWindows(const std::vector<Row>& rows, bool sessions, Scenario& scenario) {
  std::map<std::pair<int64_t, uint64_t>, Total> windows;  // by start and key
  std::map<uint64_t, std::pair<int64_t, int64_t>> open;   // of a key: start and last row
  for (const Row& row : rows) {
    auto [at, first] = open.try_emplace(row.key, row.second, row.second);
    if (!first && row.second - at->second.second > kGapSeconds) at->second.first = row.second;
    at->second.second = row.second;
    const int64_t start =
        sessions ? at->second.first : row.second / kWindowSeconds * kWindowSeconds;
    windows[{start, row.key}].Add(row);
  }
  for (const auto& [key, total] : windows)
    scenario.windows.insert(
        fmt::format("{},{},{},{}", Time(key.first), key.second, total.count, total.sum));
}

void ExpectMatches(const std::vector<Row>& rows, Scenario& scenario) {
  std::map<uint64_t, std::vector<const Row*>> low;
  for (const Row& row : rows) {
    if (row.value < -500) low[row.key].push_back(&row);
  }
  for (const Row& row : rows) {
    if (row.value <= 500) continue;
    for (const Row* other : low[row.key]) {
      if (std::abs(row.second - other->second) > kGapSeconds) continue;
      scenario.windows.insert(
          fmt::format("{},{},{},{}", Time(row.second), row.key, row.value, other->value));
    }
  }
}

std::map<uint64_t, Total> TotalsByKey(const std::vector<Row>& rows) {
  std::map<uint64_t, Total> totals;
  for (const Row& row : rows) totals[row.key].Add(row);
  return totals;
}

void ExpectTotals(const std::vector<Row>& rows, Scenario& scenario) {
  for (const auto& [key, total] : TotalsByKey(rows)) {
    const std::string high = total.high > 0 ? fmt::format("{}", total.high) : "NULL";
    scenario.totals.insert(fmt::format("[{}, {}, {}, {}]", key, total.count, total.sum, high));
  }
}

// By key the greatest values, of equal ones the earliest.
void ExpectRanks(const std::vector<Row>& rows, Scenario& scenario) {
  std::map<uint64_t, std::vector<std::pair<int64_t, int64_t>>> groups;
  for (const Row& row : rows) groups[row.key].emplace_back(-row.value, row.second);
  for (auto& [key, best] : groups) {
    std::sort(best.begin(), best.end());
    best.resize(std::min(best.size(), kRanks));
    for (const auto& [value, second] : best)
      scenario.totals.insert(fmt::format("[{}, {}, {}, {}]", key, -value, second, -value * 2));
  }
}

// Of ten keys those with most rows.
void ExpectRanksOfUpdates(const std::vector<Row>& rows, Scenario& scenario) {
  std::map<uint64_t, std::vector<std::tuple<int64_t, int64_t, uint64_t>>> groups;
  for (const auto& [key, total] : TotalsByKey(rows))
    groups[key / 10].emplace_back(-total.count, total.sum, key);
  for (auto& [group, best] : groups) {
    std::sort(best.begin(), best.end());
    best.resize(std::min(best.size(), kRanks));
    for (const auto& [count, sum, key] : best)
      scenario.totals.insert(fmt::format("[{}, {}, {}, {}]", group, key, -count, sum));
  }
}

// The query of `windows`; what it gives goes into the scenario.
std::string MakeTimed(Timed timed, const std::vector<Row>& rows, Scenario& scenario) {
  if (timed == Timed::kMatches) {
    ExpectMatches(rows, scenario);
    return std::string(kIntervalJoined);
  }
  const bool sessions = timed == Timed::kSessions;
  ExpectWindows(rows, sessions, scenario);
  return fmt::format(fmt::runtime(kWindowed), sessions ? kSession : kTumble);
}

// The same of `totals`.
std::string MakeUpdating(Updating updating, const std::vector<Row>& rows, Scenario& scenario) {
  switch (updating) {
    case Updating::kJoin:
      ExpectTotals(rows, scenario);
      return std::string(kJoined);
    case Updating::kRank:
      ExpectRanks(rows, scenario);
      return std::string(kRanked);
    case Updating::kRankOfUpdates:
      ExpectRanksOfUpdates(rows, scenario);
      return std::string(kRankedUpdates);
  }
  WEIR_UNREACHABLE();
}

}  // namespace

Scenario MakeScenario(uint64_t seed, const std::string& directory, bool plain) {
  Random random(seed);
  Scenario scenario;
  scenario.seed = seed;
  scenario.settings = Settings(random);
  scenario.tables = fmt::format(fmt::runtime(kTables), directory);
  const auto timed = static_cast<Timed>(random.Below(plain ? 2 : 3));
  const auto updating = static_cast<Updating>(random.Below(plain ? 1 : 3));
  const std::vector<std::vector<Row>> files = MakeRows(random);
  for (const auto& rows : files) {
    std::string& text = scenario.inputs.emplace_back();
    for (const Row& row : rows)
      text += fmt::format("{},{},{}\n", row.key, row.value, Time(row.second));
  }
  for (uint64_t failures = random.Below(4); failures > 0; --failures)
    scenario.lives.push_back({FailsAt(random), MakeActs(random)});
  scenario.lives.push_back({0, MakeActs(random)});
  if (plain) {
    scenario.settings += kPlain;
    for (PlannedLife& life : scenario.lives) life.acts.clear();
  }
  const std::vector<Row> rows = InOrder(files);
  const std::string windows = MakeTimed(timed, rows, scenario);
  scenario.job = fmt::format(fmt::runtime(kJob), windows, MakeUpdating(updating, rows, scenario));
  return scenario;
}

}  // namespace weir::simulation
