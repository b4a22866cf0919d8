// Ratios of NEXMark's queries, and what is computed with them. That they are those which were
// measured is in tests/flink/advise_test.py.
#include "shell/flink/advise/sizing.h"

#include <gtest/gtest.h>

#include <cmath>
#include <string>
#include <vector>

namespace weir::shell::flink {
namespace {

using Names = std::vector<std::string_view>;

constexpr uint64_t kGigabyte = uint64_t{1} << 30;

TEST(RatioTest, OfAKindIsThatOfItsQueries) {
  const Ratio ratio = RatioOf("GroupAggregate");
  EXPECT_EQ(ratio.queries, (Names{"q15", "q16", "q17"}));
  EXPECT_TRUE(ratio.measured);
  EXPECT_NEAR(ratio.usual, std::cbrt(15.9 * 17.7 * 18.5), 1e-9);
  // On a quiet machine: 2 cores' nanoseconds an event of q15 and of q16, in times of ours.
  EXPECT_NEAR(ratio.least, 2e9 / 270000 / 512, 1e-9);
  EXPECT_NEAR(ratio.most, 2e9 / 56000 / 1663, 1e-9);
}

TEST(RatioTest, QueriesAreInTheOrderOfTheirNumbers) {
  EXPECT_EQ(RatioOf("Join").queries, (Names{"q3", "q4", "q9", "q20", "q23"}));
}

TEST(RatioTest, WhatKeepsNoStateIsOneKind) {
  const Ratio scan = RatioOf("Scan");
  EXPECT_EQ(scan.queries, RatioOf("Sink").queries);
  EXPECT_EQ(scan.queries.front(), "q0");
  EXPECT_TRUE(IsStateless("Calc"));
  EXPECT_FALSE(IsStateless("Rank"));
}

TEST(RatioTest, AKindThatWasNotMeasuredHasAllQueries) {
  const Ratio match = RatioOf("Match");
  EXPECT_FALSE(match.measured);
  EXPECT_EQ(match.queries.size(), 23U);
  EXPECT_LE(match.least, RatioOf("Calc").least);
  EXPECT_GE(match.most, RatioOf("IntervalJoin").most);
  EXPECT_GT(match.usual, match.least);
  EXPECT_LT(match.usual, match.most);
}

TEST(RatioTest, OfAJobIsThatOfWhatTellsItFromACopy) {
  const std::vector<OperatorTime> job = {{"Scan", 6}, {"GroupAggregate", 3}, {"Rank", 1}};
  const Ratio ratio = RatioOfJob(job);
  const Ratio aggregate = RatioOf("GroupAggregate"), rank = RatioOf("Rank"), scan = RatioOf("Scan");
  EXPECT_NEAR(ratio.usual, 0.75 * aggregate.usual + 0.25 * rank.usual, 1e-9);
  EXPECT_DOUBLE_EQ(ratio.least, std::min({aggregate.least, rank.least, scan.least}));
  EXPECT_DOUBLE_EQ(ratio.most, std::max({aggregate.most, rank.most, scan.most}));
  EXPECT_EQ(ratio.queries, (Names{"q15", "q16", "q17", "q19"}));
}

TEST(RatioTest, OfAJobCountsEveryOperatorWhereTheTellingOnesTakeLittle) {
  const std::vector<OperatorTime> job = {{"Scan", 97}, {"Match", 3}};
  const Ratio ratio = RatioOfJob(job);
  EXPECT_NEAR(ratio.usual, 0.97 * RatioOf("Scan").usual + 0.03 * RatioOf("Match").usual, 1e-9);
  EXPECT_FALSE(ratio.measured);
  const std::vector<OperatorTime> less = {{"Scan", 997}, {"Rank", 3}};
  EXPECT_DOUBLE_EQ(RatioOfJob(less).most, RatioOf("Scan").most);  // no hundredth of it
}

TEST(RatioTest, OfAJobThatTookNoTime) {
  EXPECT_DOUBLE_EQ(RatioOfJob({}).usual, RatioOf("Calc").usual);
  const std::vector<OperatorTime> job = {{"Scan", 0}, {"Rank", 0}};
  EXPECT_DOUBLE_EQ(RatioOfJob(job).usual, RatioOf("Calc").usual);
}

RunFigures Example() {
  RunFigures run;
  run.cpu_seconds = 4;
  run.rows = 8'000'000;
  run.state_bytes = 100'000'000;
  run.state_bytes_a_row = 10;
  return run;
}

TEST(SizingTest, AtAGivenRate) {
  const Ratio ratio{20, 10, 40, {}, true};
  const Sizing sizing = SizeOf(Example(), ratio, {1'000'000, 2, {}});
  EXPECT_DOUBLE_EQ(sizing.core_rate, 2e6);
  EXPECT_DOUBLE_EQ(sizing.most_rate, 0.7 * 2 * 2e6);
  EXPECT_DOUBLE_EQ(sizing.busy_here, 0.5);
  EXPECT_DOUBLE_EQ(sizing.cores_here, 0.5 / 0.7);
  EXPECT_DOUBLE_EQ(sizing.busy_there.usual, 10);
  EXPECT_DOUBLE_EQ(sizing.busy_there.least, 5);
  EXPECT_DOUBLE_EQ(sizing.busy_there.most, 20);
  EXPECT_EQ(sizing.slots.usual, 15);  // 14.3
  EXPECT_EQ(sizing.slots.least, 8);   // 7.1
  EXPECT_EQ(sizing.slots.most, 29);   // 28.6
  EXPECT_EQ(sizing.task_managers.usual, 4);
  EXPECT_EQ(sizing.task_managers.least, 2);
  EXPECT_EQ(sizing.task_managers.most, 8);
  EXPECT_DOUBLE_EQ(sizing.state_bytes, 1e8 / 15);
  EXPECT_DOUBLE_EQ(sizing.grown_bytes, 10 * 1e6 * 86'400);
}

TEST(SizingTest, WithoutARateItIsWhatTheMachineDoes) {
  const Sizing sizing = SizeOf(Example(), {20, 10, 40, {}, true}, {0, 4, {}});
  EXPECT_DOUBLE_EQ(sizing.rate, 0.7 * 4 * 2e6);
  EXPECT_DOUBLE_EQ(sizing.cores_here, 4);
}

TEST(SizingTest, OneThreadBoundsWhatTheMachineDoes) {
  RunFigures run = Example();
  run.narrow_seconds = 2;
  const Sizing sizing = SizeOf(run, {20, 10, 40, {}, true}, {0, 16, {}});
  EXPECT_DOUBLE_EQ(sizing.narrow_rate, 4e6);
  EXPECT_DOUBLE_EQ(sizing.rate, 0.7 * 4e6);
}

TEST(SizingTest, OneSlotAtTheLeast) {
  const Sizing sizing = SizeOf(Example(), {20, 10, 40, {}, true}, {1, 2, {1, 4 * kGigabyte}});
  EXPECT_EQ(sizing.slots.usual, 1);
  EXPECT_EQ(sizing.task_managers.most, 1);
}

// Flink 2.3 says the same of itself when a task manager starts with these process sizes.
TEST(SizingTest, ManagedMemoryIsFlinks) {
  EXPECT_EQ(ManagedBytes({4, 8 * kGigabyte}) >> 20, 2846U);
  EXPECT_EQ(ManagedBytes({1, 1728 << 20}) >> 20, 512U);  // the example of Flink's documents
  EXPECT_EQ(ManagedBytes({1, 64 * kGigabyte}) >> 20, 25702U);
  EXPECT_EQ(ManagedBytes({1, 1 << 20}), 0U);
}

}  // namespace
}  // namespace weir::shell::flink
