// What operators keep beside their tables: how far windows have fired and the order of arrival,
// through any number of subtasks, and damaged in every way.
#include <gmock/gmock.h>

#include <algorithm>

#include "runtime/base/random.h"
#include "runtime/operators/rank/row_sequence.h"
#include "runtime/operators/time/window_progress.h"
#include "tests/seed.h"

namespace weir::operators {
namespace {

constexpr int64_t kNone = INT64_MIN;

// A hash whose key group is `group`.
uint64_t HashOf(uint32_t group, uint32_t max_parallelism) {
  return uint64_t{max_parallelism} * 1000 + group;
}

WindowProgress Fresh(KeyGroupRange range, uint32_t max_parallelism) {
  return WindowProgress::Restore({}, range, max_parallelism).value();
}

TEST(WindowProgressTest, AFreshStartHasFiredNothing) {
  const WindowProgress progress = Fresh({0, 8}, 8);
  EXPECT_EQ(progress.floor(), kNone);
  EXPECT_FALSE(progress.uneven());
  for (uint32_t group = 0; group < 8; ++group) EXPECT_EQ(progress.Of(HashOf(group, 8)), kNone);
}

TEST(WindowProgressTest, NeverGoesBack) {
  WindowProgress progress = Fresh({0, 8}, 8);
  progress.Advance(100);
  progress.Advance(50);
  EXPECT_EQ(progress.floor(), 100);
  EXPECT_EQ(progress.Of(HashOf(3, 8)), 100);
}

TEST(WindowProgressTest, GroupsOfUnequalSubtasksSettleWhenTimeHasPassedBoth) {
  WindowProgress ahead = Fresh({0, 4}, 8);
  ahead.Advance(200);
  WindowProgress behind = Fresh({4, 8}, 8);
  behind.Advance(100);
  const std::vector<OperatorStateEntry> entries = {{"progress", ahead.Serialize()},
                                                   {"slices", "not looked at"},
                                                   {"progress", behind.Serialize()}};
  WindowProgress both = WindowProgress::Restore(entries, {2, 6}, 8).value();
  EXPECT_TRUE(both.uneven());
  EXPECT_EQ(both.floor(), 100);
  EXPECT_EQ(both.Of(HashOf(3, 8)), 200);
  EXPECT_EQ(both.Of(HashOf(4, 8)), 100);
  both.Advance(150);
  EXPECT_EQ(both.Of(HashOf(3, 8)), 200);
  EXPECT_EQ(both.Of(HashOf(5, 8)), 150);
  both.Advance(200);
  EXPECT_FALSE(both.uneven());
  EXPECT_EQ(both.floor(), 200);
}

TEST(WindowProgressTest, GroupsThatNobodyNamesStartAfresh) {
  WindowProgress half = Fresh({0, 4}, 8);
  half.Advance(7);
  const std::vector<OperatorStateEntry> entries = {{"progress", half.Serialize()}};
  const WindowProgress restored = WindowProgress::Restore(entries, {0, 8}, 8).value();
  EXPECT_EQ(restored.Of(HashOf(0, 8)), 7);
  EXPECT_EQ(restored.Of(HashOf(7, 8)), kNone);
  EXPECT_EQ(restored.floor(), kNone);
}

TEST(WindowProgressTest, EveryCutIsFoundOrSaysLess) {
  WindowProgress progress = Fresh({0, 8}, 8);
  progress.Advance(100);
  const std::string bytes = progress.Serialize();
  ASSERT_EQ(bytes.size(), 17U);  // version, first, end, value
  for (size_t size = 0; size < bytes.size(); ++size) {
    const std::vector<OperatorStateEntry> entries = {{"progress", bytes.substr(0, size)}};
    const auto restored = WindowProgress::Restore(entries, {0, 8}, 8);
    // The version alone names no group.
    const StatusCode code = size == 1 ? StatusCode::kOk : StatusCode::kCorruption;
    EXPECT_EQ(restored.ok() ? StatusCode::kOk : restored.status().code(), code) << size;
  }
  std::string newer = bytes;
  newer[0] = 2;
  const std::vector<OperatorStateEntry> entries = {{"progress", newer}};
  EXPECT_EQ(WindowProgress::Restore(entries, {0, 8}, 8).status().code(), StatusCode::kCorruption);
}

// Subtasks advance, are saved, and come back in other numbers; every key group keeps the greatest
// progress that it had.
TEST(WindowProgressTest, RescalesToAnyParallelism) {
  constexpr uint32_t kMax = 16;
  for (uint64_t seed = 1; seed <= 40; ++seed) {
    SCOPED_TRACE(seed);
    Random random(SeedOf(seed));
    std::vector<int64_t> expected(kMax, kNone);
    std::vector<OperatorStateEntry> entries;
    for (int round = 0; round < 6; ++round) {
      const auto parallelism = static_cast<uint32_t>(1 + random.Below(kMax));
      std::vector<OperatorStateEntry> saved;
      for (uint32_t subtask = 0; subtask < parallelism; ++subtask) {
        const KeyGroupRange range = KeyGroupsOfSubtask(subtask, parallelism, kMax);
        WindowProgress progress = WindowProgress::Restore(entries, range, kMax).value();
        for (uint32_t group = range.first; group < range.end; ++group) {
          EXPECT_EQ(progress.Of(HashOf(group, kMax)), expected[group]) << group;
        }
        const auto floor =
            *std::min_element(expected.begin() + range.first, expected.begin() + range.end);
        EXPECT_EQ(progress.floor(), floor);
        if (random.Below(3) > 0) {
          const auto watermark = static_cast<int64_t>(random.Below(1000));
          progress.Advance(watermark);
          for (uint32_t group = range.first; group < range.end; ++group) {
            expected[group] = std::max(expected[group], watermark);
          }
        }
        saved.push_back({"progress", progress.Serialize()});
      }
      entries = std::move(saved);
    }
  }
}

TEST(RowSequenceTest, TheGreatestOfAllSubtasksCounts) {
  EXPECT_EQ(RestoreSequence({}).value(), 0);
  const std::vector<OperatorStateEntry> entries = {
      SaveSequence(12), {"progress", "x"}, SaveSequence(INT64_MAX), SaveSequence(0)};
  EXPECT_EQ(RestoreSequence(entries).value(), INT64_MAX);
  const std::vector<OperatorStateEntry> others = {{"progress", "x"}};
  EXPECT_EQ(RestoreSequence(others).value(), 0);
}

TEST(RowSequenceTest, EveryCutAndAnotherVersionAreFound) {
  const OperatorStateEntry entry = SaveSequence(77);
  EXPECT_EQ(entry.name, "sequence");
  ASSERT_EQ(entry.bytes.size(), 9U);
  for (size_t size = 0; size < entry.bytes.size(); ++size) {
    const std::vector<OperatorStateEntry> entries = {{"sequence", entry.bytes.substr(0, size)}};
    EXPECT_EQ(RestoreSequence(entries).status().code(), StatusCode::kCorruption) << size;
  }
  std::string newer = entry.bytes;
  newer[0] = 9;
  const std::vector<OperatorStateEntry> entries = {{"sequence", newer}};
  EXPECT_EQ(RestoreSequence(entries).status().code(), StatusCode::kCorruption);
}

}  // namespace
}  // namespace weir::operators
