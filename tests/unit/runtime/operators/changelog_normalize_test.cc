// ChangelogNormalize: single changes, time-to-live, and random events, cut at random, with restores
// in between, against a model that looks at one change at a time. On both backends.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <random>

#include "tests/seed.h"
#include "tests/unit/runtime/operators/keyed_harness.h"

namespace weir::operators {
namespace {

using graph::ChangelogNormalizeSpec;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

const Schema kNormalizeInput{{{"v", Type::Int()}, {"k", Type::Int()}, {"s", Type::String()}}};

struct NormalizeRun : KeyedHarness {
  explicit NormalizeRun(const ChangelogNormalizeSpec& spec, KeyedHarnessOptions options = {})
      : KeyedHarness(spec, {kNormalizeInput, kNormalizeInput, spec.keys}, options) {}

  std::vector<std::string> Lines(const std::string& rows) {
    Feed(rows);
    return out.TakeLines();
  }
};

ChangelogNormalizeSpec NormalizeOf(bool update_before = true, int64_t ttl = 0) {
  return {{1}, update_before, ttl};
}

TEST(ChangelogNormalizeTest, UpdatesGetTheirOldRows) {
  NormalizeRun run(NormalizeOf());
  EXPECT_THAT(run.Lines("+I[10, 1, a]"), ElementsAre("+I[10, 1, a]"));
  EXPECT_THAT(run.Lines("+U[11, 1, a]"), ElementsAre("-U[10, 1, a]", "+U[11, 1, a]"));
  EXPECT_THAT(run.Lines("+U[20, 2, b]"), ElementsAre("+I[20, 2, b]"));
  EXPECT_THAT(run.Lines("+I[21, 2, NULL]"), ElementsAre("-U[20, 2, b]", "+U[21, 2, NULL]"));
}

TEST(ChangelogNormalizeTest, OnlyNewRowsWhereNobodyNeedsOldOnes) {
  NormalizeRun run(NormalizeOf(false));
  run.Feed("+I[10, 1, a]\n+I[20, 2, b]");
  EXPECT_THAT(run.out.TakeLines(), ElementsAre("+I[10, 1, a]", "+I[20, 2, b]"));
  EXPECT_THAT(run.Lines("+U[11, 1, a]\n-D[0, 2, NULL]"),
              ElementsAre("+U[11, 1, a]", "-D[20, 2, b]"));
}

TEST(ChangelogNormalizeTest, WhatComesTwiceIsSentOnce) {
  NormalizeRun run(NormalizeOf());
  run.Lines("+I[10, 1, a]");
  EXPECT_THAT(run.Lines("+I[10, 1, a]"), IsEmpty());
  EXPECT_THAT(run.Lines("-U[10, 1, a]\n+U[10, 1, a]"), IsEmpty());
  EXPECT_THAT(run.Lines("-D[NULL, 1, NULL]"), ElementsAre("-D[10, 1, a]"));
  EXPECT_THAT(run.Lines("-D[10, 1, a]"), IsEmpty());
  EXPECT_EQ(run.statistics().rows, 0U);
}

TEST(ChangelogNormalizeTest, OldRowsOfTheInputArePassedOver) {
  NormalizeRun run(NormalizeOf());
  EXPECT_THAT(run.Lines("-U[10, 1, a]"), IsEmpty());
  EXPECT_EQ(run.statistics().rows, 0U);
  run.Lines("+I[10, 1, a]");
  EXPECT_THAT(run.Lines("-U[10, 1, a]"), IsEmpty());
  EXPECT_EQ(run.statistics().rows, 1U);
}

TEST(ChangelogNormalizeTest, ABatchGivesTheNetChangeOfAKey) {
  NormalizeRun run(NormalizeOf());
  EXPECT_THAT(run.Lines("+I[10, 1, a]\n+U[11, 1, b]\n+I[20, 2, c]\n-D[20, 2, c]"),
              ElementsAre("+I[11, 1, b]"));
  EXPECT_THAT(run.Lines("-D[11, 1, b]\n+I[12, 1, c]"), ElementsAre("-U[11, 1, b]", "+U[12, 1, c]"));
  EXPECT_THAT(run.Lines("+U[13, 1, d]\n-D[13, 1, d]"), ElementsAre("-D[12, 1, c]"));
  EXPECT_EQ(run.statistics().rows, 0U);
}

TEST(ChangelogNormalizeTest, WithTimeToLiveEqualRowsAreSentAgain) {
  NormalizeRun run(NormalizeOf(true, 1000));
  run.AdvanceClock(10'000);
  run.Lines("+I[10, 1, a]");
  EXPECT_THAT(run.Lines("+U[10, 1, a]"), ElementsAre("-U[10, 1, a]", "+U[10, 1, a]"));
  run.AdvanceClock(15'000);
  EXPECT_THAT(run.Lines("-D[10, 1, a]"), IsEmpty());
  EXPECT_THAT(run.Lines("+U[10, 1, a]"), ElementsAre("+I[10, 1, a]"));
}

TEST(ChangelogNormalizeTest, RowsSurviveARestartAtAnotherParallelism) {
  NormalizeRun run(NormalizeOf(), {.parallelism = 3, .rocksdb = true});
  run.Feed("+I[10, 1, a]\n+I[20, 2, a text that is longer than twelve bytes]\n+I[30, NULL, c]");
  run.out.TakeLines();
  run.Restart(2);
  EXPECT_THAT(run.Lines("-D[0, 2, x]"),
              ElementsAre("-D[20, 2, a text that is longer than twelve bytes]"));
  EXPECT_THAT(run.Lines("+U[31, NULL, c]"), ElementsAre("-U[30, NULL, c]", "+U[31, NULL, c]"));
}

void RunRandom(uint32_t seed, KeyedHarnessOptions options) {
  std::mt19937 random(SeedOf(seed));
  const auto below = [&](int limit) {
    return static_cast<int>(random() % static_cast<uint32_t>(limit));
  };
  options.batch_rows = static_cast<uint32_t>(1 + below(5));
  NormalizeRun run(NormalizeOf(), options);
  std::map<std::string, std::string> model;
  for (int step = 0; step < 60; ++step) {
    std::string text;
    for (int i = below(8); i >= 0; --i) {
      const std::string k = below(12) == 0 ? "NULL" : std::to_string(below(7));
      const std::string s = below(2) == 0 ? "x" : "longer than twelve bytes";
      const std::string row = "[" + std::to_string(below(4)) + ", " + k + ", " + s + "]";
      const char* kinds[] = {"+I", "-U", "+U", "-D"};
      const std::string kind = kinds[below(4)];
      text += (text.empty() ? "" : "\n") + kind + row;
      if (kind == "-D") model.erase(k);
      if (kind[0] == '+') model[k] = row;
    }
    run.Feed(text);
    std::map<std::string, int> table;
    for (const auto& [key, row] : model) ++table[row];
    ASSERT_EQ(run.out.table(), table) << "step " << step;
    ASSERT_EQ(run.statistics().rows, model.size()) << "step " << step;
    if (below(10) == 0) run.Restart(static_cast<uint32_t>(1 + below(3)));
  }
  EXPECT_EQ(run.out.violations(), 0);
}

TEST(ChangelogNormalizeTest, RandomEvents) {
  for (uint32_t seed = 1; seed <= 8; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    KeyedHarnessOptions options{.parallelism = 1 + seed % 3};
    if (seed % 2 == 0) options.rocksdb = true;
    if (seed % 4 == 0) options.memory_limit = 1 << 10;
    RunRandom(seed, options);
    if (testing::Test::HasFatalFailure()) return;
  }
}

}  // namespace
}  // namespace weir::operators
