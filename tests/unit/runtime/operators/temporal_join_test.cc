// Temporal joins: versions, rows that end them, times out of order, late rows, a time-to-live, and
// random streams against a model.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <limits>
#include <map>
#include <random>
#include <tuple>

#include "runtime/expr/binding.h"
#include "tests/seed.h"
#include "tests/unit/runtime/operators/join_harness.h"
#include "tests/unit/runtime/operators/timed_rows.h"

namespace weir::operators {
namespace {

using graph::JoinType;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

graph::TemporalJoinSpec TemporalJoinOf(JoinType type) {
  graph::TemporalJoinSpec spec;
  spec.shape.type = type;
  spec.shape.left = {kTimedLeft, {1}, {}, true, 0};
  spec.shape.right = {kTimedRight, {1}, {1}, true, 0};
  spec.shape.null_safe = {0};
  spec.left_time = 2;
  spec.right_time = 0;
  return spec;
}

std::string Left(int id, int k, int second, const std::string& kind = "+I") {
  return kind + "[" + std::to_string(id) + ", " + std::to_string(k) + ", " + At(second) + "]\n";
}
std::string Right(int n, int k, int second, const std::string& kind = "+I") {
  return kind + "[" + At(second) + ", " + std::to_string(k) + ", " + std::to_string(n) + "]\n";
}
std::string Alone(int id, const std::string& k, int left) {
  return "[" + std::to_string(id) + ", " + k + ", " + At(left) + ".000, NULL, NULL, NULL]";
}

TEST(TemporalJoinTest, ARowMeetsTheNewestVersionThatIsNotAfterIt) {
  JoinHarness run(TemporalJoinOf(JoinType::kInner));
  run.Feed(0, Left(1, 5, 9) + Left(2, 5, 10) + Left(3, 5, 15) + Left(4, 5, 20) + Left(5, 6, 20));
  run.Feed(1, Right(71, 5, 20) + Right(70, 5, 10));
  EXPECT_THAT(run.out.TakeLines(), IsEmpty());
  run.Watermark(15'000);
  EXPECT_THAT(run.out.TakeLines(), ElementsAre("+I" + Pair(2, 5, 10, 10, 70),
                                               "+I" + Pair(3, 5, 15, 10, 70), "watermark 15000"));
  run.Watermark(20'000);
  EXPECT_THAT(run.out.TakeLines(), ElementsAre("+I" + Pair(4, 5, 20, 20, 71), "watermark 20000"));
}

TEST(TemporalJoinTest, OfOneTimeTheVersionThatCameLastCounts) {
  JoinHarness run(TemporalJoinOf(JoinType::kInner));
  run.Feed(1, Right(70, 5, 10) + Right(71, 5, 10));
  run.Feed(0, Left(1, 5, 10));
  run.Watermark(10'000);
  EXPECT_THAT(run.out.TakeLines(), ElementsAre("+I" + Pair(1, 5, 10, 10, 71), "watermark 10000"));
}

TEST(TemporalJoinTest, ADeleteEndsAVersionAtItsTimeAndAnOldRowDoesNot) {
  JoinHarness run(TemporalJoinOf(JoinType::kLeft));
  run.Feed(1, Right(70, 5, 10) + Right(70, 5, 10, "-U") + Right(71, 5, 12, "+U") +
                  Right(71, 5, 15, "-D") + Right(72, 5, 18));
  run.Feed(0, Left(1, 5, 11) + Left(2, 5, 14) + Left(3, 5, 15) + Left(4, 5, 18));
  run.Watermark(20'000);
  EXPECT_THAT(
      run.out.TakeLines(),
      ElementsAre("+I" + Pair(1, 5, 11, 10, 70), "+I" + Pair(2, 5, 14, 12, 71),
                  "+I" + Alone(3, "5", 15), "+I" + Pair(4, 5, 18, 18, 72), "watermark 20000"));
}

TEST(TemporalJoinTest, AnOldRowWithoutANewOneEndsAVersion) {
  graph::TemporalJoinSpec spec = TemporalJoinOf(JoinType::kLeft);
  spec.ends_by_old_rows = true;
  JoinHarness run(spec);
  run.Feed(1, Right(70, 5, 10) + Right(70, 5, 12, "-U"));
  run.Feed(0, Left(1, 5, 11) + Left(2, 5, 14));
  run.Watermark(20'000);
  EXPECT_THAT(run.out.TakeLines(), ElementsAre("+I" + Pair(1, 5, 11, 10, 70),
                                               "+I" + Alone(2, "5", 14), "watermark 20000"));
}

TEST(TemporalJoinTest, ChangesOfTheLeftSideKeepTheirKinds) {
  JoinHarness run(TemporalJoinOf(JoinType::kInner));
  run.Feed(1, Right(70, 5, 10) + Right(71, 5, 20));
  run.Feed(0, Left(1, 5, 11) + Left(1, 5, 11, "-U") + Left(1, 5, 21, "+U"));
  run.Watermark(30'000);
  EXPECT_THAT(run.out.TakeLines(),
              ElementsAre("+I" + Pair(1, 5, 11, 10, 70), "-U" + Pair(1, 5, 11, 10, 70),
                          "+U" + Pair(1, 5, 21, 20, 71), "watermark 30000"));
}

TEST(TemporalJoinTest, NullsMeetNothing) {
  JoinHarness run(TemporalJoinOf(JoinType::kLeft));
  run.Feed(1, "+I[" + At(1) + ", NULL, 70]\n");
  run.Feed(0, "+I[1, NULL, " + At(5) + "]\n");
  run.Watermark(5'000);
  EXPECT_THAT(run.out.TakeLines(), ElementsAre("+I" + Alone(1, "NULL", 5), "watermark 5000"));
}

TEST(TemporalJoinTest, NullsMeetNullsWhereTheyAreEqual) {
  graph::TemporalJoinSpec spec = TemporalJoinOf(JoinType::kInner);
  spec.shape.null_safe = {1};
  JoinHarness run(spec);
  run.Feed(1, "+I[" + At(1) + ", NULL, 70]\n");
  run.Feed(0, "+I[1, NULL, " + At(5) + "]\n");
  run.Watermark(5'000);
  EXPECT_THAT(
      run.out.TakeLines(),
      ElementsAre("+I[1, NULL, " + At(5) + ".000, " + At(1) + ".000, NULL, 70]", "watermark 5000"));
}

// Late rows take their turns right behind the watermark of their partition, on either side.
TEST(TemporalJoinTest, LateRowsTakeTheirTurnBehindTheirWatermark) {
  JoinHarness run(TemporalJoinOf(JoinType::kLeft));
  run.Feed(1, Right(70, 5, 10));
  run.Watermark(15'000);
  run.Feed(1, Marked(Right(71, 5, 12), kTimedRight, 20));
  run.Feed(0, Left(1, 5, 19));
  run.Feed(0, Left(2, 5, 21));
  run.Feed(0, Marked(Left(3, 5, 11) + Left(4, 5, 13), kTimedLeft, 20));
  run.Watermark(20'000);
  EXPECT_THAT(run.out.TakeLines(),
              ElementsAre("watermark 15000", "+I" + Pair(1, 5, 19, 10, 70), "watermark 20000"));
  run.Watermark(21'000);
  EXPECT_THAT(run.out.TakeLines(),
              ElementsAre("+I" + Alone(3, "5", 11), "+I" + Pair(4, 5, 13, 12, 71),
                          "+I" + Pair(2, 5, 21, 12, 71), "watermark 21000"));
}

TEST(TemporalJoinTest, AVersionThatIsNotUsedExpires) {
  graph::TemporalJoinSpec spec = TemporalJoinOf(JoinType::kLeft);
  spec.shape.right.ttl_millis = 1000;
  JoinHarness run(spec);
  run.Feed(1, Right(70, 5, 1) + Right(80, 6, 1));
  run.Watermark(1'000);
  for (int second = 2; second < 6; ++second) {
    run.AdvanceClock(int64_t{second - 1} * 700);
    run.Feed(0, Left(second, 5, second));
    run.Watermark(int64_t{second} * 1000);
  }
  run.Feed(0, Left(6, 6, 6));
  run.Watermark(6'000);
  EXPECT_THAT(run.out.Rows(),
              ElementsAre(Pair(2, 5, 2, 1, 70), Pair(3, 5, 3, 1, 70), Pair(4, 5, 4, 1, 70),
                          Pair(5, 5, 5, 1, 70), Alone(6, "6", 6)));
}

// What the rows of one key are to the model, by their turns.
struct VersionEvent {
  int turn;  // in milliseconds
  bool left;
  int order;
  int id;
  int k;
  int second;
  bool ends;
};

struct ModelRun {
  JoinType type;
  bool residual;
  std::vector<VersionEvent> events;

  std::vector<std::string> Rows() {
    std::sort(events.begin(), events.end(), [](const VersionEvent& a, const VersionEvent& b) {
      return std::tie(a.turn, a.left, a.order) < std::tie(b.turn, b.left, b.order);
    });
    std::map<int, const VersionEvent*> current;
    std::vector<std::string> rows;
    for (const VersionEvent& event : events) {
      const VersionEvent*& version = current[event.k];
      if (!event.left) {
        if (version == nullptr || event.second >= version->second) version = &event;
        continue;
      }
      const bool met = version != nullptr && !version->ends && version->second <= event.second &&
                       !(residual && version->id == event.id);
      if (met) {
        rows.push_back(Pair(event.id, event.k, event.second, version->second, version->id));
      } else if (type == JoinType::kLeft) {
        rows.push_back(Alone(event.id, std::to_string(event.k), event.second));
      }
    }
    std::sort(rows.begin(), rows.end());
    return rows;
  }
};

struct RandomRun {
  uint32_t batch_rows = 5;
  bool rocksdb = false;
  bool restarts = true;
};

void RunRandomVersions(JoinType type, uint64_t seed, const RandomRun& options) {
  std::mt19937_64 random(SeedOf(seed));
  const auto below = [&](int limit) {
    return static_cast<int>(random() % static_cast<uint64_t>(limit));
  };
  graph::TemporalJoinSpec spec = TemporalJoinOf(type);
  ModelRun model{type, below(2) == 0, {}};
  if (model.residual) {
    spec.shape.residual =
        expr::BindCall(
            "<>", {expr::MakeColumnRef(0, Type::Int()), expr::MakeColumnRef(5, Type::Int())}, {})
            .value();
  }
  JoinHarness run(spec, {.batch_rows = options.batch_rows,
                         .rocksdb = options.rocksdb,
                         .memory_limit = options.rocksdb ? uint64_t{1} << 16 : 0});
  int now = 100;
  int order = 0;
  for (int step = 0; step < 150; ++step) {
    const bool left = below(2) == 0;
    const int port = left ? 0 : 1;
    // A partition is ahead of the operator's watermark by some seconds.
    const int mark = now + below(3);
    for (int i = below(5); i >= 0; --i) {
      VersionEvent event{0, left, ++order, below(5), below(4), now + below(12) - 3, false};
      const bool late = event.second <= mark;
      event.turn = late ? mark * 1000 + 1 : event.second * 1000;
      event.ends = !left && below(4) == 0;
      const std::string text =
          left ? Left(event.id, event.k, event.second)
               : Right(event.id, event.k, event.second, event.ends ? "-D" : "+U");
      if (late) {
        run.Feed(port, Marked(text, left ? kTimedLeft : kTimedRight, mark));
      } else {
        run.Feed(port, text);
      }
      model.events.push_back(event);
    }
    now += below(3);
    if (below(3) == 0) run.Watermark(int64_t{now - 1} * 1000);
    if (options.restarts && below(20) == 0) run.Restart(1 + static_cast<uint32_t>(below(3)));
  }
  run.End();
  EXPECT_EQ(run.out.violations(), 0);
  EXPECT_EQ(run.out.Rows(), model.Rows());
  EXPECT_LE(run.statistics().rows, 4U);
}

TEST(TemporalJoinTest, RandomStreamsEqualAModel) {
  uint64_t seed = 1;
  for (const JoinType type : {JoinType::kInner, JoinType::kLeft}) {
    for (int round = 0; round < 12; ++round) {
      SCOPED_TRACE(::testing::Message() << graph::JoinTypeName(type) << " seed " << seed);
      RunRandomVersions(type, seed++,
                        {.batch_rows = round % 3 == 0 ? 1U : 100U,
                         .rocksdb = round % 4 == 1,
                         .restarts = round % 2 == 0});
    }
  }
}

TEST(TemporalJoinTest, StateIsAVersionOfEachKey) {
  JoinHarness run(TemporalJoinOf(JoinType::kInner));
  uint64_t most = 0;
  for (int second = 0; second < 3000; second += 5) {
    run.Feed(0, Left(second, second % 7, second));
    run.Feed(1, Right(second, second % 7, second));
    run.Watermark(int64_t{second} * 1000 - 1);
    if (second % 500 == 0) run.Restart(1);
    most = std::max(most, run.statistics().rows);
  }
  EXPECT_LT(most, 20U);
}

}  // namespace
}  // namespace weir::operators
