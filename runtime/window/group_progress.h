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

// How far keys have got when they are dealt to `groups` key groups: every key of a group in a run
// has got at least as far as the run says. Groups in no run have not begun.
struct GroupProgress {
  uint32_t groups = 0;
  std::vector<GroupRun> runs;  // ascending
  friend bool operator==(const GroupProgress&, const GroupProgress&) = default;
};

// Writes version 1, which has no number of groups, if all entries are of `groups` groups; otherwise
// version 2. After a change of the number of groups there are several entries: a key has got as far
// as the furthest of them says.
std::string EncodeGroupProgress(std::span<const GroupProgress> all, uint32_t groups);
// `groups`: how many there were when the bytes were written. kCorruption when malformed.
Result<std::vector<GroupProgress>> DecodeGroupProgress(std::string_view bytes, uint32_t groups);

}  // namespace weir::window
