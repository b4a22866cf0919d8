// UpsertCompact: single conflicts and what comes of them, and random changelogs, cut at random,
// with restores in between, against a model of Flink's WatermarkCompactingSinkMaterializer that
// keeps lists of texts. On both backends.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <random>

#include "tests/seed.h"
#include "tests/unit/runtime/operators/keyed_harness.h"
#include "tests/unit/runtime/operators/timed_rows.h"

namespace weir::operators {
namespace {

using graph::Conflict;
using graph::UpsertCompactSpec;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

// The sink's primary key is `pk`; `id` identifies a row of the query.
const Schema kCompactInput{{{"pk", Type::Int()}, {"id", Type::Int()}, {"s", Type::String()}}};

struct CompactRun : KeyedHarness {
  explicit CompactRun(const UpsertCompactSpec& spec, KeyedHarnessOptions options = {})
      : KeyedHarness(spec, {kCompactInput, kCompactInput, spec.keys}, options) {}

  // Rows that come behind the watermark of `second`.
  void FeedAt(int second, const std::string& rows) { Feed(Marked(rows, kCompactInput, second)); }
  std::vector<std::string> LinesAt(int64_t watermark) {
    Watermark(watermark);
    std::vector<std::string> lines = out.TakeLines();
    std::erase_if(lines, [](const std::string& line) { return line.starts_with("watermark"); });
    return lines;
  }
};

UpsertCompactSpec ById(Conflict conflict) {
  return {{0}, {1}, false, conflict, 0};
}
UpsertCompactSpec ByRow(Conflict conflict) {
  return {{0}, {}, false, conflict, 0};
}

TEST(UpsertCompactTest, BothHalvesOfAnUpdateMeetAtTheWatermark) {
  for (const UpsertCompactSpec& spec : {ById(Conflict::kError), ByRow(Conflict::kError)}) {
    CompactRun run(spec);
    run.Feed("+I[10, 1, a]");
    EXPECT_THAT(run.out.TakeLines(), IsEmpty());
    EXPECT_THAT(run.LinesAt(1), ElementsAre("+I[10, 1, a]"));
    run.Feed("+U[10, 2, b]\n-U[10, 1, a]");
    EXPECT_THAT(run.LinesAt(2), ElementsAre("+U[10, 2, b]"));
    run.Feed("-D[10, 2, b]");
    EXPECT_THAT(run.LinesAt(3), ElementsAre("-D[10, 2, b]"));
    EXPECT_EQ(run.statistics().rows, 0U);
  }
}

TEST(UpsertCompactTest, MomentsAreApart) {
  CompactRun run(ById(Conflict::kNothing));
  run.FeedAt(1, "+I[10, 1, a]");
  run.FeedAt(2, "-D[10, 1, a]");
  run.FeedAt(1, "+I[20, 3, c]");
  run.FeedAt(3, "+I[10, 2, b]");
  EXPECT_THAT(run.LinesAt(1000), IsEmpty());
  EXPECT_THAT(run.LinesAt(3000), ElementsAre("+I[10, 1, a]", "+I[20, 3, c]", "-D[10, 1, a]"));
  EXPECT_THAT(run.LinesAt(3001), ElementsAre("+I[10, 2, b]"));
}

// A row of a partition that is far ahead is replaced by one of another partition.
TEST(UpsertCompactTest, NoMomentLiesBeforeThoseOfItsKey) {
  for (const bool restarts : {false, true}) {
    CompactRun run(ById(Conflict::kNothing), {.parallelism = 2});
    run.FeedAt(40, "+I[10, 1, a]\n+I[20, 2, c]");
    if (restarts) run.Restart(3);
    run.FeedAt(20, "-U[10, 1, a]\n+U[10, 1, b]\n+I[30, 3, d]");
    EXPECT_THAT(run.LinesAt(21000), ElementsAre("+I[30, 3, d]"));
    EXPECT_THAT(run.LinesAt(41000), testing::UnorderedElementsAre("+I[10, 1, b]", "+I[20, 2, c]"));
  }
}

TEST(UpsertCompactTest, TheFirstOneStays) {
  CompactRun run(ById(Conflict::kNothing));
  run.Feed("+I[10, 1, a]\n+I[10, 2, b]");
  EXPECT_THAT(run.LinesAt(1), ElementsAre("+I[10, 1, a]"));
  run.Feed("+I[10, 3, c]");
  EXPECT_THAT(run.LinesAt(2), IsEmpty());
  run.Feed("-D[10, 1, a]");
  EXPECT_THAT(run.LinesAt(3), ElementsAre("-D[10, 1, a]"));
  // What was passed over is gone, and so is what takes it back.
  run.Feed("-D[10, 2, b]\n-D[10, 3, c]");
  EXPECT_THAT(run.LinesAt(4), IsEmpty());
  EXPECT_EQ(run.statistics().rows, 0U);
}

TEST(UpsertCompactTest, AMomentSurvivesARestartAtAnotherParallelism) {
  for (const bool rocksdb : {false, true}) {
    CompactRun run(ById(Conflict::kError), {.parallelism = 3, .rocksdb = rocksdb});
    run.Feed("+I[10, 1, the first of a long text]");
    EXPECT_THAT(run.LinesAt(5), ElementsAre("+I[10, 1, the first of a long text]"));
    run.Feed("+U[10, 2, b]\n+I[20, 3, c]");
    run.Restart(2);
    run.Feed("-U[10, 1, the first of a long text]");
    EXPECT_THAT(run.LinesAt(6), testing::UnorderedElementsAre("+U[10, 2, b]", "+I[20, 3, c]"));
  }
}

TEST(UpsertCompactTest, EqualRowsConflictWhereNothingTellsThemApart) {
  CompactRun run(ByRow(Conflict::kNothing));
  run.Feed("+I[10, 1, a]\n+I[10, 1, a]");
  EXPECT_THAT(run.LinesAt(1), ElementsAre("+I[10, 1, a]"));
  run.Feed("-D[10, 1, a]");
  EXPECT_THAT(run.LinesAt(2), ElementsAre("-D[10, 1, a]"));
}

TEST(UpsertCompactTest, RowsExpire) {
  UpsertCompactSpec spec = ById(Conflict::kError);
  spec.ttl_millis = 1000;
  CompactRun run(spec);
  run.Feed("+I[10, 1, a]");
  run.LinesAt(1);
  run.AdvanceClock(5000);
  run.Feed("+I[10, 2, b]");
  EXPECT_THAT(run.LinesAt(2), ElementsAre("+I[10, 2, b]"));
}

// A change with the moment that it belongs to.
struct Sent {
  int second;
  std::string line;
};

std::string KeyOf(const std::string& row) {
  return row.substr(0, row.find(','));
}
std::string IdOf(const std::string& row) {
  const size_t first = row.find(',');
  return row.substr(first, row.find(',', first + 1) - first);
}

// What is emitted for the changes of a key, moment by moment.
class CompactModel {
 public:
  explicit CompactModel(bool by_id) : by_id_(by_id) {}

