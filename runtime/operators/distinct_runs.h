// Splits batches so that an operator which emits the net change of a batch emits every change
// instead.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "runtime/base/result.h"
#include "runtime/graph/late_marks.h"
#include "runtime/types/batch.h"

namespace weir::operators {

// Where an operator further down counts or drops late rows, its windows must see the same changes
// and drop the same rows however the input was cut into batches; Flink emits every change. A batch
// is therefore cut where a key occurs again, and the changes of a key get the late mark of the row
// that caused them. For operators whose output has no such reader, batches stay whole and no marks
// are written.
class DistinctRuns {
 public:
  // `marks`: whether, and by which operators, the marks in the output are read.
  void Open(graph::LateMarks marks) { cuts_ = marks != graph::LateMarks::kUnused; }

  // Calls on_run(const Batch&, const uint64_t* hashes) for every run of `batch` (dense) in order;
  // `hashes` are those of its rows' keys. Keys with equal hashes are taken for equal, which at
  // worst makes one more run.
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

  // Gives each row of `result` the late mark of the row of `run` that has its key. `keys` are
  // columns of `result`. REQUIRES: called within on_run for its batch, which has a row of each key.
  void CopyMarks(const Batch& run, std::span<const int> keys, Batch& result);

 private:
  // The end of the run of distinct keys that begins at row `begin`.
  uint32_t EndOf(const uint64_t* hashes, uint32_t begin, uint32_t rows);
  static Batch Cut(const Batch& batch, uint32_t begin, uint32_t end);
  size_t SlotOf(uint64_t hash) const;

  // Open addressing. A slot of an earlier run counts as free, so that nothing has to be cleared
  // between runs.
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
