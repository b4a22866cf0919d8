#include "runtime/window/window_arithmetic.h"

#include <gmock/gmock.h>

#include <algorithm>
#include <limits>

#include "runtime/base/random.h"
#include "runtime/types/datetime.h"
#include "runtime/window/open_windows.h"
#include "tests/seed.h"

namespace weir::window {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

constexpr int64_t kMin = std::numeric_limits<int64_t>::min();
constexpr int64_t kMax = std::numeric_limits<int64_t>::max();

WindowSpec Tumble(int64_t size, int64_t offset = 0) {
  return {WindowKind::kTumble, size, 0, offset, false};
}
WindowSpec Hop(int64_t size, int64_t slide, int64_t offset = 0) {
  return {WindowKind::kHop, size, slide, offset, false};
}
WindowSpec Cumulate(int64_t size, int64_t step, int64_t offset = 0) {
  return {WindowKind::kCumulate, size, step, offset, false};
}

std::vector<Window> Assigned(const WindowSpec& spec, int64_t millis) {
  std::vector<Window> windows;
  AssignWindows(spec, millis, windows);
  return windows;
}

TEST(AssignWindows, Tumbles) {
  EXPECT_THAT(Assigned(Tumble(10), 0), ElementsAre(Window{0, 10}));
  EXPECT_THAT(Assigned(Tumble(10), 9), ElementsAre(Window{0, 10}));
  EXPECT_THAT(Assigned(Tumble(10), -1), ElementsAre(Window{-10, 0}));
  EXPECT_THAT(Assigned(Tumble(10, 3), 2), ElementsAre(Window{-7, 3}));
  EXPECT_THAT(Assigned(Tumble(10, -3), 8), ElementsAre(Window{7, 17}));
}

TEST(AssignWindows, Hops) {
  EXPECT_THAT(Assigned(Hop(10, 5), 12), ElementsAre(Window{10, 20}, Window{5, 15}));
  EXPECT_THAT(Assigned(Hop(10, 4), 9), ElementsAre(Window{8, 18}, Window{4, 14}, Window{0, 10}));
  EXPECT_THAT(Assigned(Hop(2, 10), 1), ElementsAre(Window{0, 2}));
  EXPECT_THAT(Assigned(Hop(2, 10), 5), IsEmpty());
}

TEST(AssignWindows, CumulatesAndOpensSessions) {
  EXPECT_THAT(Assigned(Cumulate(30, 10), 12), ElementsAre(Window{0, 20}, Window{0, 30}));
  EXPECT_THAT(Assigned(Cumulate(30, 10, 5), -26), ElementsAre(Window{-55, -25}));
  EXPECT_THAT(Assigned({WindowKind::kSession, 7, 0, 0, false}, 5), ElementsAre(Window{5, 12}));
}

TEST(Slices, BelongToWindows) {
  std::vector<int64_t> ends;
  WindowsOfSlice(Hop(10, 5), 15, ends);
  EXPECT_THAT(ends, ElementsAre(15, 20));
  WindowsOfSlice(Cumulate(30, 10), 20, ends);
  EXPECT_THAT(ends, ElementsAre(20, 30));
  WindowsOfSlice(Tumble(10), 20, ends);
  EXPECT_THAT(ends, ElementsAre(20));
}

// Slices say of every row what table functions say of it.
TEST(Slices, AgreeWithAssignedWindows) {
  const uint64_t seed = 21;
  SCOPED_TRACE(seed);
  Random random(SeedOf(seed));
  for (int i = 0; i < 3'000; ++i) {
    const auto step = static_cast<int64_t>(random.Below(50)) + 1;
    const int64_t size = step * static_cast<int64_t>(random.Below(6) + 1);
    const auto offset = static_cast<int64_t>(random.Below(41)) - 20;
    const WindowSpec specs[] = {Tumble(size, offset), Hop(size, step, offset),
                                Cumulate(size, step, offset)};
    const WindowSpec& spec = specs[random.Below(3)];
    SCOPED_TRACE(spec.ToString());
    ASSERT_TRUE(CheckAggregationSpec(spec).ok());
    const auto millis = static_cast<int64_t>(random.Below(2'000)) - 1'000;
    std::vector<int64_t> expected;
    for (const Window& window : Assigned(spec, millis)) {
      expected.push_back(window.end);
      ASSERT_EQ(WindowStart(spec, window.end), window.start);
      ASSERT_TRUE(window.start <= millis && millis < window.end);
    }
    std::sort(expected.begin(), expected.end());
    ASSERT_LE(expected.size(), MaxWindowsPerRow(spec));
    const int64_t slice = SliceEnd(spec, millis);
    std::vector<int64_t> windows;
    WindowsOfSlice(spec, slice, windows);
    // None of the least times, whose sums would leave int64.
    for (const int64_t watermark : {slice - 2 * spec.size, slice - 1, slice, slice + spec.size / 2,
                                    slice + spec.size, slice + 3 * spec.size}) {
      const auto open =
          std::ranges::find_if(windows, [&](int64_t end) { return !IsComplete(end, watermark); });
      int64_t found = 0;
      ASSERT_EQ(FirstOpenWindowEnd(spec, slice, watermark, &found), open != windows.end());
      if (open != windows.end()) {
        ASSERT_EQ(found, *open);
      }
    }
    ASSERT_EQ(windows, expected);
    ASSERT_EQ(FirstWindowEnd(spec, slice), expected.front());
    ASSERT_EQ(LastWindowEnd(spec, slice), expected.back());
    ASSERT_EQ(IsLate(spec, millis, expected.back() - 1), true);
    ASSERT_EQ(IsLate(spec, millis, expected.back() - 2), false);
    const int64_t complete = LastCompleteWindowEnd(spec, millis);
    ASSERT_TRUE(IsComplete(complete, millis));
    ASSERT_GT(complete, millis + 1 - (spec.kind == WindowKind::kTumble ? size : step));
    int64_t next = expected.front();
    for (size_t w = 1; w < expected.size(); ++w) {
      ASSERT_TRUE(NextWindowEnd(spec, next, &next));
      ASSERT_EQ(next, expected[w]);
    }
  }
}

TEST(Slices, OfColumnsEqualThoseOfRows) {
  Random random(SeedOf(22));
  for (const WindowSpec& spec : {Tumble(10, 3), Hop(20, 5), Cumulate(60, 20, -7)}) {
    std::vector<int64_t> times;
    for (int i = 0; i < 1'000; ++i)
      times.push_back(static_cast<int64_t>(random.Below(400)) - 200 + i / 10);
    std::vector<int64_t> ends(times.size());
    SliceEnds(spec, times, ends.data());
    std::vector<int64_t> micros;
    for (size_t i = 0; i < times.size(); ++i) {
      ASSERT_EQ(ends[i], SliceEnd(spec, times[i]));
      micros.push_back(times[i] * 1000 + static_cast<int64_t>(random.Below(1000)));
    }
    std::vector<int64_t> micro_ends(times.size());
    SliceEndsOfMicros(spec, micros, micro_ends.data());
    EXPECT_EQ(micro_ends, ends);
  }
}

TEST(Slices, SaturateAtTheEndsOfTime) {
  for (const WindowSpec& spec : {Tumble(10), Hop(20, 10), Cumulate(20, 10)}) {
    EXPECT_EQ(SliceEnd(spec, kMax), kMax);
    EXPECT_EQ(LastWindowEnd(spec, kMax), kMax);
    EXPECT_GT(SliceEnd(spec, kMin), kMin);
    EXPECT_EQ(LastCompleteWindowEnd(spec, kMax), kMax);
    EXPECT_EQ(LastCompleteWindowEnd(spec, kMin), kMin);
    EXPECT_FALSE(Assigned(spec, kMax).empty());
    int64_t next = 0;
    EXPECT_FALSE(NextWindowEnd(spec, kMax, &next));
  }
  EXPECT_EQ(Assigned({WindowKind::kSession, 7, 0, 0, false}, kMax).front().end, kMax);
}

TEST(WindowSpec, IsCheckedAndPrinted) {
  EXPECT_EQ(CheckWindowSpec(Tumble(0)).code(), StatusCode::kInvalidSql);
  EXPECT_EQ(CheckWindowSpec(Hop(365LL * 86'400'000, 1)).id(), "E2010");
  EXPECT_EQ(CheckWindowSpec(Cumulate(365LL * 86'400'000, 1)).id(), "E2010");
  EXPECT_TRUE(CheckWindowSpec(Hop(365LL * 86'400'000, 60'000)).ok());
  EXPECT_EQ(CheckWindowSpec(Hop(10, 0)).code(), StatusCode::kInvalidSql);
  EXPECT_EQ(CheckWindowSpec(Cumulate(25, 10)).code(), StatusCode::kInvalidSql);
  EXPECT_TRUE(CheckWindowSpec(Hop(10, 4)).ok());
  EXPECT_EQ(CheckAggregationSpec(Hop(10, 4)).code(), StatusCode::kUnsupported);
  EXPECT_FALSE(CheckAggregationSpec(Hop(10, 20)).ok());
  EXPECT_EQ(Tumble(3'600'000).ToString(), "TUMBLE(size 1 hour)");
  EXPECT_EQ(Hop(600'000, 5'000, 1).ToString(),
            "HOP(size 10 minutes, slide 5 seconds, offset 1 millisecond)");
}

int64_t Millis(std::string_view text) {
  return *ParseTimestamp(text, 3) / 1000;
}

TEST(LocalWindows, FollowTheZonesDays) {
  const TimeZone berlin = *TimeZone::Find("Europe/Berlin");
  const WindowSpec day = Tumble(86'400'000);
  const auto hours = [&](std::string_view utc) {
    const std::vector<int64_t> times = {Millis(utc)};
    int64_t local = 0;
    ToLocalTimes(berlin, times, &local);
    const Window window = LocalWindowToUtc(berlin, Assigned(day, local).front());
    EXPECT_TRUE(window.start <= times[0] && times[0] < window.end);
    return (window.end - window.start) / 3'600'000;
  };
  EXPECT_EQ(hours("2024-03-31 12:00:00"), 23);
  EXPECT_EQ(hours("2024-10-27 12:00:00"), 25);
  EXPECT_EQ(hours("2024-07-01 12:00:00"), 24);
}

TEST(LocalWindows, CompleteWithTheirTimers) {
  const TimeZone berlin = *TimeZone::Find("Europe/Berlin");
  for (const int64_t size : {1'800'000LL, 3'600'000LL, 86'400'000LL}) {
    const WindowSpec spec = Tumble(size);
    for (const std::string_view start : {"2024-03-30 20:00:00", "2024-10-26 20:00:00"}) {
      for (int64_t utc = Millis(start); utc < Millis(start) + 36'000'000; utc += 299'999) {
        const int64_t end = SliceEnd(spec, berlin.ToLocalMillis(utc));
        // A row's window must be open at the row's own time less one.
        EXPECT_FALSE(IsComplete(end, LocalWatermark(berlin, utc - 1)));
        const int64_t timer = TimerOf(berlin, end);
        EXPECT_TRUE(IsComplete(end, LocalWatermark(berlin, timer)));
        EXPECT_FALSE(IsComplete(end, LocalWatermark(berlin, timer - 1)));
      }
    }
  }
  EXPECT_EQ(LocalWatermark(berlin, kMax), kMax);
  EXPECT_EQ(LocalWatermark(berlin, kMin), kMin);
  EXPECT_EQ(TimerOf(berlin, kMax), kMax);
}

}  // namespace
}  // namespace weir::window
