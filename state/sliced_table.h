// One value table a window slice.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "state/value_table.h"

namespace weir::state {

// A slice is a table of its own, so that dropping a window is freeing its memory and one range
// deletion on disk. One thread.
// Costs of a slice that was never on disk end with its memory: dropping it writes nothing.
class NativeSlicedTable final : public SlicedTable {
 public:
  NativeSlicedTable(TaskContext& task, Family& family) : task_(task), family_(family) {}

  Result<ValueTable*> Slice(Timestamp slice_end) override;
  Result<ValueTable*> FindSlice(Timestamp slice_end) override;
  std::vector<Timestamp> Slices() const override;
  Status Drop(Timestamp slice_end) override;

  // The table of a restored slice.
  NativeValueTable& Restored(int64_t slice_millis) { return Open(slice_millis); }
  // As TableCore's, for all slices: those that a barrier froze and that were dropped since, too.
  void BeginSnapshot(TablePart& part, TaskPart& task_part);
  bool CopyFrozen(size_t rows);
  // In order of their ends.
  template <typename F>
  void ForEachSlice(F&& f) {
    for (auto& [end, table] : slices_) f(*table);
  }
  uint64_t row_count() const;
  uint64_t used_bytes() const;
  uint64_t disk_only_rows() const;

  // A slice's end in disk keys: 8 bytes big-endian, sign flipped, so that slices sort by time.
  static std::string SliceBytes(int64_t slice_millis);
  static int64_t SliceMillis(std::string_view bytes);

 private:
  using SliceMap = std::map<int64_t, std::unique_ptr<NativeValueTable>>;

  // Of all slices.
  template <typename F>
  uint64_t Sum(F&& figure) const;
  // Created when absent.
  NativeValueTable& Open(int64_t slice_millis);
  // One range a key group: a slice and all that was before it, down to the next one that there is.
  // Sessions end at any millisecond; as ranges of their own, thousands an epoch, dropped slices
  // would cost the disk more than the rows they drop.
  std::vector<KeyRange> RangesUpTo(SliceMap::const_iterator slice) const;

  TaskContext& task_;
  Family& family_;
  SliceMap slices_;
  std::vector<NativeValueTable*> copying_;                // slices with frozen rows
  std::vector<std::unique_ptr<NativeValueTable>> dying_;  // dropped, some of them in copying_
  std::map<int64_t, uint64_t> dropped_;  // slices that reached the disk -> epoch of their drop
  std::map<std::string, std::optional<std::string>> counters_gone_;
  std::vector<KeyRange> drops_;  // memory only: what a disk table would keep
  // Rows in memory of the slice dropped last, which the next new one is likely to get, too.
  uint64_t expected_rows_ = 0;
};

}  // namespace weir::state
