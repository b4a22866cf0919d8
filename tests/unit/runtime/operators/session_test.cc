// Sessions: aggregated as they grow, and with their rows once they have ended; single rows, and
// random ones, cut at random, with restores in between, against a model that looks at one row at a
// time and moves the watermark after each. On both backends.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <random>

#include "tests/seed.h"
#include "tests/unit/runtime/operators/keyed_harness.h"

namespace weir::operators {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

const Schema kSessionInput{
    {{"k", Type::Int()}, {"v", Type::Int()}, {"ts", Type::Timestamp(3).WithNullable(false)}}};
const Type kSessionBound = Type::Timestamp(3).WithNullable(false);
constexpr int64_t kGap = 100;

window::WindowSpec Gap() {
  return {.kind = window::WindowKind::kSession, .size = kGap};
}

struct AggregateRun : KeyedHarness {
  explicit AggregateRun(KeyedHarnessOptions options = {})
      : KeyedHarness(Spec(), {kSessionInput, Output(), {0}}, options) {}
  static graph::WindowAggregateSpec Spec() {
    graph::WindowAggregateSpec spec;
    spec.window = Gap();
    spec.time_column = 2;
    spec.keys = {0};
    spec.calls = {MakeCall("COUNT", kSessionInput, {}), MakeCall("SUM", kSessionInput, {1})};
    spec.window_type = kSessionBound;
    return spec;
  }
  static Schema Output() {
    return {{{"k", Type::Int()},
             {"count", Type::BigInt().WithNullable(false)},
             {"sum", Type::Int()},
             {"window_start", kSessionBound},
             {"window_end", kSessionBound}}};
  }
};

struct AssignRun : KeyedHarness {
  explicit AssignRun(KeyedHarnessOptions options = {})
      : KeyedHarness(graph::WindowAssignSpec{Gap(), 2, {0}}, {kSessionInput, Output(), {0}},
                     options) {}
  static Schema Output() {
    Schema output = kSessionInput;
    for (const char* name : {"window_start", "window_end", "window_time"}) {
      output.fields.push_back({name, kSessionBound});
    }
    return output;
  }
};

std::string SessionRow(const std::string& k, int v, int64_t millis) {
  return k + ", " + std::to_string(v) + ", " + TimeText(millis);
}

std::string Session(const std::string& k, int count, int sum, int64_t start, int64_t end) {
  return k + ", " + std::to_string(count) + ", " + std::to_string(sum) + ", " + TimeText(start) +
         ", " + TimeText(end);
}

TEST(SessionTest, RowsWithinTheGapAreOneSession) {
  AggregateRun run;
  run.Feed(SessionRow("1", 1, 1000) + "\n" + SessionRow("1", 2, 1100) + "\n" +
           SessionRow("1", 4, 1201) + "\n" + SessionRow("2", 8, 1050));
  run.Watermark(1198);
  EXPECT_THAT(run.out.TakeLines(),
              ElementsAre("+I[" + Session("2", 1, 8, 1050, 1150) + "]", "watermark 1198"));
  run.Watermark(1199);
  EXPECT_THAT(run.out.TakeLines(),
              ElementsAre("+I[" + Session("1", 2, 3, 1000, 1200) + "]", "watermark 1199"));
}

TEST(SessionTest, ARowBetweenTwoSessionsMakesOneOfThem) {
  AggregateRun run;
  run.Feed(SessionRow("1", 1, 1000));
  run.Feed(SessionRow("1", 2, 1150));
  run.Restart(2);
  run.Feed(SessionRow("1", 4, 1080));
  run.Feed(SessionRow("1", 8, 950));
  run.End();
  EXPECT_THAT(run.out.Rows(), ElementsAre("[" + Session("1", 4, 15, 950, 1250) + "]"));
}

TEST(SessionTest, WhatHasFiredDoesNotGrow) {
  AggregateRun run;
  run.Feed(SessionRow("1", 1, 1000));
  run.Watermark(1150);
  run.out.TakeLines();
  run.Feed(SessionRow("1", 2, 1080));
  EXPECT_EQ(run.metrics.late_rows, 0U);
  run.Feed(SessionRow("2", 4, 1010));
  EXPECT_EQ(run.metrics.late_rows, 1U);
  run.End();
  EXPECT_EQ(run.out.TakeLines()[0], "+I[" + Session("1", 1, 2, 1080, 1180) + "]");
}

TEST(SessionTest, RowsComeWithTheBoundsOfTheirSession) {
  AssignRun run;
  run.Feed(SessionRow("1", 1, 1000) + "\n" + SessionRow("1", 2, 1060) + "\n" +
           SessionRow("1", 4, 1300));
  run.Watermark(1200);
  const std::string bounds = ", " + TimeText(1000) + ", " + TimeText(1160) + ", " + TimeText(1159);
  EXPECT_THAT(run.out.TakeLines(),
              ElementsAre("+I[" + SessionRow("1", 1, 1000) + bounds + "]",
                          "+I[" + SessionRow("1", 2, 1060) + bounds + "]", "watermark 1200"));
  run.Restart(3);
  EXPECT_THAT(run.out.TakeLines(), IsEmpty());
  run.End();
  EXPECT_EQ(run.out.Rows().size(), 3U);
}

TEST(SessionTest, ByTheClock) {
  graph::WindowAggregateSpec spec = AggregateRun::Spec();
  spec.window.processing_time = true;
  spec.time_column = -1;
  KeyedHarness run(spec, {kSessionInput, AggregateRun::Output(), {0}});
  run.clock.now = {1000};
  run.Feed(SessionRow("1", 1, 0));
  run.AdvanceClock(1050);
  run.Feed(SessionRow("1", 2, 0));
  run.AdvanceClock(1149);
  EXPECT_THAT(run.out.TakeLines(), IsEmpty());
  run.AdvanceClock(1150);
  EXPECT_THAT(run.out.TakeLines(), ElementsAre("+I[" + Session("1", 2, 3, 1000, 1150) + "]"));
}

// The watermark moves after every row; sessions fire with it.
class SessionModel {
 public:
  struct Open {
    int64_t start;
    int64_t end;
    int count;
    int sum;
    std::vector<std::string> rows;
  };

