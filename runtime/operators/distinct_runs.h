// One change a key at a time, for operators that otherwise give the net change of a batch.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "runtime/base/result.h"
#include "runtime/graph/late_marks.h"
#include "runtime/types/batch.h"

namespace weir::operators {

// Where late rows count behind an operator, windows there must see the same changes and drop the
// same late ones, however many rows come in a batch (Flink gives every change): a batch is cut
// where a key comes again, and what a key's row changes has that row's late mark. Elsewhere batches
// stay whole, and no mark is given.
class DistinctRuns {
 public:
  // `marks`: of the operator's output.
  void Open(graph::LateMarks marks) { cuts_ = marks != graph::LateMarks::kUnused; }

  // Calls on_run(const Batch&, const uint64_t* hashes) for every run of `batch` (dense) in order;
  // `hashes` are those of its rows' keys. Keys of equal hashes count as equal: a run more does no
  // harm.
  template <typename F>
  Status ForEach(const Batch& batch, const uint64_t* hashes, F&& on_run) {
    if (!cuts_) return on_run(batch, hashes);
    for (uint32_t begin = 0; begin < batch.row_count;) {
      const uint32_t end = EndOf(hashes, begin, batch.row_count);
      if (begin == 0 && end == batch.row_count) return on_run(batch, hashes);
      RETURN_IF_ERROR(on_run(Cut(batch, begin, end), hashes + begin));
      begin = end;
    }
    return {};
  }

  // Gives the rows of `result`, which came of `run`, the late marks of the rows of their keys.
  // `keys` are columns of `result`. REQUIRES: `run` is the one that ForEach calls for, and has a
  // row of each key.
  void CopyMarks(const Batch& run, std::span<const int> keys, Batch& result);

 private:
  // The end of the run of different keys that begins at row `begin`.
  uint32_t EndOf(const uint64_t* hashes, uint32_t begin, uint32_t rows);
  static Batch Cut(const Batch& batch, uint32_t begin, uint32_t end);
  size_t SlotOf(uint64_t hash) const;

  // Open addressing; slots of another run are free.
  struct Slot {
    uint64_t hash;
    uint32_t run;
    uint32_t row;  // of the run
  };
  bool cuts_ = false;
  std::vector<Slot> slots_;
  uint32_t run_ = 0;
  std::vector<uint64_t> hashes_;
};

}  // namespace weir::operators
