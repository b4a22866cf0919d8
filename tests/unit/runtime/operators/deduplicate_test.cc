// Deduplication: single changes, and random rows, cut at random, with restores in between, against
// a model that looks at one row at a time. On both backends.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <random>
#include <set>

#include "tests/seed.h"
#include "tests/unit/runtime/operators/keyed_harness.h"

namespace weir::operators {
namespace {

using graph::DeduplicateSpec;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

const Schema kDedupInput{
    {{"k", Type::Int()}, {"s", Type::String()}, {"ts", Type::Timestamp(3).WithNullable(false)}}};

DeduplicateSpec DeduplicateOf(bool keep_last, bool by_event_time) {
  DeduplicateSpec spec;
  spec.keys = {0};
  spec.keep_last = keep_last;
  spec.time_column = by_event_time ? 2 : -1;
  return spec;
}

struct DedupRun : KeyedHarness {
  explicit DedupRun(const DeduplicateSpec& spec, KeyedHarnessOptions options = {})
      : KeyedHarness(spec, {kDedupInput, kDedupInput, spec.keys}, options) {}
};

std::string DedupRow(const std::string& k, const std::string& s, int64_t millis) {
  return k + ", " + s + ", " + TimeText(millis);
}

TEST(DeduplicateTest, FirstByArrivalComesAtOnce) {
  DedupRun run(DeduplicateOf(false, false));
  run.Feed(DedupRow("1", "a", 5) + "\n" + DedupRow("1", "b", 1) + "\n" + DedupRow("NULL", "c", 1));
  EXPECT_THAT(run.out.TakeLines(), ElementsAre("+I[" + DedupRow("1", "a", 5) + "]",
                                               "+I[" + DedupRow("NULL", "c", 1) + "]"));
  run.Feed(DedupRow("NULL", "d", 7));
  EXPECT_THAT(run.out.TakeLines(), IsEmpty());
}

TEST(DeduplicateTest, LastByArrivalIsUpdatedUnlessEqual) {
  DedupRun run(DeduplicateOf(true, false));
  run.Feed(DedupRow("1", "a", 5));
  run.Feed(DedupRow("1", "a", 5));
  run.Feed(DedupRow("1", "b", 1));
  EXPECT_THAT(run.out.TakeLines(),
              ElementsAre("+I[" + DedupRow("1", "a", 5) + "]", "-U[" + DedupRow("1", "a", 5) + "]",
                          "+U[" + DedupRow("1", "b", 1) + "]"));
}

TEST(DeduplicateTest, LastByTimeTakesRowsThatAreNotOlder) {
  DedupRun run(DeduplicateOf(true, true));
  run.Feed(DedupRow("1", "a", 5) + "\n" + DedupRow("1", "b", 4));
  EXPECT_THAT(run.out.TakeLines(), ElementsAre("+I[" + DedupRow("1", "a", 5) + "]"));
  run.Feed(DedupRow("1", "c", 4));
  EXPECT_THAT(run.out.TakeLines(), IsEmpty());
  run.Feed(DedupRow("1", "d", 5));
  EXPECT_THAT(run.out.TakeLines(), ElementsAre("-U[" + DedupRow("1", "a", 5) + "]",
                                               "+U[" + DedupRow("1", "d", 5) + "]"));
}

TEST(DeduplicateTest, NoOldRowsWhereNobodyNeedsThem) {
  DeduplicateSpec spec = DeduplicateOf(true, true);
  spec.emit_update_before = false;
  DedupRun run(spec);
  run.Feed(DedupRow("1", "a", 5));
  run.Feed(DedupRow("1", "b", 6));
  EXPECT_THAT(run.out.TakeLines(), ElementsAre("+I[" + DedupRow("1", "a", 5) + "]",
                                               "+U[" + DedupRow("1", "b", 6) + "]"));
}

TEST(DeduplicateTest, FirstByTimeWaitsForTheWatermark) {
  DedupRun run(DeduplicateOf(false, true));
  run.Feed(DedupRow("1", "a", 20) + "\n" + DedupRow("2", "b", 15));
  run.Feed(DedupRow("1", "c", 10) + "\n" + DedupRow("1", "d", 10));
  run.Watermark(9);
  EXPECT_THAT(run.out.TakeLines(), ElementsAre("watermark 9"));
  run.Watermark(15);
  EXPECT_THAT(run.out.TakeLines(),
              ElementsAre("+I[" + DedupRow("1", "c", 10) + "]",
                          "+I[" + DedupRow("2", "b", 15) + "]", "watermark 15"));
  run.Feed(DedupRow("1", "e", 30) + "\n" + DedupRow("3", "late", 14) + "\n" +
           DedupRow("3", "f", 16));
  EXPECT_EQ(run.metrics.late_rows, 1U);
  run.End();
  EXPECT_THAT(run.out.TakeLines(),
              ElementsAre("+I[" + DedupRow("3", "f", 16) + "]",
                          "watermark " + std::to_string(Timestamp::Max().millis)));
}

// However many of one second are due at once. Half of them are of one millisecond, and they are
// taken some thousand at a time.
TEST(DeduplicateTest, ManyFirstRowsComeInTheOrderOfTheirTimes) {
  constexpr int kRows = 40'000;
  DedupRun run(DeduplicateOf(false, true));
  std::string text;
  for (int k = 0; k < kRows; ++k) {
    text += DedupRow(std::to_string(k), "s", k % 2 == 0 ? 500 : k * 7919 % 1000) + "\n";
  }
  run.Feed(text);
  run.Watermark(1000);
  std::vector<std::string> times;
  for (const std::string& line : run.out.lines()) {
    if (line.starts_with("+I")) times.push_back(line.substr(line.rfind(' ')));
  }
  EXPECT_EQ(times.size(), size_t{kRows});
  EXPECT_TRUE(std::is_sorted(times.begin(), times.end()));
}

// One row at a time.
class DedupModel {
 public:
  explicit DedupModel(const DeduplicateSpec& spec) : spec_(spec) {}

