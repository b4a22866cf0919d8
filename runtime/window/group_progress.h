// How far key groups have got in time, as bytes: operator state "progress" of operators that fire
// windows (state/FORMAT.md, "Values").
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/base/result.h"

namespace weir::window {

// The name of that entry.
inline constexpr std::string_view kProgressEntry = "progress";

// Groups [first, end) have got as far as `millis` (local).
struct GroupRun {
  uint32_t first = 0;
  uint32_t end = 0;
  int64_t millis = 0;
  friend bool operator==(const GroupRun&, const GroupRun&) = default;
};

// Runs of groups out of `groups` of them: every key whose group it is has got at least so far. What
// no run names has not begun.
struct GroupProgress {
  uint32_t groups = 0;
  std::vector<GroupRun> runs;  // ascending
  friend bool operator==(const GroupProgress&, const GroupProgress&) = default;
};

// Version 1, which says no number of groups, where all are those of `groups`; else version 2. After
// keys were dealt to another number of groups there are several: a key has got as far as the
// furthest of them says.
std::string EncodeGroupProgress(std::span<const GroupProgress> all, uint32_t groups);
// `groups`: how many there were when the bytes were written. kCorruption when malformed.
Result<std::vector<GroupProgress>> DecodeGroupProgress(std::string_view bytes, uint32_t groups);

}  // namespace weir::window
