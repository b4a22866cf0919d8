// Rows in the order of their times, once the watermark has passed them.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/operators/time/waiting_rows.h"

namespace weir::operators {

// Rows are held in memory until the next watermark, or the next barrier, since most need not wait
// longer; those that must are in state (WaitingRows). Used by one task's thread.
class DueRows {
 public:
  // As WaitingRows::Open.
  Status Open(WaitingShape shape, TaskState& tasks, const std::string& uid);
  // As WaitingRows::ForEach: of the rows that a restore brought, when called behind Open.
  Status ForEachStored(
      const std::function<void(std::string_view key, int64_t time)>& on_row) const {
    return waiting_.ForEach(on_row);
  }

  // Holds rows with as many columns as the shape says. REQUIRES: their times are after the last
  // limit whose rows have all been given out.
  Status Add(TimedRows rows);
  // Moves what is held in memory to the state.
  Status Store();

  // Begins to give out the rows with times up to `limit`. REQUIRES: this is the first Begin, or
  // Next has returned nothing, so that all rows of the last one are given out.
  void Begin(int64_t limit);
  // The next of them, by time and then by sequence: some ten thousands, and all rows up to `bound`
  // that were not given before. Nothing when no such row is left.
  struct Portion {
    int64_t bound;
    TimedRows rows;
  };
  Result<std::optional<Portion>> Next();

  // About how much memory the held rows take. Long strings are not counted, as few rows are held.
  uint64_t held_bytes() const { return uint64_t{held_rows_} * row_bytes_; }

 private:
  // Moves the rows held up to `limit` to the result, sorted.
  TimedRows TakeHeld(int64_t limit);

  WaitingRows waiting_;
  std::vector<int> keys_;
  uint64_t row_bytes_ = 0;
  std::vector<TimedRows> held_;
  uint32_t held_rows_ = 0;
  // The current limit, and the held rows that are due by it; the first `given_` are given out.
  int64_t limit_ = 0;
  TimedRows due_;
  uint32_t given_ = 0;
  std::vector<uint64_t> hashes_;  // scratch
};

}  // namespace weir::operators
