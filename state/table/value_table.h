// Layout kValue: key -> one row.
#pragma once

#include <string>
#include <vector>

#include "state/row/scan_run.h"
#include "state/table/keyed_table.h"

namespace weir::state {

// The operations are described at ValueTable. The index points directly to the rows, so that
// looking up a key in memory touches its slot and its row only. A batch is hashed, probed and
// prefetched as a whole, and what memory lacks is read by one MultiGet. Eviction uses CLOCK: rows
// that are on disk and were not used since the hand passed go first.
class NativeValueTable final : public ValueTable, public KeyedTable<ValueRow, ValueRow> {
 public:
  // `slice` as in TableCore. Both references outlive the table.
  NativeValueTable(TaskContext& task, Family& family, std::string slice);

  const RowLayout& layout() const override { return family_.rows.layout(); }
  Status FindOrCreate(const KeyView& keys, std::byte** rows, uint8_t* created) override;
  Status Find(const KeyView& keys, std::byte** rows) override;
  void Add(std::span<const uint32_t> probes, std::byte** rows) override;
  void MarkChanged(std::span<std::byte* const> rows) override;
  void Erase(std::span<std::byte* const> rows) override;
  Status ScanWhere(const std::function<bool(const std::byte* row)>& wanted,
                   const std::function<Status(const ScannedRows&)>& visit) override;
  uint64_t row_count() const override { return TableCore::row_count(); }
  void SetString(std::byte* row, size_t field, std::string_view bytes) override {
    StoreString(row, field, bytes);
  }

  Status LoadRecord(std::string_view key, std::string_view value) override;

 protected:
  Address AddressOf(Row row, std::string& scratch) const override;
  void ForEachRow(const std::function<void(Row)>& f) override;
  void Evict(uint64_t wanted) override;
  void ForgetTombstone(Row row) override;
  void ExpireChunk(size_t chunk) override;
  Status ExpireSaved(std::span<const std::string> records) override;

 private:
  // Reads those of `misses` (indices into key_batch_) that the disk may have into memory.
  Status Load(std::vector<uint32_t>& misses);
  // A zeroed row that is in the index.
  ValueRow AddRow(uint64_t hash, const KeyWord& key);
  // Adds a row as it is on disk, which is clean.
  Status AddLoaded(uint64_t hash, const KeyWord& key, std::string_view value);
  // The row of the i-th key of key_batch_, created if it is absent or a tombstone.
  ValueRow CreateAt(uint32_t i, uint8_t& created);
  // FindOrCreate for key_batch_ when no row is only on disk.
  void CreateInMemory(std::byte** rows, uint8_t* created);
  void FinishCreate(std::span<std::byte* const> rows, uint8_t* created);
  // Frees the row and its key, whatever the disk has. `hash`: of its key.
  void Remove(ValueRow row, uint64_t hash);
  // The same for a row that the disk has.
  void Forget(ValueRow row);
  // Erases a row. It leaves a tombstone, unless the disk never saw it.
  void EraseRow(ValueRow row);
  // The arguments of ScanWhere; `wanted` is empty if all rows are.
  struct RowScan {
    const std::function<bool(const std::byte* row)>& wanted;
    const std::function<Status(const ScannedRows&)>& visit;
  };
  // The parts of a scan: rows in memory, and rows that are only on disk, which are read and shown
  // in runs and do not stay in memory.
  Status Show(std::span<const ValueRow> rows, const RowScan& scan);
  Status ScanDisk(const RowScan& scan);
  Status ShowLoaded(std::span<const std::string> keys, std::span<const std::string> values,
                    const RowScan& scan);
  Status ScanMemory(const RowScan& scan);

  // Scratch of the running call, kept for its memory.
  KeyBatch key_batch_;
  std::vector<ValueRow> found_;
  std::vector<uint32_t> misses_;
  ScanRun shown_;
  std::vector<ValueRow> scanned_;
  // The hand of the eviction clock: a chunk of rows.
  size_t clock_ = 0;
};

}  // namespace weir::state
