// ORDER BY a time attribute: single rows; random ones, cut at random, against a model of Flink's
// operator (RowTimeSortOperator, after every row a watermark); and several partitions at any pace.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <random>
#include <tuple>

#include "tests/seed.h"
#include "tests/unit/runtime/operators/keyed_harness.h"

namespace weir::operators {
namespace {

using graph::TemporalSortSpec;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

const Schema kTimeSortInput{
    {{"k", Type::Int()}, {"s", Type::String()}, {"ts", Type::Timestamp(3).WithNullable(false)}}};
constexpr int kSortTime = 2;

TemporalSortSpec ByTime(std::vector<graph::SortKey> further) {
  TemporalSortSpec spec;
  spec.keys = {{kSortTime}};
  spec.keys.insert(spec.keys.end(), further.begin(), further.end());
  spec.time_column = kSortTime;
  return spec;
}

struct SortRun : KeyedHarness {
  explicit SortRun(const TemporalSortSpec& spec, KeyedHarnessOptions options = {})
      : KeyedHarness(spec, {kTimeSortInput, kTimeSortInput, {}}, options) {}
};

struct SortRow {
  int k = 0;
  std::string s;
  int64_t time = 0;

  std::string Text() const {
    char text[40];
    std::snprintf(text, sizeof(text), "1970-01-01 00:00:%02d.%03d", static_cast<int>(time / 1000),
                  static_cast<int>(time % 1000));
    return std::to_string(k) + ", " + s + ", " + text;
  }
};

std::string SortLine(const SortRow& row) {
  return "+I[" + row.Text() + "]";
}

std::string SortText(const std::vector<SortRow>& rows) {
  std::string text;
  for (const SortRow& row : rows) text += (text.empty() ? "" : "\n") + row.Text();
  return text;
}

// The rows as one partition has them, `delay` behind the greatest of which its watermark is.
Batch MarkedRows(const std::vector<SortRow>& rows, int64_t delay, int64_t& watermark) {
  return MarkLate(ParseBatch(SortText(rows), kTimeSortInput).value(), kSortTime, delay, watermark);
}

TEST(TemporalSortTest, RowsWaitForTheWatermark) {
  SortRun run(ByTime({}));
  run.Feed(SortText({{1, "a", 20}, {2, "b", 15}, {3, "c", 20}, {4, "d", 30}}));
  EXPECT_THAT(run.out.TakeLines(), IsEmpty());
  run.Watermark(20);
  EXPECT_THAT(run.out.TakeLines(), ElementsAre(SortLine({2, "b", 15}), SortLine({1, "a", 20}),
                                               SortLine({3, "c", 20}), WatermarkLine(20)));
  run.End();
  EXPECT_THAT(run.out.TakeLines(),
              ElementsAre(SortLine({4, "d", 30}), WatermarkLine(Timestamp::Max().millis)));
}

TEST(TemporalSortTest, FurtherKeysDecideWithinOneTime) {
  SortRun run(ByTime({{1, true, false}, {0}}));
  run.Feed(SortText({{1, "a", 20}, {4, "b", 20}, {3, "b", 20}, {5, "NULL", 20}, {6, "a", 19}}));
  run.Watermark(25);
  EXPECT_THAT(run.out.TakeLines(),
              ElementsAre(SortLine({6, "a", 19}), SortLine({3, "b", 20}), SortLine({4, "b", 20}),
                          SortLine({1, "a", 20}), SortLine({5, "NULL", 20}), WatermarkLine(25)));
}

TEST(TemporalSortTest, ARowBehindTheWatermarkLeavesWhereNothingAfterItHasLeft) {
  SortRun run(ByTime({}));
  run.Feed(SortText({{1, "a", 10}}));
  run.Watermark(20);
  EXPECT_THAT(run.out.TakeLines(), ElementsAre(SortLine({1, "a", 10}), WatermarkLine(20)));
  run.Feed(SortText({{2, "behind", 15}, {3, "gone", 10}, {4, "behind", 12}, {5, "in time", 21}}));
  EXPECT_EQ(run.metrics.late_rows, 1U);
  run.Watermark(20);  // no other than before
  EXPECT_THAT(run.out.TakeLines(), ElementsAre(WatermarkLine(20)));
  run.Watermark(21);
  EXPECT_THAT(run.out.TakeLines(),
              ElementsAre(SortLine({4, "behind", 12}), SortLine({2, "behind", 15}),
                          SortLine({5, "in time", 21}), WatermarkLine(21)));
  run.Feed(SortText({{6, "gone", 21}}));
  EXPECT_EQ(run.metrics.late_rows, 2U);
}

// The row is behind the watermark of its own partition, which another one holds up.
TEST(TemporalSortTest, ALateRowIsJudgedByItsOwnPartition) {
  SortRun run(ByTime({}));
  int64_t watermark = INT64_MIN;
  run.Feed(MarkedRows({{1, "a", 30}, {2, "late", 30}, {3, "b", 40}}, 0, watermark));
  run.Feed(SortText({{4, "other", 20}}));
  run.Watermark(20);
  EXPECT_THAT(run.out.TakeLines(), ElementsAre(SortLine({4, "other", 20}), WatermarkLine(20)));
  EXPECT_EQ(run.metrics.late_rows, 0U);
  run.Watermark(35);
  EXPECT_THAT(run.out.TakeLines(), ElementsAre(SortLine({1, "a", 30}), WatermarkLine(35)));
  EXPECT_EQ(run.metrics.late_rows, 1U);
}

TEST(TemporalSortTest, ARestartForgetsNeitherRowsNorHowFarTheyHaveLeft) {
  for (const bool rocksdb : {false, true}) {
    SortRun run(ByTime({}), {.rocksdb = rocksdb});
    run.Feed(SortText({{1, "a", 10}, {2, "b", 30}}));
    run.Watermark(20);
    run.Feed(SortText({{3, "behind", 15}}));
    run.out.TakeLines();
    run.Restart(1);
    run.Feed(SortText({{4, "gone", 10}, {5, "c", 25}, {6, "b", 30}}));
    EXPECT_EQ(run.metrics.late_rows, 1U);
    run.Watermark(30);
    EXPECT_THAT(run.out.TakeLines(),
                ElementsAre(SortLine({3, "behind", 15}), SortLine({5, "c", 25}),
                            SortLine({2, "b", 30}), SortLine({6, "b", 30}), WatermarkLine(30)));
  }
}

// --- by the clock --------------------------------------------------------------------------------

TemporalSortSpec ByClock(std::vector<graph::SortKey> keys) {
  TemporalSortSpec spec;
  spec.keys = std::move(keys);
  return spec;
}

TEST(TemporalSortTest, ByTheClockAloneRowsPass) {
  SortRun run(ByClock({{kSortTime}}));
  run.Feed(SortText({{2, "b", 20}, {1, "a", 10}}));
  EXPECT_THAT(run.out.TakeLines(), ElementsAre(SortLine({2, "b", 20}), SortLine({1, "a", 10})));
}

TEST(TemporalSortTest, ByTheClockRowsOfOneInstantAreSorted) {
  SortRun run(ByClock({{kSortTime}, {1}}));
  run.AdvanceClock(1000);
  run.Feed(SortText({{1, "b", 5}, {2, "c", 5}}));
  run.Feed(SortText({{3, "a", 5}}));
  EXPECT_THAT(run.out.TakeLines(), IsEmpty());
  run.Watermark(7);
  run.Watermark(8);
  EXPECT_THAT(run.out.TakeLines(), IsEmpty());  // they wait for the rows in front of them
  run.AdvanceClock(1001);
  EXPECT_THAT(run.out.TakeLines(), ElementsAre(SortLine({3, "a", 5}), SortLine({1, "b", 5}),
                                               SortLine({2, "c", 5}), WatermarkLine(8)));
  run.Watermark(9);
  EXPECT_THAT(run.out.TakeLines(), ElementsAre(WatermarkLine(9)));
  run.Feed(SortText({{4, "z", 6}}));
  run.AdvanceClock(1002);
  run.Feed(SortText({{5, "a", 6}}));
  EXPECT_THAT(run.out.TakeLines(), ElementsAre(SortLine({4, "z", 6})));
  run.End();
  EXPECT_THAT(run.out.TakeLines(),
              ElementsAre(SortLine({5, "a", 6}), WatermarkLine(Timestamp::Max().millis)));
}

TEST(TemporalSortTest, ByTheClockRowsOfBeforeTheStartComeFirst) {
  SortRun run(ByClock({{kSortTime}, {1}}));
  run.AdvanceClock(1000);
  run.Feed(SortText({{1, "z", 5}}));
  run.Restart(1);
  run.Feed(SortText({{2, "a", 5}}));
  EXPECT_THAT(run.out.TakeLines(), ElementsAre(SortLine({1, "z", 5})));
  run.AdvanceClock(1001);
  EXPECT_THAT(run.out.TakeLines(), ElementsAre(SortLine({2, "a", 5})));
}

TEST(TemporalSortTest, WithoutFurtherKeysNothingWaitsBehindARestart) {
  SortRun run(ByClock({{kSortTime}, {1}}));
  run.AdvanceClock(1000);
  run.Feed(SortText({{1, "z", 5}}));
  run.RestartAs(ByClock({{kSortTime}}));
  run.Feed(SortText({{2, "a", 5}}));
  EXPECT_THAT(run.out.TakeLines(), ElementsAre(SortLine({1, "z", 5}), SortLine({2, "a", 5})));
}

// --- random rows ---------------------------------------------------------------------------------

// Flink's operator: one partition, a watermark after every row.
class FlinkSort {
 public:
  explicit FlinkSort(int64_t delay) : delay_(delay) {}

