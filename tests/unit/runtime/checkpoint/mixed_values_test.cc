#include "runtime/checkpoint/mixed_values.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace weir::checkpoint {
namespace {

using window::WindowKind;
using window::WindowSpec;

OperatorCheckpoint Windows(int64_t watermark,
                           const std::vector<std::vector<window::SliceRows>>& subtasks) {
  OperatorCheckpoint saved;
  saved.kind = "WindowAggregate";
  saved.watermark_millis = watermark;
  for (const auto& slices : subtasks) {
    const auto subtask = static_cast<uint32_t>(saved.operator_state.size());
    saved.operator_state.push_back(
        {subtask, std::string(window::kSliceRowsEntry), window::EncodeSliceRows(slices)});
    for (const window::SliceRows& slice : slices) saved.rows += slice.rows;
  }
  return saved;
}

WantedOperator Over(const WindowSpec& spec) {
  WantedOperator wanted;
  wanted.kind = "WindowAggregate";
  wanted.window = spec;
  return wanted;
}

TEST(MixedValues, OpenWindowsOfAllSubtasks) {
  const OperatorCheckpoint saved =
      Windows(12'999, {{{10'000, 1}, {20'000, 2}}, {{20'000, 3}, {40'000, 4}}});
  const MixedValues mixed = MixedIn(saved, Over({.kind = WindowKind::kTumble, .size = 10'000}));
  EXPECT_EQ(mixed.rows, 10U);
  ASSERT_EQ(mixed.windows.size(), 2U) << "the first window has fired";
  EXPECT_EQ(mixed.windows[0].window, (window::Window{10'000, 20'000}));
  EXPECT_EQ(mixed.windows[0].rows, 5U);
  EXPECT_EQ(mixed.windows[1].window, (window::Window{30'000, 40'000}));
  EXPECT_EQ(mixed.windows[1].rows, 4U);
  EXPECT_EQ(mixed.more_windows, 0U);
}

// HOP(size 30 s, slide 10 s): rows of 10 to 20 s are in the windows that end at 20, 30 and 40 s, of
// which the watermark has closed the first.
TEST(MixedValues, ASliceCountsForEveryOpenWindowThatHoldsIt) {
  const OperatorCheckpoint saved = Windows(25'000, {{{20'000, 2}, {30'000, 1}}});
  const MixedValues mixed =
      MixedIn(saved, Over({.kind = WindowKind::kHop, .size = 30'000, .slide = 10'000}));
  ASSERT_EQ(mixed.windows.size(), 3U);
  const std::vector<std::pair<int64_t, uint64_t>> want = {{30'000, 3}, {40'000, 3}, {50'000, 1}};
  for (size_t i = 0; i < want.size(); ++i) {
    EXPECT_EQ(mixed.windows[i].window, (window::Window{want[i].first - 30'000, want[i].first}));
    EXPECT_EQ(mixed.windows[i].rows, want[i].second);
  }
}

TEST(MixedValues, ManyWindowsAreListedInPart) {
  std::vector<window::SliceRows> slices;
  for (int64_t i = 1; i <= 100; ++i) slices.push_back({i * 1000, 1});
  const MixedValues mixed = MixedIn(Windows(Timestamp::Min().millis, {slices}),
                                    Over({.kind = WindowKind::kTumble, .size = 1000}));
  EXPECT_EQ(mixed.windows.size(), kMostWindowsListed);
  EXPECT_EQ(mixed.more_windows, 100 - kMostWindowsListed);
  EXPECT_EQ(mixed.last_end, 100'000);
}

TEST(MixedValues, GroupsAreCounted) {
  OperatorCheckpoint saved;
  saved.kind = "GroupAggregate";
  saved.rows = 41;
  const MixedValues mixed = MixedIn(saved, WantedOperator());
  EXPECT_EQ(mixed.rows, 41U);
  EXPECT_TRUE(mixed.windows.empty());
  EXPECT_EQ(mixed.rows_in_words, "existing groups");
}

TEST(MixedValues, NothingIsMixedInRowsThatStayWhole) {
  OperatorCheckpoint saved;
  saved.kind = "SortLimit";
  saved.rows = 41;
  EXPECT_EQ(MixedIn(saved, WantedOperator()).rows, 0U);
  EXPECT_EQ(MixedIn(OperatorCheckpoint(), WantedOperator()).rows, 0U) << "no kind at all";
}

TEST(MixedValues, WhatNobodyCanReadIsLeftOut) {
  OperatorCheckpoint saved = Windows(0, {{{10'000, 1}}});
  saved.operator_state.push_back({1, std::string(window::kSliceRowsEntry), "nonsense"});
  EXPECT_TRUE(NotedRows(saved, window::kSliceRowsEntry).empty());
}

// What DISTINCT left behind when it was dropped from HOP(size 30 s, slide 10 s): whole windows
// beside the slices of newer rows.
TEST(MixedValues, WholeWindowsCountForThemselves) {
  OperatorCheckpoint saved = Windows(25'000, {{{30'000, 1}}});
  saved.operator_state.push_back(
      {0, std::string(window::kWindowRowsEntry),
       window::EncodeSliceRows(std::vector<window::SliceRows>{{20'000, 9}, {40'000, 5}})});
  const MixedValues mixed =
      MixedIn(saved, Over({.kind = WindowKind::kHop, .size = 30'000, .slide = 10'000}));
  ASSERT_EQ(mixed.windows.size(), 3U);
  EXPECT_EQ(mixed.windows[0].rows, 1U);
  EXPECT_EQ(mixed.windows[1].window, (window::Window{10'000, 40'000}));
  EXPECT_EQ(mixed.windows[1].rows, 1U + 5U);
  EXPECT_EQ(mixed.windows[2].rows, 1U);
  EXPECT_EQ(NotedRows(saved, window::kWindowRowsEntry).size(), 2U) << "what has fired as well";
}

}  // namespace
}  // namespace weir::checkpoint
