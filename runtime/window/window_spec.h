// The kind and the lengths of a window; window_arithmetic.h assigns rows to windows by them.
#pragma once

#include <cstdint>
#include <string>

namespace weir::window {

enum class WindowKind : uint8_t { kTumble, kHop, kCumulate, kSession };

// Lengths in milliseconds. kTumble: size. kHop: size and slide. kCumulate: size (maximum) and step
// in `slide`. kSession: gap in `size`. `offset` shifts the alignment to the epoch.
// Flink: "Windowing TVF". Boundaries are multiples of the length away from the epoch and `offset`,
// on the wall clock of a zone where the time is TIMESTAMP_LTZ.
struct WindowSpec {
  WindowKind kind = WindowKind::kTumble;
  int64_t size = 0;
  int64_t slide = 0;
  int64_t offset = 0;
  bool processing_time = false;

  // "TUMBLE(size 1 hour)", as EXPLAIN prints it.
  std::string ToString() const;
  friend bool operator==(const WindowSpec&, const WindowSpec&) = default;
};

}  // namespace weir::window