  void Add(const SortRow& row) {
    if (row.time > last_) {
      waiting_[row.time].push_back(row);
    } else {
      ++late;
    }
    Advance(row.time - delay_);
  }
  void Advance(int64_t watermark) {
    if (watermark <= watermark_) return;
    watermark_ = watermark;
    while (!waiting_.empty() && waiting_.begin()->first <= watermark) {
      std::vector<SortRow> rows = std::move(waiting_.begin()->second);
      last_ = waiting_.begin()->first;
      waiting_.erase(waiting_.begin());
      std::ranges::stable_sort(rows, {}, &SortRow::s);
      for (const SortRow& row : rows) lines.push_back(SortLine(row));
    }
  }

  std::vector<std::string> lines;
  uint64_t late = 0;

 private:
  const int64_t delay_;
  std::map<int64_t, std::vector<SortRow>> waiting_;
  int64_t watermark_ = INT64_MIN;
  int64_t last_ = INT64_MIN;
};

// Rows whose times go on slowly and spread far, so that many are late.
class RandomSortRows {
 public:
  explicit RandomSortRows(uint32_t seed) : random_(SeedOf(seed)) {}

  int Below(int limit) { return static_cast<int>(random_() % static_cast<uint32_t>(limit)); }
  SortRow Next() {
    now_ += Below(4);
    const std::string s = Below(2) == 0 ? "x" + std::to_string(Below(3))
                                        : "longer than twelve bytes " + std::to_string(Below(3));
    return {next_++, s, std::max<int64_t>(0, now_ - Below(Below(4) == 0 ? 80 : 12))};
  }
  std::vector<SortRow> Some(int most) {
    std::vector<SortRow> rows;
    for (int i = Below(most); i >= 0; --i) rows.push_back(Next());
    return rows;
  }

