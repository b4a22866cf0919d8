// One table a window slice, or a stretch of time.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "state/table/list_table.h"
#include "state/table/value_table.h"

namespace weir::state {

// The slices of one table, whatever its layout. A slice is a table of its own, so that dropping a
// window is freeing its memory and one range deletion on disk.
// Costs of a slice that was never on disk end with its memory: dropping it writes nothing.
class TableSlices {
 public:
  // Both outlive the slices.
  TableSlices(TaskContext& task, Family& family) : task_(task), family_(family) {}
  virtual ~TableSlices() = default;

  // The table of a restored slice.
  TableCore& Restored(int64_t slice_millis) { return Open(slice_millis); }
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

 protected:
  // An empty table whose index has room for so many keys. They may never come.
  virtual std::unique_ptr<TableCore> Make(std::string slice, uint64_t keys) const = 0;
  virtual uint64_t MemoryKeysOf(const TableCore& table) const = 0;

  // The operations of the port Sliced.
  Result<TableCore*> OpenSlice(int64_t slice_millis);
  TableCore* Find(int64_t slice_millis) const;
  std::vector<Timestamp> Ends() const;
  Status DropSlice(int64_t slice_millis);

  TaskContext& task_;
  Family& family_;

 private:
  using SliceMap = std::map<int64_t, std::unique_ptr<TableCore>>;

  // Of all slices.
  template <typename F>
  uint64_t Sum(F&& figure) const;
  // Created when absent.
  TableCore& Open(int64_t slice_millis);
  // One range a key group: a slice and all that was before it, down to the next one that there is.
  // Sessions end at any millisecond; as ranges of their own, thousands an epoch, dropped slices
  // would cost the disk more than the rows they drop.
  std::vector<KeyRange> RangesUpTo(SliceMap::const_iterator slice) const;

  SliceMap slices_;
  std::vector<TableCore*> copying_;                // slices with frozen rows
  std::vector<std::unique_ptr<TableCore>> dying_;  // dropped, some of them in copying_
  std::map<int64_t, uint64_t> dropped_;  // slices that reached the disk -> epoch of their drop
  std::map<std::string, std::optional<std::string>> dropped_counters_;
  std::vector<KeyRange> drops_;  // memory only: what a disk table would keep
  // Keys in memory of the slice dropped last, which the next new one is likely to get, too.
  uint64_t expected_keys_ = 0;
};

// Slices of one layout: `Native` implements `Table`.
template <typename Native, typename Table>
class NativeSlices final : public Sliced<Table>, public TableSlices {
 public:
  using TableSlices::TableSlices;

  const RowLayout& layout() const override { return family_.rows.layout(); }
  Result<Table*> Slice(Timestamp slice_end) override {
    return PortOf(TRY(OpenSlice(slice_end.millis)));
  }
  Result<Table*> FindSlice(Timestamp slice_end) override { return PortOf(Find(slice_end.millis)); }
  std::vector<Timestamp> Slices() const override { return Ends(); }
  Status Drop(Timestamp slice_end) override { return DropSlice(slice_end.millis); }

 private:
  static Table* PortOf(TableCore* table) { return static_cast<Native*>(table); }
  std::unique_ptr<TableCore> Make(std::string slice, uint64_t keys) const override {
    auto table = std::make_unique<Native>(task_, family_, std::move(slice));
    table->Expect(keys);
    return table;
  }
  uint64_t MemoryKeysOf(const TableCore& table) const override {
    return static_cast<const Native&>(table).memory_keys();
  }
};

using NativeSlicedTable = NativeSlices<NativeValueTable, ValueTable>;
using NativeSlicedLists = NativeSlices<NativeListTable, ListTable>;

}  // namespace weir::state
