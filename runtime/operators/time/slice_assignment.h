// Which rows of a batch go to which slice or window, and which are late for all of theirs.
#pragma once

#include <cstdint>
#include <span>
#include <utility>
#include <vector>

#include "runtime/graph/aggregate_state.h"
#include "runtime/types/batch.h"
#include "runtime/types/time_zone.h"
#include "runtime/window/window_arithmetic.h"

namespace weir::operators {

// Milliseconds of every physical row's time, on the wall clock of `zone`, for a TIMESTAMP or
// TIMESTAMP_LTZ column. kDataError when a selected row has no time.
Status LocalTimes(const Batch& batch, int time_column, const TimeZone& zone,
                  std::vector<int64_t>& millis);

// The marks of rows behind their partition's watermark as local milliseconds, one per physical row.
// REQUIRES: batch.late_marks.
void LocalMarks(const Batch& batch, const TimeZone& zone, std::vector<int64_t>& marks);

// Divides rows by graph::SliceId / WindowId. Memory is reused from batch to batch.
// Ids are spread by sorting unless one id has all rows, which is the common case.
class SliceAssignment {
 public:
  // Rows of one id, ascending.
  struct Piece {
    int64_t id;
    std::span<const uint32_t> rows;
  };

  // `whole_windows`: rows go to each of their windows, not to slices.
  SliceAssignment(const window::WindowSpec& spec, bool whole_windows)
      : spec_(spec), whole_windows_(whole_windows) {}

  // Forgets the last batch.
  void Clear();
  // Assigns a row of the slice that ends at `slice_end`: to the slice if none of its windows is
  // complete at `watermark` (local milliseconds); else to each window that is not, or to a later
  // slice that belongs to just those. Counts the row as late when all are complete.
  void Add(uint32_t row, int64_t slice_end, int64_t watermark);
  // Assigns all rows of `batch` at once, when they lie in one slice and that is not complete at
  // `watermark` in any part; else does nothing and returns false. For the common case: input in
  // order of time, over a TIMESTAMP column or over one of TIMESTAMP_LTZ in UTC. REQUIRES: nothing
  // was added since Clear.
  bool AddWhole(const Batch& batch, int time_column, const TimeZone& zone, int64_t watermark);
  // Assigns a row of a local phase's output. When the slice or window `id` is complete, the `rows`
  // of the input that it stands for are late instead, except those that belong to a later window as
  // well.
  void AddId(uint32_t row, int64_t id, int64_t watermark, uint64_t rows = 1);

  // The assigned rows grouped by id. The spans are valid until Clear.
  std::span<const Piece> Pieces();
  // The number of input rows all of whose windows are complete.
  uint64_t late_rows() const { return late_rows_; }

 private:
  void AddPartlyLate(uint32_t row, int64_t slice_end, int64_t watermark);
  void Divide();

  window::WindowSpec spec_;
  bool whole_windows_;
  std::vector<std::pair<int64_t, uint32_t>> entries_;  // id, row
  std::vector<uint32_t> rows_;
  std::vector<Piece> pieces_;
  std::vector<int64_t> window_ends_;
  uint64_t late_rows_ = 0;
  // The slice, watermark and id of the row before: rows often repeat them.
  bool remembered_ = false;
  int64_t last_slice_ = 0;
  int64_t last_watermark_ = 0;
  int64_t last_id_ = 0;
};

}  // namespace weir::operators
