// Interval joins: bounds, rows without a match, late rows, state that goes with the watermark, and
// random streams against nested loops.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <limits>
#include <random>

#include "runtime/expr/binding.h"
#include "tests/seed.h"
#include "tests/unit/runtime/operators/join_harness.h"
#include "tests/unit/runtime/operators/timed_rows.h"

namespace weir::operators {
namespace {

using graph::JoinType;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::UnorderedElementsAre;

// left.t in [right.t + lower, right.t + upper] seconds.
graph::IntervalJoinSpec IntervalJoinOf(JoinType type, int lower, int upper) {
  graph::IntervalJoinSpec spec;
  spec.shape.type = type;
  spec.shape.left = {kTimedLeft, {1}, {}, false, 0};
  spec.shape.right = {kTimedRight, {1}, {}, false, 0};
  spec.shape.null_safe = {0};
  spec.left_time = 2;
  spec.right_time = 0;
  spec.lower_millis = int64_t{1000} * lower;
  spec.upper_millis = int64_t{1000} * upper;
  return spec;
}

std::string LeftRow(int id, int k, int second) {
  return std::to_string(id) + ", " + std::to_string(k) + ", " + At(second) + "\n";
}
std::string RightRow(int n, int k, int second) {
  return At(second) + ", " + std::to_string(k) + ", " + std::to_string(n) + "\n";
}

TEST(IntervalJoinTest, BoundsAreInclusive) {
  JoinHarness run(IntervalJoinOf(JoinType::kInner, -2, 1));
  run.Feed(0, LeftRow(1, 5, 10));
  run.Feed(1, RightRow(70, 5, 8) + RightRow(71, 5, 9) + RightRow(72, 5, 12) + RightRow(73, 5, 13));
  EXPECT_THAT(run.out.TakeLines(),
              ElementsAre("+I" + Pair(1, 5, 10, 9, 71), "+I" + Pair(1, 5, 10, 12, 72)));
}

TEST(IntervalJoinTest, RowsWithoutAMatchComeWhenNoneCanFollow) {
  JoinHarness run(IntervalJoinOf(JoinType::kFull, 0, 5));
  run.Feed(0, LeftRow(1, 5, 10));
  run.Feed(1, RightRow(70, 6, 10));
  run.Watermark(10'000);
  EXPECT_THAT(run.out.Rows(), IsEmpty());
  // The left row matches right ones of 5 to 10 only; the right one left ones of 10 to 15.
  run.Watermark(12'500);
  EXPECT_EQ(run.out.Rows().size(), 1U);
  run.Watermark(17'000);
  EXPECT_EQ(run.out.Rows().size(), 2U);
  EXPECT_EQ(run.statistics().rows, 0U);
}

TEST(IntervalJoinTest, WatermarksWaitForRowsThatMayLeave) {
  JoinHarness run(IntervalJoinOf(JoinType::kLeft, -3, 1));
  run.Watermark(100'000);
  // Three seconds a left row waits for its match, and one until it is looked at.
  EXPECT_THAT(run.out.TakeLines(), ElementsAre("watermark 96000"));
  run.Watermark(Timestamp::Max().millis);
  EXPECT_THAT(run.out.TakeLines(),
              ElementsAre("watermark " + std::to_string(Timestamp::Max().millis)));
}

TEST(IntervalJoinTest, NullKeysMatchNothing) {
  JoinHarness run(IntervalJoinOf(JoinType::kFull, -2, 2));
  run.Feed(0, "1, NULL, " + At(10));
  run.Feed(1, At(10) + ", NULL, 70");
  EXPECT_THAT(run.out.Rows(),
              UnorderedElementsAre("[1, NULL, " + At3(10) + ", NULL, NULL, NULL]",
                                   "[NULL, NULL, NULL, " + At3(10) + ", NULL, 70]"));
}

TEST(IntervalJoinTest, LateRowsMeetWhatIsNotOver) {
  JoinHarness run(IntervalJoinOf(JoinType::kLeft, -5, 5));
  run.Feed(1, RightRow(70, 5, 8) + RightRow(71, 5, 20));
  run.Watermark(20'000);
  // 20 is the watermark: what is at 15 and later is not over.
  run.Feed(0, Marked(LeftRow(1, 5, 16), kTimedLeft, 20));
  EXPECT_THAT(run.out.TakeLines(), ElementsAre("watermark 12500", "+I" + Pair(1, 5, 16, 20, 71)));
  run.Feed(0, Marked(LeftRow(2, 5, 3), kTimedLeft, 20));
  EXPECT_THAT(run.out.TakeLines(), ElementsAre("+I[2, 5, " + At3(3) + ", NULL, NULL, NULL]"));
  EXPECT_EQ(run.metrics.late_rows, 1U);
}

// Rows whose time for matches is over by the watermark of their own partition, as the operator's
// may be far behind; not those that meet a row which is left, nor those without a key.
TEST(IntervalJoinTest, LateRowsAreCounted) {
  for (const JoinType type : {JoinType::kInner, JoinType::kLeft, JoinType::kFull}) {
    JoinHarness run(IntervalJoinOf(type, -5, 5));
    run.Feed(1, RightRow(70, 5, 18));
    run.Feed(0, LeftRow(1, 5, 3));
    EXPECT_EQ(run.metrics.late_rows, 0U) << "no watermark has passed it";
    run.Feed(0, Marked(LeftRow(2, 5, 3) + LeftRow(3, 5, 14) + LeftRow(4, 5, 15), kTimedLeft, 20));
    EXPECT_EQ(run.metrics.late_rows, 1U) << "14 meets 18, and 15 may";
    run.Feed(1, Marked(RightRow(71, 6, 3) + At(3) + ", NULL, 72\n", kTimedRight, 20));
    EXPECT_EQ(run.metrics.late_rows, 2U);
  }
}

TEST(IntervalJoinTest, ABatchIsJudgedByTheWatermarksOfItsRows) {
  JoinHarness run(IntervalJoinOf(JoinType::kInner, -5, 5));
  run.Feed(1, RightRow(70, 5, 8));
  // The operator's watermark has not moved yet; that of the row's partition has.
  run.Feed(0, Marked(LeftRow(1, 5, 10), kTimedLeft, 20));
  EXPECT_THAT(run.out.Rows(), IsEmpty());
}

TEST(IntervalJoinTest, TheOrderOfTheInputsDoesNotShow) {
  for (const bool left_first : {true, false}) {
    JoinHarness run(IntervalJoinOf(JoinType::kFull, -5, 5));
    const Batch left = Marked(LeftRow(1, 5, 17) + LeftRow(2, 5, 14), kTimedLeft, 18);
    const Batch right = Marked(RightRow(70, 5, 12) + RightRow(71, 5, 16), kTimedRight, 18);
    if (left_first) run.Feed(0, left);
    run.Feed(1, right);
    if (!left_first) run.Feed(0, left);
    run.End();
    // 12 had its last match at 17, before either left row came.
    EXPECT_THAT(run.out.Rows(), UnorderedElementsAre(Pair(1, 5, 17, 16, 71), Pair(2, 5, 14, 16, 71),
                                                     "[NULL, NULL, NULL, " + At3(12) + ", 5, 70]"));
  }
}

TEST(IntervalJoinTest, RowsOfANarrowerIntervalAreLookedAtAgain) {
  JoinHarness run(IntervalJoinOf(JoinType::kLeft, -1, 1));
  run.Feed(0, LeftRow(1, 5, 10));
  run.RestartAs(IntervalJoinOf(JoinType::kLeft, -60, 60));
  run.Watermark(40'000);
  EXPECT_THAT(run.out.Rows(), IsEmpty());
  run.Feed(1, RightRow(70, 6, 50));
  run.Watermark(100'000);
  EXPECT_THAT(run.out.Rows(), ElementsAre("[1, 5, " + At3(10) + ", NULL, NULL, NULL]"));
  run.Watermark(200'000);
  EXPECT_EQ(run.statistics().rows, 0U);
}

// The slices of wide intervals are long: a narrow one looks for its matches beyond its own slices.
TEST(IntervalJoinTest, RowsOfAWiderIntervalAreFound) {
  for (const uint32_t parallelism : {1, 2}) {
    JoinHarness run(IntervalJoinOf(JoinType::kFull, -60, 60));
    run.Feed(0, LeftRow(1, 5, 10) + LeftRow(2, 6, 10));
    run.RestartAs(IntervalJoinOf(JoinType::kFull, -1, 1));
    run.Restart(parallelism);
    run.Feed(0, LeftRow(3, 5, 10));
    run.Watermark(10'500);
    run.Feed(1, RightRow(70, 5, 11) + RightRow(71, 5, 12));
    EXPECT_THAT(run.out.Rows(),
                UnorderedElementsAre(Pair(1, 5, 10, 11, 70), Pair(3, 5, 10, 11, 70)));
    run.Watermark(100'000);
    EXPECT_THAT(run.out.Rows(), UnorderedElementsAre(Pair(1, 5, 10, 11, 70), Pair(3, 5, 10, 11, 70),
                                                     "[2, 6, " + At3(10) + ", NULL, NULL, NULL]",
                                                     "[NULL, NULL, NULL, " + At3(12) + ", 5, 71]"));
    EXPECT_EQ(run.out.violations(), 0);
    EXPECT_EQ(run.statistics().rows, 0U);
  }
}

// A batch may span many slices, and meet rows of many.
TEST(IntervalJoinTest, BatchesOfLongStretchesMeetInTheirSlices) {
  JoinHarness run(IntervalJoinOf(JoinType::kInner, -1, 1));
  std::string left;
  std::string right;
  std::vector<std::string> expected;
  for (int i = 0; i < 200; ++i) {
    const int second = i * 37 % 200 * 3;
    left += LeftRow(i, second % 2, second);
    right += RightRow(i, second % 2, second);
    expected.push_back(Pair(i, second % 2, second, second, i));
  }
  run.Feed(0, left);
  run.Feed(1, right);
  EXPECT_THAT(run.out.Rows(), ::testing::UnorderedElementsAreArray(expected));
  run.Watermark(1'000'000);
  EXPECT_EQ(run.statistics().rows, 0U);
}

TEST(IntervalJoinTest, ProcessingTimeGoesByTheClock) {
  graph::IntervalJoinSpec spec = IntervalJoinOf(JoinType::kLeft, -1, 1);
  spec.left_time = spec.right_time = -1;
  JoinHarness run(spec);
  run.AdvanceClock(10'000);
  run.Feed(0, LeftRow(1, 5, 0) + LeftRow(2, 6, 0));
  run.AdvanceClock(11'000);
  run.Feed(1, RightRow(70, 5, 0));
  EXPECT_THAT(run.out.TakeLines(), ElementsAre("+I" + Pair(1, 5, 0, 0, 70)));
  run.AdvanceClock(14'000);
  EXPECT_THAT(run.out.TakeLines(), ElementsAre("+I[2, 6, " + At3(0) + ", NULL, NULL, NULL]"));
  run.Feed(1, RightRow(71, 5, 0));
  EXPECT_THAT(run.out.TakeLines(), IsEmpty());
}

struct IntervalEvent {
  int id;
  int k;
  int second;
  bool matched = false;
};

void RunRandomIntervals(JoinType type, uint64_t seed, bool rocksdb) {
  std::mt19937_64 random(SeedOf(seed));
  const int lower = static_cast<int>(random() % 9) - 6;
  const int upper = lower + static_cast<int>(random() % 8);
  graph::IntervalJoinSpec spec = IntervalJoinOf(type, lower, upper);
  const bool residual = random() % 2 == 0;
  if (residual) {
    spec.shape.residual =
        expr::BindCall(
            "<>", {expr::MakeColumnRef(0, Type::Int()), expr::MakeColumnRef(5, Type::Int())}, {})
            .value();
  }
  JoinHarness run(spec, {.batch_rows = 5, .rocksdb = rocksdb});
  std::vector<IntervalEvent> events[2];
  int now = 100;
  for (int step = 0; step < 80; ++step) {
    const int port = static_cast<int>(random() % 2);
    std::string text;
    for (size_t i = 0; i <= random() % 5; ++i) {
      const IntervalEvent event{static_cast<int>(random() % 5), static_cast<int>(random() % 3),
                                now + static_cast<int>(random() % 10)};
      text += port == 0 ? LeftRow(event.id, event.k, event.second)
                        : RightRow(event.id, event.k, event.second);
      events[port].push_back(event);
    }
    run.Feed(port, text);
    now += static_cast<int>(random() % 3);
    if (random() % 3 == 0) run.Watermark(int64_t{now} * 1000 - 1);
    if (random() % 20 == 0) run.Restart(1 + static_cast<uint32_t>(random() % 3));
  }
  run.End();
  std::vector<std::string> expected;
  for (IntervalEvent& l : events[0]) {
    for (IntervalEvent& r : events[1]) {
      const int difference = l.second - r.second;
      if (l.k != r.k || difference < lower || difference > upper) continue;
      if (residual && l.id == r.id) continue;
      l.matched = r.matched = true;
      expected.push_back(Pair(l.id, l.k, l.second, r.second, r.id));
    }
  }
  for (const IntervalEvent& l : events[0]) {
    if (l.matched || !graph::KeepsLeft(type)) continue;
    expected.push_back("[" + std::to_string(l.id) + ", " + std::to_string(l.k) + ", " +
                       At3(l.second) + ", NULL, NULL, NULL]");
  }
  for (const IntervalEvent& r : events[1]) {
    if (r.matched || !graph::KeepsRight(type)) continue;
    expected.push_back("[NULL, NULL, NULL, " + At3(r.second) + ", " + std::to_string(r.k) + ", " +
                       std::to_string(r.id) + "]");
  }
  std::sort(expected.begin(), expected.end());
  EXPECT_EQ(run.out.violations(), 0);
  EXPECT_EQ(run.out.Rows(), expected);
  EXPECT_EQ(run.statistics().rows, 0U);
}

TEST(IntervalJoinTest, RandomStreamsEqualNestedLoops) {
  uint64_t seed = 1;
  for (const JoinType type :
       {JoinType::kInner, JoinType::kLeft, JoinType::kRight, JoinType::kFull}) {
    for (int round = 0; round < 8; ++round) {
      SCOPED_TRACE(::testing::Message() << graph::JoinTypeName(type) << " seed " << seed);
      RunRandomIntervals(type, seed++, round == 1);
    }
  }
}

// --- Late marks ----------------------------------------------------------------------------------

// A row that waits for a match is as late when it leaves as it was when it came. (Times are those
// of LateRowsMeetWhatIsNotOver: watermarks leave 7.5 s behind.)
TEST(IntervalJoinTest, RowsThatLeaveAloneKeepTheirMarks) {
  for (const bool waits : {true, false}) {
    JoinHarness run(IntervalJoinOf(JoinType::kFull, -5, 5));
    if (!waits) run.Watermark(60'000);
    run.Feed(0, Marked(LeftRow(1, 5, 10), kTimedLeft, 60));
    run.Feed(1, Marked(RightRow(70, 6, 20), kTimedRight, 60));
    EXPECT_EQ(run.out.RowsWithMarks().size(), waits ? 0U : 2U);
    if (waits) run.Restart(2);
    run.Feed(0, LeftRow(2, 5, 70));
    run.End();
    EXPECT_THAT(run.out.RowsWithMarks(),
                UnorderedElementsAre("+I[1, 5, " + At3(10) + ", NULL, NULL, NULL] behind 52500",
                                     "+I[NULL, NULL, NULL, " + At3(20) + ", 6, 70] behind 52500",
                                     "+I[2, 5, " + At3(70) + ", NULL, NULL, NULL]"));
  }
}

struct MarkedEvent {
  int id;
  int k;
  int second;
  int64_t mark;  // of the watermark of its own input; Timestamp::Min() where it is not behind
  bool matched = false;
};

constexpr int64_t kInTime = Timestamp::Min().millis;
constexpr int64_t kWatermarkDelay = 2000;

// One input, whose watermark follows the greatest time. A third of the rows is behind, some of them
// by more than a row may wait.
std::vector<MarkedEvent> RandomMarkedEvents(std::mt19937_64& random) {
  std::vector<MarkedEvent> events;
  int now = 100;
  int64_t watermark = kInTime;
  for (int id = 0; id < 200; ++id) {
    now += static_cast<int>(random() % 2);
    const int second = random() % 3 == 0 ? now - static_cast<int>(random() % 20) : now;
    const int64_t time = int64_t{second} * 1000;
    events.push_back(
        {id, static_cast<int>(random() % 3), second, time <= watermark ? watermark : kInTime});
    watermark = std::max(watermark, time - kWatermarkDelay);
  }
  return events;
}

// Nested loops over the whole inputs: what comes out, and with which marks, whatever the order in
// which they are read.
std::vector<std::string> MarkedResult(const graph::IntervalJoinSpec& spec,
                                      std::vector<MarkedEvent> left,
                                      std::vector<MarkedEvent> right) {
  const int64_t round = std::max<int64_t>(1000, (spec.upper_millis - spec.lower_millis) / 4);
  const int64_t delay = std::max(-spec.lower_millis, spec.upper_millis) + round;
  std::vector<std::string> rows;
  const auto add = [&](const std::string& row, int64_t mark) {
    rows.push_back("+I" + row + (mark == kInTime ? "" : " behind " + std::to_string(mark - delay)));
  };
  for (MarkedEvent& l : left) {
    for (MarkedEvent& r : right) {
      const int64_t difference = (l.second - r.second) * int64_t{1000};
      if (l.k != r.k || difference < spec.lower_millis || difference > spec.upper_millis) continue;
      // Neither had its last match before the watermark that the other came behind.
      if (l.second * int64_t{1000} - spec.lower_millis < r.mark) continue;
      if (r.second * int64_t{1000} + spec.upper_millis < l.mark) continue;
      l.matched = r.matched = true;
      add(Pair(l.id, l.k, l.second, r.second, r.id), std::max(l.mark, r.mark));
    }
  }
  for (const MarkedEvent& l : left) {
    if (l.matched || !graph::KeepsLeft(spec.shape.type)) continue;
    add("[" + std::to_string(l.id) + ", " + std::to_string(l.k) + ", " + At3(l.second) +
            ", NULL, NULL, NULL]",
        l.mark);
  }
  for (const MarkedEvent& r : right) {
    if (r.matched || !graph::KeepsRight(spec.shape.type)) continue;
    add("[NULL, NULL, NULL, " + At3(r.second) + ", " + std::to_string(r.k) + ", " +
            std::to_string(r.id) + "]",
        r.mark);
  }
  std::sort(rows.begin(), rows.end());
  return rows;
}

// Feeds both inputs in turn, `size` rows at a time; the operator's watermark is the smaller one.
class MarkedFeeder {
 public:
  MarkedFeeder(JoinHarness& run, const std::vector<MarkedEvent>& left,
               const std::vector<MarkedEvent>& right)
      : run_(run), events_{&left, &right} {}

  void Feed(int port, size_t begin, size_t size) {
    const std::vector<MarkedEvent>& events = *events_[port];
    std::string text;
    for (size_t i = begin; i < std::min(begin + size, events.size()); ++i) {
      const MarkedEvent& e = events[i];
      text += port == 0 ? LeftRow(e.id, e.k, e.second) : RightRow(e.id, e.k, e.second);
    }
    Batch batch = ParseBatch(text, port == 0 ? kTimedLeft : kTimedRight).value();
    const int time_column = port == 0 ? 2 : 0;
    run_.Feed(port, MarkLate(std::move(batch), time_column, kWatermarkDelay, watermarks_[port]));
    const int64_t watermark = std::min(watermarks_[0], watermarks_[1]);
    if (watermark != kInTime) run_.Watermark(watermark);
  }

 private:
  JoinHarness& run_;
  const std::vector<MarkedEvent>* events_[2];
  int64_t watermarks_[2] = {kInTime, kInTime};
};

void RunMarkedIntervals(JoinType type, uint64_t seed) {
  std::mt19937_64 random(SeedOf(seed));
  const graph::IntervalJoinSpec spec = IntervalJoinOf(type, -3, 2);
  const std::vector<MarkedEvent> left = RandomMarkedEvents(random);
  const std::vector<MarkedEvent> right = RandomMarkedEvents(random);
  const std::vector<std::string> expected = MarkedResult(spec, left, right);
  for (const size_t size : {size_t{1}, size_t{7}, size_t{50}, left.size()}) {
    for (const int first : {0, 1}) {
      SCOPED_TRACE(::testing::Message() << size << " rows at a time, input " << first << " first");
      JoinHarness run(spec, {.rocksdb = size == 50});
      MarkedFeeder feeder(run, left, right);
      for (size_t begin = 0; begin < left.size(); begin += size) {
        feeder.Feed(first, begin, size);
        feeder.Feed(1 - first, begin, size);
        if (size > 1 && random() % 3 == 0) run.Restart(1 + static_cast<uint32_t>(random() % 3));
      }
      run.End();
      EXPECT_EQ(run.out.RowsWithMarks(), expected);
    }
  }
}

TEST(IntervalJoinTest, MarksDoNotDependOnHowTheInputsAreRead) {
  uint64_t seed = 100;
  for (const JoinType type :
       {JoinType::kInner, JoinType::kLeft, JoinType::kRight, JoinType::kFull}) {
    for (int round = 0; round < 3; ++round) {
      SCOPED_TRACE(::testing::Message() << graph::JoinTypeName(type) << " seed " << seed);
      RunMarkedIntervals(type, seed++);
    }
  }
}

TEST(IntervalJoinTest, StateStaysLevel) {
  JoinHarness run(IntervalJoinOf(JoinType::kInner, -10, 10));
  uint64_t most = 0;
  for (int second = 0; second < 3000; second += 5) {
    run.Feed(0, LeftRow(second, second % 7, second));
    run.Feed(1, RightRow(second, second % 7, second));
    run.Watermark(int64_t{second} * 1000 - 1);
    most = std::max(most, run.statistics().rows);
  }
  EXPECT_LT(most, 60U);
}

}  // namespace
}  // namespace weir::operators
