#include "runtime/task/watermark_merger.h"

#include <gtest/gtest.h>

#include "runtime/base/random.h"
#include "runtime/operators/time/partition_times.h"
#include "tests/seed.h"

namespace weir::task {
namespace {

TEST(WatermarkMerger, IsTheMinimumOfAllChannels) {
  WatermarkMerger merger(2);
  EXPECT_FALSE(merger.Advance(0, {10}));
  EXPECT_EQ(merger.Advance(1, {5}), Timestamp{5});
  EXPECT_EQ(merger.Advance(1, {20}), Timestamp{10});
  EXPECT_FALSE(merger.Advance(0, {7})) << "never back";
  EXPECT_EQ(merger.Holder(), 0U);
}

TEST(WatermarkMerger, IdleChannelsHoldNothingBack) {
  WatermarkMerger merger(2);
  EXPECT_FALSE(merger.Advance(0, {10}));
  EXPECT_EQ(merger.SetIdle(1, true), Timestamp{10});
  EXPECT_FALSE(merger.SetIdle(1, false)) << "joins where time is";
  EXPECT_FALSE(merger.Advance(1, {4}));
  EXPECT_EQ(merger.combined(), Timestamp{10});
}

TEST(WatermarkMerger, TakesTheMaximumWhenAllAreIdle) {
  WatermarkMerger merger(2);
  merger.Advance(0, {10});
  merger.Advance(1, {5});
  merger.SetIdle(1, true);
  EXPECT_FALSE(merger.all_idle());
  merger.Advance(0, {30});
  EXPECT_FALSE(merger.SetIdle(0, true));
  EXPECT_TRUE(merger.all_idle());
  EXPECT_EQ(merger.combined(), Timestamp{30});
}

TEST(WatermarkMerger, EndsWithTheMaximumEvenFromIdleness) {
  WatermarkMerger merger(2);
  merger.SetIdle(0, true);
  EXPECT_FALSE(merger.SetEnded(0));
  EXPECT_FALSE(merger.all_ended());
  EXPECT_EQ(merger.Advance(1, {3}), Timestamp{3});
  EXPECT_EQ(merger.SetEnded(1), Timestamp::Max());
  EXPECT_TRUE(merger.all_ended());
  EXPECT_FALSE(merger.all_idle());
  EXPECT_FALSE(merger.SetEnded(1));
}

TEST(PartitionTimes, LaterPartitionsJoinAtTheCombinedWatermark) {
  operators::PartitionTimes times;
  times.Add({});
  times.SetCurrent(0);
  times.Advance({100});
  EXPECT_EQ(times.Combined(), Timestamp{100});
  const uint32_t late = times.Add({});
  EXPECT_EQ(times.at(late).watermark, Timestamp{100});
}

// Two subtasks of one table, against one that reads all.
class TwoSubtasks {
 public:
  TwoSubtasks() {
    times[0].Share(table, 0);
    times[1].Share(table, 1);
  }
  void Advance(size_t subtask, uint32_t partition, int64_t watermark) {
    times[subtask].SetCurrent(partition);
    times[subtask].Advance({watermark});
  }
  // Each in its turn, until nothing moves.
  std::pair<int64_t, int64_t> Combined() {
    times[0].Combined();
    const Timestamp second = times[1].Combined();
    return {times[0].Combined().millis, second.millis};
  }
  operators::TableTime table{2};
  operators::PartitionTimes times[2];
};
constexpr int64_t kMin = Timestamp::Min().millis;
using Pair = std::pair<int64_t, int64_t>;

TEST(TableTime, LaterPartitionsJoinAtTheTablesWatermark) {
  TwoSubtasks both;
  both.times[0].Add({});
  both.Advance(0, 0, 100);
  EXPECT_EQ(both.times[0].Combined().millis, kMin) << "the other has not got its partitions yet";
  both.times[1].Add({});
  EXPECT_EQ(both.times[1].at(0).watermark, Timestamp::Min());
  both.Advance(1, 0, 50);
  EXPECT_EQ(both.Combined(), Pair(50, 50));
  // Wherever the third one falls, its row at 60 is not late.
  const uint32_t third = both.times[0].Add({});
  EXPECT_EQ(both.times[0].at(third).watermark, Timestamp{50});
  // Nor does its window fire before: the subtask that reads it holds its channel back.
  both.Advance(1, 0, 200);
  EXPECT_EQ(both.Combined().first, 50);
  both.Advance(0, third, 60);
  EXPECT_EQ(both.Combined().first, 60);
  both.times[0].Finish(third);
  EXPECT_EQ(both.Combined(), Pair(100, 100));
}

TEST(TableTime, ReturnsFromIdlenessAtTheTablesWatermark) {
  TwoSubtasks both;
  both.times[0].Add({});
  both.times[1].Add({});
  both.Advance(0, 0, 10);
  both.Advance(1, 0, 40);
  EXPECT_EQ(both.Combined(), Pair(10, 10));
  both.times[0].MarkIdle(0);
  EXPECT_EQ(both.Combined(), Pair(40, 40)) << "who holds nothing back tells the table's time";
  both.times[0].MarkActive(0);
  EXPECT_EQ(both.times[0].at(0).watermark, Timestamp{40});
}

TEST(TableTime, SubtasksWithoutPartitionsAndEndedOnesHoldNothingBack) {
  TwoSubtasks both;
  both.times[0].Add({});
  both.Advance(0, 0, 10);
  EXPECT_EQ(both.Combined(), Pair(10, 10)) << "or consumers would wait for it for ever";
  both.times[1].Add({});
  EXPECT_EQ(both.times[1].at(0).watermark, Timestamp{10});
  both.Advance(0, 0, 90);
  EXPECT_EQ(both.Combined(), Pair(10, 10));
  both.times[1].End();
  EXPECT_EQ(both.times[0].Combined(), Timestamp{90});
}

// Two files were found at once. The later one is read to its end before the other subtask has heard
// of the earlier one, whose rows are none the later for it.
TEST(TableTime, WaitsForPartitionsThatAreOnTheirWay) {
  TwoSubtasks both;
  both.times[0].Add({});
  both.Advance(0, 0, 10);
  both.times[0].Finish(0);
  EXPECT_EQ(both.Combined(), Pair(10, 10));
  both.table.Expect();
  both.table.Expect();
  EXPECT_TRUE(both.times[1].has_active());
  const uint32_t later = both.times[0].Add({});
  both.times[0].Combined();
  both.times[0].Arrived();
  both.Advance(0, later, 90);
  both.times[0].Finish(later);
  EXPECT_EQ(both.Combined(), Pair(10, 10));
  const uint32_t earlier = both.times[1].Add({});
  EXPECT_EQ(both.times[1].at(earlier).watermark, Timestamp{10});
  both.times[1].Combined();
  both.times[1].Arrived();
  EXPECT_EQ(both.Combined(), Pair(10, 10));
  both.Advance(1, earlier, 50);
  both.times[1].Finish(earlier);
  EXPECT_EQ(both.Combined(), Pair(90, 90));
  EXPECT_FALSE(both.times[0].has_active());
}

TEST(TableTime, SaysWhenTheOthersMovedTime) {
  TwoSubtasks both;
  both.times[0].Add({});
  both.times[1].Add({});
  both.Advance(0, 0, 70);
  both.Combined();
  EXPECT_FALSE(both.times[0].stale());
  both.Advance(1, 0, 30);
  both.times[1].Combined();
  EXPECT_TRUE(both.times[0].stale());
  EXPECT_EQ(both.times[0].Combined(), Timestamp{30});
  EXPECT_FALSE(both.times[0].stale());
  both.times[0].End();
  both.Advance(1, 0, 80);
  both.times[1].Combined();
  EXPECT_FALSE(both.times[0].stale());
}

TEST(PartitionTimes, UnreadPartitionsHoldTimeBackUntilFinishedOrIdle) {
  operators::PartitionTimes times;
  times.Add({});
  times.Add({});
  times.Advance({100});
  EXPECT_EQ(times.Combined(), Timestamp::Min());
  EXPECT_EQ(times.Holder(), 1U);
  times.MarkIdle(1);
  EXPECT_EQ(times.Combined(), Timestamp{100});
  times.MarkActive(1);
  EXPECT_EQ(times.at(1).watermark, Timestamp{100}) << "returns at the combined watermark";
  times.Finish(1);
  times.Finish(0);
  EXPECT_FALSE(times.has_active());
  EXPECT_EQ(times.Combined(), Timestamp{100});
}

// Flink's WatermarkOutputMultiplexer: within one source silence moves nothing.
TEST(PartitionTimes, StandStillWhenAllThatAreLeftAreIdle) {
  operators::PartitionTimes times;
  times.Add({.watermark = {50}});
  times.Add({.watermark = {80}});
  times.Add({.watermark = {90}});
  EXPECT_EQ(times.Combined(), Timestamp{50});
  times.Finish(2);
  times.MarkIdle(1);
  times.MarkIdle(0);
  EXPECT_FALSE(times.has_active());
  EXPECT_EQ(times.Combined(), Timestamp{50});
  times.Finish(0);
  EXPECT_EQ(times.Combined(), Timestamp{50}) << "the other may come back";
  times.Finish(1);
  EXPECT_EQ(times.Combined(), Timestamp{90}) << "all was read";
}

TEST(PartitionTimes, TakeTheMaximumWhenAllHaveFinished) {
  operators::PartitionTimes times;
  times.Add({.watermark = {50}});
  times.Add({.watermark = {80}});
  EXPECT_EQ(times.Combined(), Timestamp{50});
  times.Finish(1);
  times.Finish(0);
  EXPECT_EQ(times.Combined(), Timestamp{80});
}

// Against a look at every partition, for any order of calls.
TEST(PartitionTimes, FindTheHolderAmongMany) {
  Random random(SeedOf(7));
  for (int round = 0; round < 50; ++round) {
    operators::PartitionTimes times;
    Timestamp combined = Timestamp::Min();
    for (int step = 0; step < 400; ++step) {
      const auto partition =
          static_cast<uint32_t>(times.size() == 0 ? 0 : random.Below(times.size()));
      const uint64_t draw = times.size() == 0 ? 0 : random.Below(20);
      if (draw == 0) {
        times.Add(
            {.watermark = {static_cast<int64_t>(random.Below(100))}, .idle = random.Below(5) == 0});
      } else if (draw == 1) {
        times.MarkIdle(partition);
      } else if (draw == 2) {
        times.Finish(partition);
      } else if (!times.at(partition).finished) {
        times.MarkActive(partition);
        times.SetCurrent(partition);
        times.Advance({static_cast<int64_t>(random.Below(static_cast<uint64_t>(step) + 1))});
      }
      std::optional<uint32_t> holder;
      Timestamp greatest = Timestamp::Min();
      bool idle = false;
      for (uint32_t i = 0; i < times.size(); ++i) {
        greatest = std::max(greatest, times.at(i).watermark);
        idle |= times.at(i).idle && !times.at(i).finished;
        if (times.at(i).idle || times.at(i).finished) continue;
        if (!holder || times.at(i).watermark < times.at(*holder).watermark) holder = i;
      }
      EXPECT_EQ(times.Holder(), holder);
      if (holder) {
        combined = std::max(combined, times.at(*holder).watermark);
      } else if (!idle) {
        combined = std::max(combined, greatest);
      }
      EXPECT_EQ(times.Combined(), combined);
    }
  }
}

}  // namespace
}  // namespace weir::task
