#include "runtime/operators/distinct_runs.h"

#include <algorithm>
#include <bit>
#include <numeric>

#include "runtime/types/key_encoding.h"

namespace weir::operators {

uint32_t DistinctRuns::EndOf(const uint64_t* hashes, uint32_t begin, uint32_t rows) {
  const size_t size = std::bit_ceil(size_t{2} * std::max<uint32_t>(rows, 1));
  if (slots_.size() < size) slots_.assign(size, {0, 0, 0});
  if (++run_ == 0) {
    std::fill(slots_.begin(), slots_.end(), Slot{0, 0, 0});
    run_ = 1;
  }
  for (uint32_t row = begin; row < rows; ++row) {
    Slot& slot = slots_[SlotOf(hashes[row])];
    if (slot.run == run_) return row;
    slot = {hashes[row], run_, row - begin};
  }
  return rows;
}

// The slot of the hash in this run, or the free slot where it would be.
size_t DistinctRuns::SlotOf(uint64_t hash) const {
  const size_t mask = slots_.size() - 1;
  size_t at = hash & mask;
  while (slots_[at].run == run_ && slots_[at].hash != hash) at = (at + 1) & mask;
  return at;
}

Batch DistinctRuns::Cut(const Batch& batch, uint32_t begin, uint32_t end) {
  const BufferPtr ids = MakeBuffer<uint32_t>(end - begin);
  std::iota(ids->as<uint32_t>(), ids->as<uint32_t>() + (end - begin), begin);
  return GatherBatch(batch, ids->as<uint32_t>(), end - begin);
}

void DistinctRuns::CopyMarks(const Batch& run, std::span<const int> keys, Batch& result) {
  if (!cuts_ || run.late_marks == nullptr || result.row_count == 0) return;
  hashes_.resize(result.row_count);
  HashKeys(result, keys, hashes_.data());
  result.late_marks = MakeBuffer<int64_t>(result.row_count);
  int64_t* marks = result.late_marks->as<int64_t>();
  for (uint32_t row = 0; row < result.row_count; ++row) {
    marks[row] = run.late_mark(slots_[SlotOf(hashes_[row])].row).millis;
  }
}

}  // namespace weir::operators
