// Tables that are divided into slices: one for each window slice or stretch of time.
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

// The slices of one table, whatever its layout. Each is a table of its own, so that dropping a
// window means freeing its memory and one range deletion on disk. Dropping a slice that never
// reached the disk writes nothing.
class TableSlices {
 public:
  // Both references outlive the slices.
  TableSlices(TaskContext& task, Family& family) : task_(task), family_(family) {}
  virtual ~TableSlices() = default;

  // The table of a slice that a checkpoint has, to restore into; created when absent.
  TableCore& Restored(int64_t slice_millis) { return Open(slice_millis); }
  // As TableCore's, for all slices, including slices that were dropped while a barrier had them
  // frozen.
  void BeginSnapshot(TablePart& part, TaskPart& task_part);
  bool CopyFrozen(size_t rows);
  // Calls f(TableCore&) for each slice, in the order of their ends. `f` must not drop slices.
  template <typename F>
  void ForEachSlice(F&& f) {
    for (auto& [end, table] : slices_) f(*table);
  }
  uint64_t row_count() const;
  uint64_t used_bytes() const;
  uint64_t disk_only_rows() const;

  // A slice's end in disk keys: 8 bytes big-endian with the sign flipped, so that slices sort by
  // time.
  static std::string SliceBytes(int64_t slice_millis);
  static int64_t SliceMillis(std::string_view bytes);

 protected:
  // An empty table whose index has room for this many expected keys.
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

  // Adds up a figure over all slices.
  template <typename F>
  uint64_t Sum(F&& figure) const;
  // Created when absent.
  TableCore& Open(int64_t slice_millis);
  // One range a key group, from the next older existing slice to this one. Sessions end at any
  // millisecond: if each dropped slice were a range of its own, thousands an epoch, they would cost
  // the disk more than the rows in them.
  std::vector<KeyRange> RangesUpTo(SliceMap::const_iterator slice) const;

  SliceMap slices_;
  std::vector<TableCore*> copying_;                // slices with frozen rows
  std::vector<std::unique_ptr<TableCore>> dying_;  // dropped; some of them are in copying_
  // Dropped slices that had reached the disk -> epoch of their drop.
  std::map<int64_t, uint64_t> dropped_;
  std::map<std::string, std::optional<std::string>> dropped_counters_;
  std::vector<KeyRange> drops_;  // memory only: the drops that a disk table would keep
  // How many keys the slice dropped last had in memory, as a guess for the next new one.
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
