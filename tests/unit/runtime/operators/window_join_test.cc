// Window joins: each window once, late rows, NULL keys, and random streams against nested loops.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
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

const Schema kSide{{{"id", Type::Int()}, {"k", Type::Int()}, {"e", Type::Timestamp(3)}}};

graph::WindowJoinSpec WindowJoinOf(JoinType type) {
  graph::WindowJoinSpec spec;
  spec.shape.type = type;
  spec.shape.left = {kSide, {1}, {}, false, 0};
  spec.shape.right = {kSide, {1}, {}, false, 0};
  spec.shape.null_safe = {0};
  spec.left_window_end = spec.right_window_end = 2;
  return spec;
}

std::string EndingRow(int id, int k, int end) {
  return std::to_string(id) + ", " + std::to_string(k) + ", " + At(end) + ".000";
}

TEST(WindowJoinTest, EachWindowComesOnceWhenItEnds) {
  JoinHarness run(WindowJoinOf(JoinType::kInner));
  run.Feed(0, EndingRow(1, 5, 10) + "\n" + EndingRow(2, 5, 20));
  run.Feed(1, EndingRow(70, 5, 10) + "\n" + EndingRow(71, 5, 10) + "\n" + EndingRow(72, 6, 10));
  run.Watermark(9'998);
  EXPECT_THAT(run.out.TakeLines(), ElementsAre("watermark 9998"));
  run.Watermark(9'999);
  EXPECT_THAT(run.out.Rows(),
              UnorderedElementsAre("[" + EndingRow(1, 5, 10) + ", " + EndingRow(70, 5, 10) + "]",
                                   "[" + EndingRow(1, 5, 10) + ", " + EndingRow(71, 5, 10) + "]"));
  EXPECT_EQ(run.out.lines().back(), "watermark 9999");
}

TEST(WindowJoinTest, LateRowsAreDroppedAndCounted) {
  JoinHarness run(WindowJoinOf(JoinType::kLeft));
  run.Watermark(9'999);
  run.Feed(0, EndingRow(1, 5, 10) + "\n" + EndingRow(2, 5, 20));
  EXPECT_EQ(run.metrics.late_rows, 1U);
  run.End();
  EXPECT_THAT(run.out.Rows(), ElementsAre("[" + EndingRow(2, 5, 20) + ", NULL, NULL, NULL]"));
}

TEST(WindowJoinTest, HowFarWindowsFiredSurvives) {
  JoinHarness run(WindowJoinOf(JoinType::kFull));
  run.Feed(0, EndingRow(1, 5, 10));
  run.Watermark(9'999);
  run.Restart(2);
  run.Feed(1, EndingRow(70, 5, 10));
  run.End();
  EXPECT_THAT(run.out.Rows(), ElementsAre("[" + EndingRow(1, 5, 10) + ", NULL, NULL, NULL]"));
  EXPECT_EQ(run.metrics.late_rows, 1U);
}

TEST(WindowJoinTest, NullKeysWaitForTheirWindow) {
  JoinHarness run(WindowJoinOf(JoinType::kFull));
  run.Feed(0, "1, NULL, " + At(10));
  run.Feed(1, "70, NULL, " + At(10));
  EXPECT_THAT(run.out.Rows(), IsEmpty());
  run.End();
  EXPECT_THAT(run.out.Rows(),
              UnorderedElementsAre("[1, NULL, " + At(10) + ".000, NULL, NULL, NULL]",
                                   "[NULL, NULL, NULL, 70, NULL, " + At(10) + ".000]"));
}

// Under IS NOT DISTINCT FROM a NULL is a key as any other, also where the state comes from disk.
TEST(WindowJoinTest, NullKeysMatchWhereTheyCountAsEqual) {
  for (const bool rocksdb : {false, true}) {
    graph::WindowJoinSpec spec = WindowJoinOf(JoinType::kFull);
    spec.shape.null_safe = {1};
    JoinHarness run(spec, {.rocksdb = rocksdb});
    run.Feed(0, "1, NULL, " + At(10) + "\n" + EndingRow(2, 5, 10));
    run.Restart(2);
    run.Feed(1, "70, NULL, " + At(10) + "\n" + EndingRow(71, 6, 10) + "\n" + EndingRow(72, 5, 20));
    run.End();
    EXPECT_THAT(run.out.Rows(),
                UnorderedElementsAre("[1, NULL, " + At(10) + ".000, 70, NULL, " + At(10) + ".000]",
                                     "[" + EndingRow(2, 5, 10) + ", NULL, NULL, NULL]",
                                     "[NULL, NULL, NULL, " + EndingRow(71, 6, 10) + "]",
                                     "[NULL, NULL, NULL, " + EndingRow(72, 5, 20) + "]"));
    EXPECT_EQ(run.statistics().rows, 0U);
  }
}

TEST(WindowJoinTest, ProcessingTimeFiresByTheClock) {
  graph::WindowJoinSpec spec = WindowJoinOf(JoinType::kInner);
  spec.processing_time = true;
  JoinHarness run(spec);
  run.AdvanceClock(5'000);
  run.Feed(0, EndingRow(1, 5, 10));
  run.Feed(1, EndingRow(70, 5, 10));
  run.AdvanceClock(9'999);
  EXPECT_THAT(run.out.Rows(), IsEmpty());
  run.AdvanceClock(10'000);
  EXPECT_EQ(run.out.Rows().size(), 1U);
}

struct WindowEvent {
  int id;
  int k;
  int end;
  bool matched = false;
};

void RunRandomWindows(JoinType type, uint64_t seed, bool rocksdb) {
  std::mt19937_64 random(SeedOf(seed));
  graph::WindowJoinSpec spec = WindowJoinOf(type);
  const bool residual = random() % 2 == 0;
  if (residual) {
    spec.shape.residual =
        expr::BindCall(
            "<", {expr::MakeColumnRef(0, Type::Int()), expr::MakeColumnRef(3, Type::Int())}, {})
            .value();
  }
  JoinHarness run(spec, {.batch_rows = 4, .rocksdb = rocksdb});
  std::vector<WindowEvent> events[2];
  int first = 1;
  for (int step = 0; step < 80; ++step) {
    const int port = static_cast<int>(random() % 2);
    std::string text;
    for (size_t i = 0; i <= random() % 6; ++i) {
      const WindowEvent event{static_cast<int>(random() % 4), static_cast<int>(random() % 3),
                              10 * (first + static_cast<int>(random() % 3))};
      text += EndingRow(event.id, event.k, event.end) + "\n";
      events[port].push_back(event);
    }
    run.Feed(port, text);
    if (random() % 5 == 0) run.Watermark(int64_t{10} * first++ * 1000 - 1);
    if (random() % 20 == 0) run.Restart(1 + static_cast<uint32_t>(random() % 3));
  }
  run.End();
  std::vector<std::string> expected;
  for (WindowEvent& l : events[0]) {
    for (WindowEvent& r : events[1]) {
      if (l.k != r.k || l.end != r.end || (residual && l.id >= r.id)) continue;
      l.matched = r.matched = true;
      if (graph::GivesLeftOnly(type)) continue;
      expected.push_back("[" + EndingRow(l.id, l.k, l.end) + ", " + EndingRow(r.id, r.k, r.end) +
                         "]");
    }
  }
  for (const WindowEvent& l : events[0]) {
    const std::string text = "[" + EndingRow(l.id, l.k, l.end);
    if (graph::GivesLeftOnly(type) && l.matched == (type == JoinType::kSemi)) {
      expected.push_back(text + "]");
    }
    if (graph::KeepsLeft(type) && !l.matched) expected.push_back(text + ", NULL, NULL, NULL]");
  }
  for (const WindowEvent& r : events[1]) {
    if (r.matched || !graph::KeepsRight(type)) continue;
    expected.push_back("[NULL, NULL, NULL, " + EndingRow(r.id, r.k, r.end) + "]");
  }
  std::sort(expected.begin(), expected.end());
  EXPECT_EQ(run.out.violations(), 0);
  EXPECT_EQ(run.out.Rows(), expected);
  EXPECT_EQ(run.statistics().rows, 0U);
}

TEST(WindowJoinTest, RandomStreamsEqualNestedLoops) {
  uint64_t seed = 1;
  for (const JoinType type : {JoinType::kInner, JoinType::kLeft, JoinType::kRight, JoinType::kFull,
                              JoinType::kSemi, JoinType::kAnti}) {
    for (int round = 0; round < 6; ++round) {
      SCOPED_TRACE(::testing::Message() << graph::JoinTypeName(type) << " seed " << seed);
      RunRandomWindows(type, seed++, round == 1);
    }
  }
}

}  // namespace
}  // namespace weir::operators