  void Add(const std::string& k, const std::string& s, int64_t time) {
    const auto kept = rows_.find(k);
    const bool by_time = spec_.time_column >= 0;
    if (!spec_.keep_last && by_time) {
      if (time < watermark_ || sent_.count(k) != 0) return;
      if (kept == rows_.end() || time < kept->second.second) rows_[k] = {s, time};
      return;
    }
    if (kept == rows_.end()) {
      rows_[k] = {s, time};
    } else if (spec_.keep_last && (!by_time || time >= kept->second.second)) {
      kept->second = {s, time};
    }
  }
  void Watermark(int64_t millis) {
    watermark_ = std::max(watermark_, millis);
    if (spec_.keep_last || spec_.time_column < 0) return;
    for (const auto& [k, row] : rows_) {
      if (row.second <= watermark_) sent_.insert(k);
    }
  }
  std::map<std::string, int> Table() const {
    const bool waits = !spec_.keep_last && spec_.time_column >= 0;
    std::map<std::string, int> table;
    for (const auto& [k, row] : rows_) {
      if (!waits || sent_.count(k) != 0) ++table["[" + DedupRow(k, row.first, row.second) + "]"];
    }
    return table;
  }

 private:
  DeduplicateSpec spec_;
  std::map<std::string, std::pair<std::string, int64_t>> rows_;
  std::set<std::string> sent_;
  int64_t watermark_ = INT64_MIN;
};

void RunRandom(const DeduplicateSpec& spec, uint32_t seed, KeyedHarnessOptions options) {
  std::mt19937 random(SeedOf(seed));
  const auto below = [&](int limit) {
    return static_cast<int>(random() % static_cast<uint32_t>(limit));
  };
  options.batch_rows = static_cast<uint32_t>(1 + below(5));
  DedupRun run(spec, options);
  DedupModel model(spec);
  int64_t now = 100;
  for (int step = 0; step < 50; ++step) {
    std::string text;
    for (int i = below(7); i >= 0; --i) {
      const std::string k = below(12) == 0 ? "NULL" : std::to_string(below(9));
      const std::string s = below(2) == 0 ? "x" + std::to_string(below(3))
                                          : "longer than twelve bytes " + std::to_string(below(3));
      const int64_t time = std::max(0, static_cast<int>(now) - below(60));
      model.Add(k, s, time);
      text += (text.empty() ? "" : "\n") + DedupRow(k, s, time);
    }
    run.Feed(text);
    now += below(12);
    if (below(3) == 0) {
      run.Watermark(now - 40);
      model.Watermark(now - 40);
    }
    ASSERT_EQ(run.out.table(), model.Table()) << "step " << step;
    if (below(10) == 0) run.Restart(static_cast<uint32_t>(1 + below(3)));
  }
  EXPECT_EQ(run.out.violations(), 0);
}

TEST(DeduplicateTest, RandomRows) {
  for (const bool keep_last : {false, true}) {
    for (const bool by_time : {false, true}) {
      for (uint32_t seed = 1; seed <= 4; ++seed) {
        SCOPED_TRACE("keep last " + std::to_string(keep_last) + ", by time " +
                     std::to_string(by_time) + ", seed " + std::to_string(seed));
        KeyedHarnessOptions options{.parallelism = 1 + seed % 3};
        if (seed % 2 == 0) options.rocksdb = true;
        if (seed % 4 == 0) options.memory_limit = 1 << 10;
        RunRandom(DeduplicateOf(keep_last, by_time), seed, options);
        if (testing::Test::HasFatalFailure()) return;
      }
    }
  }
}

}  // namespace
}  // namespace weir::operators
