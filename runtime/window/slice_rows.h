// How many rows a windowed operator holds in each of its slices: what it notes at a barrier beside
// its state, so that a savepoint says which windows are open without being read (DESCRIBE
// SAVEPOINT, EXPLAIN RESTORE).
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/base/result.h"

namespace weir::window {

// Names of the operator state entries, for slices that windows share and for whole windows. A
// subtask writes at most one of each, and none if it holds no rows. They are notes for people: no
// operator reads them back.
inline constexpr std::string_view kSliceRowsEntry = "slices";
inline constexpr std::string_view kWindowRowsEntry = "windows";
// More slices than this are summed up in the last one noted, so that checkpoints stay small.
inline constexpr size_t kMostSlicesNoted = 1000;

// The rows of a slice, or of a whole window in operators that keep whole windows. `end` is
// exclusive, in (local) milliseconds.
struct SliceRows {
  int64_t end = 0;
  uint64_t rows = 0;  // of state: one a key
  friend bool operator==(const SliceRows&, const SliceRows&) = default;
};

// Bytes: 1 (version), varint count, then each zigzag varint distance to the end before, varint
// rows. REQUIRES: ends ascend.
std::string EncodeSliceRows(std::span<const SliceRows> slices);
// kCorruption for anything else.
Result<std::vector<SliceRows>> DecodeSliceRows(std::string_view bytes);

// Adds the rows of `more` to those of the same end in `into`; both ascend, and so does the result.
void MergeSliceRows(std::span<const SliceRows> more, std::vector<SliceRows>& into);

}  // namespace weir::window
