// Hot: SliceEnds runs over every row of a windowed aggregation.
#include "runtime/window/window_arithmetic.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <numeric>

#include "runtime/base/check.h"
#include "runtime/fault_point.h"
#include "runtime/types/datetime.h"
#include "runtime/window/open_windows.h"

namespace weir::window {
namespace {

constexpr int64_t kMin = std::numeric_limits<int64_t>::min();
constexpr int64_t kMax = std::numeric_limits<int64_t>::max();

int64_t Saturate(Int128 value) {
  return value < kMin ? kMin : (value > kMax ? kMax : static_cast<int64_t>(value));
}
int64_t Plus(int64_t a, int64_t b) {
  return Saturate(Int128{a} + b);
}
int64_t Minus(int64_t a, int64_t b) {
  return Saturate(Int128{a} - b);
}

// The last multiple of `length`, counted from `offset`, that is not after `millis`; may lie before
// int64.
Int128 AlignDown(int64_t millis, int64_t offset, int64_t length) {
  const Int128 distance = Int128{millis} - offset;
  const Int128 remainder = distance % length;
  return Int128{millis} - remainder - (remainder < 0 ? length : 0);
}

// The milliseconds between the ends of neighbouring windows.
int64_t EndStep(const WindowSpec& spec) {
  return spec.kind == WindowKind::kTumble ? spec.size : spec.slide;
}

Status Wrong(const WindowSpec& spec, std::string_view why) {
  return Status::InvalidSql(fmt::format("{}: {}", why, spec.ToString())).WithId("E2010");
}

void AssignHops(const WindowSpec& spec, int64_t millis, std::vector<Window>& windows) {
  Int128 start = AlignDown(millis, spec.offset, spec.slide);
  for (; start > Int128{millis} - spec.size; start -= spec.slide) {
    windows.push_back({Saturate(start), Saturate(start + spec.size)});
  }
}

void AssignCumulating(const WindowSpec& spec, int64_t millis, std::vector<Window>& windows) {
  const Int128 start = AlignDown(millis, spec.offset, spec.size);
  Int128 end = AlignDown(millis, spec.offset, spec.slide) + spec.slide;
  for (; end <= start + spec.size; end += spec.slide) {
    windows.push_back({Saturate(start), Saturate(end)});
  }
}

// SliceEnds in either unit. The bounds of the last slice are kept, since neighbouring rows mostly
// fall into the same one and then need no division.
template <int64_t kUnitsPerMilli>
void FillSliceEnds(const WindowSpec& spec, std::span<const int64_t> times, int64_t* slice_ends) {
  const int64_t length = SliceLength(spec);
  // Half-open bounds of the current slice in the unit of `times`; empty at first.
  int64_t begin = 0;
  int64_t limit = 0;
  int64_t end = 0;
  for (size_t i = 0; i < times.size(); ++i) {
    const int64_t time = times[i];
    if (time < begin || time >= limit) [[unlikely]] {
      const int64_t millis = FloorDivide(time, kUnitsPerMilli);
      const Int128 start = AlignDown(millis, spec.offset, length);
      begin = Saturate(start * kUnitsPerMilli);
      limit = Saturate((start + length) * kUnitsPerMilli);
      end = Saturate(start + length);
    }
    slice_ends[i] = end;
  }
}

}  // namespace

namespace {

// In milliseconds, the years 1 to 9999: the end of a longer window may not be a time any more.
constexpr int64_t kLongestWindow = 315'537'897'600'000;

Status CheckLengths(const WindowSpec& spec) {
  if (spec.size <= 0) return Wrong(spec, "a window must be longer than 0");
  if (spec.size > kLongestWindow) return Wrong(spec, "a window may be 9999 years long at most");
  if (spec.kind == WindowKind::kHop && spec.slide <= 0) {
    return Wrong(spec, "the slide of HOP must be longer than 0");
  }
  if (spec.kind != WindowKind::kCumulate) return Status();
  if (spec.slide <= 0) return Wrong(spec, "the step of CUMULATE must be longer than 0");
  if (spec.size % spec.slide != 0) {
    return Wrong(spec, "the maximum size of CUMULATE must be a multiple of its step");
  }
  return Status();
}

}  // namespace

Status CheckWindowSpec(const WindowSpec& spec) {
  RETURN_IF_ERROR(CheckLengths(spec));
  const size_t windows = MaxWindowsPerRow(spec);
  if (windows <= static_cast<size_t>(kMostWindowsOfRow) || DefectPlanted("windows-without-limit"))
    return Status();
  return Wrong(spec, fmt::format("a row would be in {} windows, and at most {} are possible",
                                 windows, kMostWindowsOfRow))
      .WithHint(spec.kind == WindowKind::kHop ? "make the slide longer or the size shorter"
                                              : "make the step longer or the maximum size shorter");
}

Status CheckAggregationSpec(const WindowSpec& spec) {
  RETURN_IF_ERROR(CheckWindowSpec(spec));
  if (spec.kind == WindowKind::kHop && spec.size % spec.slide != 0) {
    return Status::Unsupported(
               "aggregation over HOP needs a size that is a multiple of the slide: " +
               spec.ToString())
        .WithId("E2010");
  }
  return Status();
}

void AssignWindows(const WindowSpec& spec, int64_t millis, std::vector<Window>& windows) {
  windows.clear();
  switch (spec.kind) {
    case WindowKind::kTumble: {
      const Int128 start = AlignDown(millis, spec.offset, spec.size);
      windows.push_back({Saturate(start), Saturate(start + spec.size)});
      return;
    }
    case WindowKind::kHop:
      AssignHops(spec, millis, windows);
      return;
    case WindowKind::kCumulate:
      AssignCumulating(spec, millis, windows);
      return;
    case WindowKind::kSession:
      windows.push_back({millis, Plus(millis, spec.size)});
      return;
  }
}

size_t MaxWindowsPerRow(const WindowSpec& spec) {
  const bool single = spec.kind == WindowKind::kTumble || spec.kind == WindowKind::kSession;
  return single ? 1 : static_cast<size_t>((spec.size - 1) / spec.slide + 1);
}

int64_t SliceLength(const WindowSpec& spec) {
  WEIR_DCHECK(spec.kind != WindowKind::kSession);
  return spec.kind == WindowKind::kHop ? std::gcd(spec.size, spec.slide) : EndStep(spec);
}

int64_t SliceEnd(const WindowSpec& spec, int64_t millis) {
  const int64_t length = SliceLength(spec);
  return Saturate(AlignDown(millis, spec.offset, length) + length);
}

int64_t FirstWindowEnd(const WindowSpec&, int64_t slice_end) {
  // Window ends are slice ends, and every slice ends a window: gcd(size, slide) is the slide.
  return slice_end;
}

int64_t LastWindowEnd(const WindowSpec& spec, int64_t slice_end) {
  switch (spec.kind) {
    case WindowKind::kHop:
      return Plus(slice_end, spec.size - SliceLength(spec));
    case WindowKind::kCumulate:
      return Saturate(AlignDown(Minus(slice_end, 1), spec.offset, spec.size) + spec.size);
    case WindowKind::kTumble:
    case WindowKind::kSession:
      break;
  }
  return slice_end;
}

bool NextWindowEnd(const WindowSpec& spec, int64_t window_end, int64_t* next) {
  const int64_t candidate = Plus(window_end, EndStep(spec));
  if (candidate == window_end) return false;  // at the end of time
  switch (spec.kind) {
    case WindowKind::kTumble:
    case WindowKind::kSession:
      return false;
    case WindowKind::kHop:
      if (spec.slide >= spec.size) return false;
      break;
    case WindowKind::kCumulate:
      if (candidate > LastWindowEnd(spec, window_end)) return false;
      break;
  }
  *next = candidate;
  return true;
}

int64_t WindowStart(const WindowSpec& spec, int64_t window_end) {
  if (spec.kind != WindowKind::kCumulate) return Minus(window_end, spec.size);
  return Saturate(AlignDown(Minus(window_end, 1), spec.offset, spec.size));
}

void SlicesOfWindow(const WindowSpec& spec, int64_t window_end, std::vector<int64_t>& ends) {
  ends.clear();
  const int64_t length = SliceLength(spec);
  const Int128 start = WindowStart(spec, window_end);
  for (Int128 end = start + length; end <= window_end; end += length) ends.push_back(Saturate(end));
}

void WindowsOfSlice(const WindowSpec& spec, int64_t slice_end, std::vector<int64_t>& ends) {
  ends.clear();
  const Int128 last = LastWindowEnd(spec, slice_end);
  for (Int128 end = FirstWindowEnd(spec, slice_end); end <= last; end += EndStep(spec)) {
    ends.push_back(static_cast<int64_t>(end));
  }
}

bool FirstOpenWindowEnd(const WindowSpec& spec, int64_t slice_end, int64_t watermark_millis,
                        int64_t* end) {
  const int64_t first = FirstWindowEnd(spec, slice_end);
  const int64_t step = EndStep(spec);
  Int128 open = first;
  if (IsComplete(first, watermark_millis)) {
    // A window is open while end - 1 > watermark, that is, while end >= watermark + 2.
    const Int128 behind = Int128{watermark_millis} + 2 - first;
    open += (behind + step - 1) / step * step;
  }
  const int64_t last = LastWindowEnd(spec, slice_end);
  if (open > last || IsComplete(Saturate(open), watermark_millis)) return false;
  *end = Saturate(open);
  return true;
}

int64_t LastCompleteWindowEnd(const WindowSpec& spec, int64_t watermark_millis) {
  if (watermark_millis == kMin || watermark_millis == kMax) return watermark_millis;
  return Saturate(AlignDown(watermark_millis + 1, spec.offset, EndStep(spec)));
}

bool IsLate(const WindowSpec& spec, int64_t millis, int64_t watermark_millis) {
  return IsComplete(LastWindowEnd(spec, SliceEnd(spec, millis)), watermark_millis);
}

void SliceEnds(const WindowSpec& spec, std::span<const int64_t> millis, int64_t* slice_ends) {
  FillSliceEnds<1>(spec, millis, slice_ends);
}

void SliceEndsOfMicros(const WindowSpec& spec, std::span<const int64_t> micros,
                       int64_t* slice_ends) {
  FillSliceEnds<kMicrosPerMilli>(spec, micros, slice_ends);
}

void ToLocalTimes(const TimeZone& zone, std::span<const int64_t> utc_millis,
                  int64_t* local_millis) {
  for (size_t i = 0; i < utc_millis.size(); ++i)
    local_millis[i] = zone.ToLocalMillis(utc_millis[i]);
}

Window LocalWindowToUtc(const TimeZone& zone, Window local) {
  return {zone.ToUtcMillis(local.start), zone.ToUtcMillis(local.end)};
}

int64_t TimerOf(const TimeZone& zone, int64_t local_window_end) {
  if (local_window_end == kMin || local_window_end == kMax) return local_window_end;
  return zone.ToUtcMillisForTimer(local_window_end - 1);
}

int64_t LocalWatermark(const TimeZone& zone, int64_t utc_watermark) {
  return zone.PassedLocalMillis(utc_watermark);
}

}  // namespace weir::window