 private:
  std::mt19937 random_;
  int64_t now_ = 100;
  int next_ = 0;
};

std::vector<std::string> RowsOf(std::vector<std::string> lines) {
  std::erase_if(lines, [](const std::string& line) { return line.starts_with("watermark"); });
  return lines;
}

void RunRandom(uint32_t seed, int64_t delay, KeyedHarnessOptions options) {
  RandomSortRows random(seed);
  options.batch_rows = static_cast<uint32_t>(1 + random.Below(5));
  SortRun run(ByTime({{1}}), options);
  FlinkSort flink(delay);
  int64_t watermark = INT64_MIN;
  std::vector<std::string> lines;
  uint64_t late = 0;
  for (int step = 0; step < 120; ++step) {
    const std::vector<SortRow> rows = random.Some(9);
    for (const SortRow& row : rows) flink.Add(row);
    run.Feed(MarkedRows(rows, delay, watermark));
    if (random.Below(3) > 0) run.Watermark(watermark);
    const std::vector<std::string> some = RowsOf(run.out.TakeLines());
    lines.insert(lines.end(), some.begin(), some.end());
    if (random.Below(30) == 0) run.Restart(1);
  }
  flink.Advance(INT64_MAX);
  run.End();
  const std::vector<std::string> rest = RowsOf(run.out.TakeLines());
  lines.insert(lines.end(), rest.begin(), rest.end());
  late = run.metrics.late_rows;
  EXPECT_EQ(lines, flink.lines);
  EXPECT_EQ(late, flink.late);
  EXPECT_GT(late, 0U);
}

TEST(TemporalSortTest, RandomRowsComeAsInFlink) {
  for (uint32_t seed = 1; seed <= 12; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    KeyedHarnessOptions options{.rocksdb = seed % 2 == 0};
    if (seed % 4 == 0) options.memory_limit = 1 << 10;
    RunRandom(seed, seed % 3 == 0 ? 0 : 15, options);
  }
}

// What each of several partitions has, and how far it was read.
struct Partition {
  std::vector<SortRow> rows;
  size_t next = 0;
  int64_t watermark = INT64_MIN;
};

// The rows that come out where partitions are read at a random pace.
std::vector<std::string> ReadAtRandom(std::vector<Partition> partitions, uint32_t seed) {
  RandomSortRows random(seed);
  SortRun run(ByTime({{0}}));
  const auto has_more = [](const Partition& one) { return one.next < one.rows.size(); };
  while (std::ranges::any_of(partitions, has_more)) {
    Partition& one = partitions[static_cast<size_t>(random.Below(3))];
    if (!has_more(one)) continue;
    const size_t end =
        std::min(one.rows.size(), one.next + 1 + static_cast<size_t>(random.Below(30)));
    run.Feed(MarkedRows({one.rows.begin() + static_cast<int64_t>(one.next),
                         one.rows.begin() + static_cast<int64_t>(end)},
                        10, one.watermark));
    one.next = end;
    if (!has_more(one)) one.watermark = Timestamp::Max().millis - 1;
    int64_t least = INT64_MAX;
    for (const Partition& each : partitions) least = std::min(least, each.watermark);
    if (least != INT64_MIN) run.Watermark(least);
  }
  run.End();
  return RowsOf(run.out.TakeLines());
}

TEST(TemporalSortTest, ThePaceOfPartitionsDoesNotShow) {
  for (uint32_t seed = 1; seed <= 8; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    std::vector<Partition> partitions(3);
    size_t count = 0;
    for (uint32_t i = 0; i < 3; ++i) {
      RandomSortRows random(seed * 10 + i);
      for (int row = 0; row < 200; ++row) {
        partitions[i].rows.push_back(random.Next());
        partitions[i].rows.back().k += 1000 * static_cast<int>(i);
      }
      count += 200;
    }
    const std::vector<std::string> lines = ReadAtRandom(partitions, 1);
    EXPECT_LT(lines.size(), count);
    for (uint32_t pace = 2; pace <= 5; ++pace) EXPECT_EQ(ReadAtRandom(partitions, pace), lines);
  }
}

}  // namespace
}  // namespace weir::operators