  void Take(const Sent& sent) { waiting_[sent.second].push_back(sent.line); }

  // The halves of a change by a row that came behind the watermark of `second` in its partition,
  // each behind all that its key was sent before.
  void TakeBehind(int second, const std::string& line) {
    int& latest = latest_.try_emplace(KeyOf(line.substr(2)), second).first->second;
    latest = std::max(latest, second);
    Take({latest, line});
  }

  // Applies the moments before `second`.
  void Pass(int second) {
    while (!waiting_.empty() && waiting_.begin()->first < second) {
      std::map<std::string, std::vector<std::string>> keys;
      for (const std::string& line : waiting_.begin()->second)
        keys[KeyOf(line.substr(2))].push_back(line);
      for (const auto& [key, lines] : keys) Decide(key, Net(lines));
      waiting_.erase(waiting_.begin());
    }
  }
  const std::map<std::string, std::string>& table() const { return table_; }

 private:
  static std::vector<std::string> Net(const std::vector<std::string>& lines) {
    std::vector<std::string> net;
    for (const std::string& line : lines) {
      const auto other = std::ranges::find_if(net, [&](const std::string& there) {
        return there[0] != line[0] && there.substr(2) == line.substr(2);
      });
      if (other == net.end()) {
        net.push_back(line);
      } else {
        net.erase(other);
      }
    }
    return net;
  }

  void Decide(const std::string& key, const std::vector<std::string>& net) {
    std::vector<std::string> rows;
    const auto had = table_.find(key);
    if (had != table_.end()) rows.push_back(had->second);
    for (const std::string& line : net) {
      const std::string row = line.substr(2);
      const auto same = std::ranges::find_if(rows, [&](const std::string& other) {
        return by_id_ ? IdOf(other) == IdOf(row) : other == row;
      });
      if (line[0] == '-') {
        if (same != rows.end()) rows.erase(same);
      } else if (by_id_ && same != rows.end()) {
        *same = row;
      } else {
        rows.push_back(row);
      }
    }
    if (rows.empty()) {
      table_.erase(key);
    } else if (rows.size() == 1 || had == table_.end()) {
      table_[key] = rows[0];
    }
  }

