// What operators keep beside their tables: how far windows have fired and the order of arrival,
// through any number of subtasks, and damaged in every way.
#include <gmock/gmock.h>

#include <algorithm>

#include "runtime/base/random.h"
#include "runtime/operators/time/row_sequence.h"
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
  newer[0] = 3;
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

// As checkpoint::DealAnew has it.
std::vector<OperatorStateEntry> Dealt(const std::vector<OperatorStateEntry>& entries, uint32_t from,
                                      uint32_t to) {
  std::vector<OperatorStateEntry> dealt;
  for (const OperatorStateEntry& entry : entries) {
    dealt.push_back({entry.name, window::EncodeGroupProgress(
                                     window::DecodeGroupProgress(entry.bytes, from).value(), to)});
  }
  return dealt;
}

TEST(WindowProgressTest, WhatAllHadReachedIsTheirsInOtherGroupsToo) {
  WindowProgress before = Fresh({0, 8}, 8);
  before.Advance(100);
  const std::vector<OperatorStateEntry> entries = Dealt({{"progress", before.Serialize()}}, 8, 3);
  const WindowProgress after = WindowProgress::Restore(entries, {1, 2}, 3).value();
  EXPECT_EQ(after.floor(), 100);
  EXPECT_FALSE(after.uneven());
  // Nothing of the eight is left to be said.
  EXPECT_EQ(after.Serialize()[0], 1);
}

TEST(WindowProgressTest, BytesThatSayTheirGroupsAreCheckedToTheirEnd) {
  const std::vector<window::GroupProgress> all = {{3, {{0, 1, 5}}}, {8, {{0, 4, 7}, {6, 8, 9}}}};
  const std::string bytes = window::EncodeGroupProgress(all, 3);
  EXPECT_EQ(window::DecodeGroupProgress(bytes, 3).value(), all);
  EXPECT_EQ(window::DecodeGroupProgress(bytes, 1000).value(), all);
  int whole = 0;
  for (size_t size = 0; size < bytes.size(); ++size)
    whole += window::DecodeGroupProgress(bytes.substr(0, size), 3).ok() ? 1 : 0;
  EXPECT_EQ(whole, 2);  // behind the version and behind the first list
  for (const window::GroupProgress& wrong : std::vector<window::GroupProgress>{
           {0, {}}, {32768, {}}, {8, {{0, 9, 1}}}, {8, {{3, 3, 1}}}, {8, {{5, 4, 1}}}}) {
    const std::vector<window::GroupProgress> with = {{3, {}}, wrong};
    EXPECT_EQ(window::DecodeGroupProgress(window::EncodeGroupProgress(with, 3), 3).status().code(),
              StatusCode::kCorruption);
  }
}

// Keys wander through subtasks and numbers of groups; each is where its own history left it.
TEST(WindowProgressTest, DealtToAnyNumberOfGroupsEveryKeyStaysWhereItWas) {
  constexpr int kKeys = 200;
  for (uint64_t seed = 1; seed <= 60; ++seed) {
    SCOPED_TRACE(seed);
    Random random(SeedOf(seed));
    std::vector<uint64_t> hashes(kKeys);
    for (uint64_t& hash : hashes) hash = random.Next64();
    std::vector<int64_t> expected(kKeys, kNone);
    std::vector<OperatorStateEntry> entries;
    uint32_t groups = 16;
    for (int round = 0; round < 8; ++round) {
      if (random.Below(2) == 0) {
        const auto to = static_cast<uint32_t>(1 + random.Below(40));
        if (to != groups) entries = Dealt(entries, groups, to);
        groups = to;
      }
      const auto parallelism = static_cast<uint32_t>(1 + random.Below(groups));
      std::vector<OperatorStateEntry> saved;
      for (uint32_t subtask = 0; subtask < parallelism; ++subtask) {
        const KeyGroupRange range = KeyGroupsOfSubtask(subtask, parallelism, groups);
        WindowProgress progress = WindowProgress::Restore(entries, range, groups).value();
        const int64_t watermark =
            random.Below(3) > 0 ? static_cast<int64_t>(random.Below(1000)) : kNone;
        for (int k = 0; k < kKeys; ++k) {
          if (!range.Contains(KeyGroupOf(hashes[k], groups))) continue;
          EXPECT_EQ(progress.Of(hashes[k]), expected[k]);
          EXPECT_LE(progress.floor(), expected[k]);
          EXPECT_TRUE(progress.uneven() || progress.floor() == expected[k]);
          expected[k] = std::max(expected[k], watermark);
        }
        progress.Advance(watermark);
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