  void Add(const std::string& k, int v, int64_t time, int64_t watermark) {
    Fire(watermark);
    Open merged{time, time + kGap, 1, v, {SessionRow(k, v, time)}};
    std::vector<Open> rest;
    std::vector<Open> parts;
    for (const Open& session : open_[k]) {
      const bool joins = session.start <= time + kGap && session.end >= time;
      (joins ? parts : rest).push_back(session);
    }
    for (const Open& part : parts) {
      merged.start = std::min(merged.start, part.start);
      merged.end = std::max(merged.end, part.end);
      merged.count += part.count;
      merged.sum += part.sum;
      merged.rows.insert(merged.rows.end(), part.rows.begin(), part.rows.end());
    }
    if (merged.end - 1 <= watermark) {
      ++late_;
      return;
    }
    rest.push_back(std::move(merged));
    open_[k] = std::move(rest);
  }
  void Fire(int64_t watermark) {
    for (auto& [k, sessions] : open_) {
      std::erase_if(sessions, [&, &key = k](const Open& session) {
        if (session.end - 1 > watermark) return false;
        ++fired_["[" + Session(key, session.count, session.sum, session.start, session.end) + "]"];
        for (const std::string& row : session.rows) {
          ++rows_["[" + row + ", " + TimeText(session.start) + ", " + TimeText(session.end) + ", " +
                  TimeText(session.end - 1) + "]"];
        }
        return true;
      });
    }
  }
  const std::map<std::string, int>& fired() const { return fired_; }
  const std::map<std::string, int>& rows() const { return rows_; }
  uint64_t late() const { return late_; }

 private:
  std::map<std::string, std::vector<Open>> open_;
  std::map<std::string, int> fired_;
  std::map<std::string, int> rows_;
  uint64_t late_ = 0;
};

// Times are multiples of 10 and the watermark lies between them, so that no row touches a session
// just as it fires.
template <typename Run>
void RunRandom(uint32_t seed, KeyedHarnessOptions options, bool rows) {
  std::mt19937 random(SeedOf(seed));
  const auto below = [&](int limit) {
    return static_cast<int>(random() % static_cast<uint32_t>(limit));
  };
  options.batch_rows = static_cast<uint32_t>(1 + below(5));
  Run run(options);
  SessionModel model;
  constexpr int64_t kDelay = 155;
  int64_t greatest = 1000;
  int64_t watermark = INT64_MIN;
  int64_t after_row = INT64_MIN;
  for (int step = 0; step < 60; ++step) {
    std::string text;
    for (int i = below(7); i >= 0; --i) {
      const std::string k = below(10) == 0 ? "NULL" : std::to_string(below(5));
      const int v = below(100);
      const int64_t time = greatest + 10 * (below(20) - 14);
      model.Add(k, v, time, after_row);
      after_row = std::max(after_row, time - kDelay);
      greatest = std::max(greatest, time);
      text += (text.empty() ? "" : "\n") + SessionRow(k, v, time);
    }
    const Batch batch = ParseBatch(text, kSessionInput).value();
    run.Feed(MarkLate(batch, 2, kDelay, watermark));
    if (below(3) == 0) run.Watermark(watermark);
    if (below(10) == 0) run.Restart(static_cast<uint32_t>(1 + below(3)));
  }
  run.End();
  model.Fire(INT64_MAX);
  EXPECT_EQ(run.out.table(), rows ? model.rows() : model.fired());
  EXPECT_EQ(run.metrics.late_rows, model.late());
  EXPECT_EQ(run.statistics().rows, 0U) << "what has fired leaves nothing behind";
}

TEST(SessionTest, RandomRows) {
  for (uint32_t seed = 1; seed <= 8; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    KeyedHarnessOptions options{.parallelism = 1 + seed % 3};
    if (seed % 2 == 0) options.rocksdb = true;
    if (seed % 4 == 0) options.memory_limit = 1 << 10;
    RunRandom<AggregateRun>(seed, options, false);
    RunRandom<AssignRun>(seed, options, true);
    if (testing::Test::HasFailure()) return;
  }
}

}  // namespace
}  // namespace weir::operators