  bool by_id_;
  std::map<std::string, int> latest_;  // moment of a key
  std::map<int, std::vector<std::string>> waiting_;
  std::map<std::string, std::string> table_;
};

// Random changes of some rows, each from key to key; a change comes as one line or two.
class Changes {
 public:
  explicit Changes(std::mt19937& random) : random_(random) {}

  int Below(int limit) { return static_cast<int>(random_() % static_cast<uint32_t>(limit)); }

  std::vector<std::string> Next() {
    const int id = Below(9);
    const std::string old = rows_.contains(id) ? rows_[id] : "";
    if (!old.empty() && Below(4) == 0) {
      rows_.erase(id);
      return {"-D" + old};
    }
    const std::string text = Below(2) == 0 ? "x" : "longer than twelve bytes";
    const std::string row = "[" + std::to_string(Below(4)) + ", " + std::to_string(id) + ", " +
                            text + std::to_string(Below(3)) + "]";
    rows_[id] = row;
    if (old.empty()) return {"+I" + row};
    std::vector<std::string> lines = {"-U" + old, "+U" + row};
    if (KeyOf(old) != KeyOf(row) && Below(2) == 0) std::swap(lines[0], lines[1]);
    return lines;
  }

 private:
  std::mt19937& random_;
  std::map<int, std::string> rows_;
};

void UpsertInto(const std::vector<std::string>& lines, std::map<std::string, std::string>& sink) {
  for (const std::string& line : lines) {
    const std::string row = line.substr(2);
    const bool known = sink.contains(KeyOf(row));
    ASSERT_EQ(line.substr(0, 2) == "+I", !known) << line;
    if (line[0] == '+') {
      sink[KeyOf(row)] = row;
    } else {
      ASSERT_EQ(line.substr(0, 2), "-D");
      ASSERT_EQ(sink[KeyOf(row)], row);
      sink.erase(KeyOf(row));
    }
  }
}

// Each change is caused by a row of one of so many partitions, which have times of their own; the
// watermark is behind them all.
void RunRandomly(bool by_id, uint32_t seed, int partitions, KeyedHarnessOptions options) {
  std::mt19937 random(SeedOf(seed));
  Changes changes(random);
  options.batch_rows = static_cast<uint32_t>(1 + changes.Below(5));
  CompactRun run(by_id ? ById(Conflict::kNothing) : ByRow(Conflict::kNothing), options);
  CompactModel model(by_id);
  std::map<std::string, std::string> sink;
  std::vector<int> times(static_cast<size_t>(partitions));
  int passed = 0;
  for (int step = 0; step < 80; ++step) {
    for (int i = changes.Below(5); i >= 0; --i) {
      int& now = times[static_cast<size_t>(changes.Below(partitions))];
      std::string text;
      for (const std::string& line : changes.Next()) {
        text += (text.empty() ? "" : "\n") + line;
        model.TakeBehind(now, line);
      }
      run.FeedAt(now, text);
      now += changes.Below(2 + partitions);
    }
    if (changes.Below(2) == 0) {
      passed = std::max(passed, *std::ranges::min_element(times) - changes.Below(4));
      model.Pass(passed);
      UpsertInto(run.LinesAt(int64_t{passed} * 1000), sink);
      ASSERT_EQ(sink, model.table()) << "step " << step;
    }
    if (changes.Below(10) == 0) run.Restart(static_cast<uint32_t>(1 + changes.Below(3)));
  }
}

TEST(UpsertCompactTest, RandomChanges) {
  for (const bool by_id : {true, false}) {
    for (uint32_t seed = 1; seed <= 12; ++seed) {
      const int partitions = seed % 3 == 0 ? 1 : static_cast<int>(seed % 3) + 1;
      SCOPED_TRACE("by id " + std::to_string(by_id) + ", seed " + std::to_string(seed));
      KeyedHarnessOptions options{.parallelism = 1 + seed % 3};
      if (seed % 2 == 0) options.rocksdb = true;
      if (seed % 4 == 0) options.memory_limit = 1 << 10;
      RunRandomly(by_id, seed, partitions, options);
      if (testing::Test::HasFatalFailure()) return;
    }
  }
}

// So many that they are found by their hashes, some of which are equal.
TEST(UpsertCompactTest, ManyRowsOfOneMoment) {
  CompactRun run(ById(Conflict::kNothing));
  const auto row = [](int id) { return "[10, " + std::to_string(id) + ", a]"; };
  std::string text = "+I" + row(150);
  for (int id = 0; id < 200; ++id) text += "\n+I" + row(id) + "\n+I" + row(id);
  for (int id = 0; id < 200; ++id) text += "\n-D" + row(id) + "\n-D" + row(id);
  run.Feed(text);
  EXPECT_THAT(run.LinesAt(1), ElementsAre("+I" + row(150)));
}

}  // namespace
}  // namespace weir::operators
