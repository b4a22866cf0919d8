// Layout kList: key -> rows in order of arrival.
#pragma once

#include <string>
#include <vector>

#include "state/row/list_links.h"
#include "state/table/keyed_table.h"

namespace weir::state {

// The size of the number after a list's key that gives the row's place, big endian.
inline constexpr size_t kListSequenceBytes = 8;

// The operations are described at ListTable. The rows of a key are linked in the order of arrival
// (list_links.h), so that a key with one row costs no more than that row.
// Rows that arrive in one epoch one behind another form a *run*, which is one record on disk, so
// that a busy key costs a checkpoint one record and not one per row. Its first row, the *head*,
// represents it in the list of changes and among tombstones. The head's sequence number, together
// with the key, is the run's place on disk. Every row takes a number, and none is used twice in a
// key group, so that appending need not read the disk. A tombstone stays in its list.
// A list can be evicted when all its rows in memory are on disk and it was not used for a round of
// the clock (Corbató's CLOCK, 1968); it comes back with the first probe. A key that was probed and
// has no rows anywhere has an *empty* list: a block that is not a row.
class NativeListTable final : public ListTable,
                              public KeyedTable<ListRow, ListRow>,
                              private StringOwner {
 public:
  // `slice` as in TableCore. Both references outlive the table.
  NativeListTable(TaskContext& task, Family& family, std::string slice);

  const RowLayout& layout() const override { return family_.rows.layout(); }
  Status Append(const KeyView& keys, std::span<const int> value_columns) override;
  Status Probe(const KeyView& keys) override;
  bool NextMatches(MatchRun& run) override;
  void MarkChanged(std::span<std::byte* const> rows) override;
  Status RemoveOne(const KeyView& keys, std::span<const int> value_columns,
                   uint8_t* found) override;
  Status EraseKeys(const KeyView& keys) override;
  Status Scan(const std::function<Status(const ScannedRows&)>& visit) override;
  uint64_t row_count() const override { return TableCore::row_count(); }

  void SetCounter(uint32_t group, const GroupCounter& counter) override;
  Status LoadRecord(std::string_view key, std::string_view value) override;

 protected:
  // The records are the heads of runs.
  Address AddressOf(Row row, std::string& scratch) const override;
  void EncodeValue(Row head, std::string& out) const override;
  uint64_t BytesOf(Row head) const override;
  void ForEachRow(const std::function<void(Row)>& f) override;
  void Evict(uint64_t wanted) override;
  void ForgetTombstone(Row row) override;
  void ExpireChunk(size_t chunk) override;
  Status ExpireSaved(std::span<const std::string> records) override;

 private:
  // Only the stamps and flags of heads count. The last row carries the flags of its list: kLast,
  // kTouched, and kWhole if memory has all rows of the key. Otherwise the disk has the rows before
  // the first one's sequence number, and none behind it that are missing in memory.
  static bool IsLast(ListRow row) { return row.Has(ListRow::kLast); }
  // Whether it is the block of an empty list.
  static bool IsEmpty(ListRow block) {
    return block.In(Row::kDeleted | Row::kBuried) == Row::kDeleted;
  }
  static bool IsDeleted(ListRow row) { return row.Has(Row::kDeleted); }
  KeyWord KeyOf(ListRow row) const { return family_.keys.KeyOf(row); }
  uint64_t HashOf(ListRow row) const { return family_.keys.HashIn(row); }

  void SetString(std::byte* row, size_t field, std::string_view bytes) override {
    StoreString(row, field, bytes);
  }
  // Adds a ring of one block to the index.
  ListRow AddList(uint64_t hash, const KeyWord& key);
  ListRow AddEmptyList(uint64_t hash, const KeyWord& key);
  // Adds a block behind `before` in its ring.
  ListRow AddBehind(ListRow before);
  // Makes `row`, which is behind `last`, the last row; removes the block of an empty list.
  void MakeLast(uint64_t hash, ListRow last, ListRow row);
  // The run that the next row of the list with the last row `last` belongs to, or null if it starts
  // a new one.
  ListRow OpenRun(ListRow last) const;
  // Appends a new row to the list of a key that ends with `last`; null: there is no list yet.
  ListRow AppendRow(uint64_t hash, const KeyWord& key, ListRow last);
  // Adds the rows of a record behind `before` and returns the last one.
  Result<ListRow> AddRun(ListRow before, uint64_t sequence, std::string_view value);
  // MarkWritten and Thaw for the record that contains `row`.
  void NoteWritten(ListRow row);
  void ThawRun(ListRow row) { Thaw(links_.HeadOf(row)); }
  // Sets found_[i] to the last row of the i-th key of key_batch_, with all rows loaded, or null.
  Status Resolve();
  // Reads from disk what memory lacks of these keys of key_batch_.
  Status Load(std::span<const uint32_t> keys);
  // Continues through the lists found, from next_probe_ and next_match_, for at most `most` rows.
  uint32_t Walk(uint32_t* probes, std::byte** rows, uint32_t most);
  // Lays out the wanted rows of RemoveOne as rows of the table; strings stay in the batch.
  void LayOutWanted(const Batch& batch, std::span<const int> columns);
  void StoreNested(const Batch& batch, const Column& column, size_t field,
                   std::span<std::byte* const> rows, bool borrow);
  // Writes the values of the batch's rows. `borrow`: strings are not copied, so that the rows must
  // go before the batch does.
  void StoreValues(const Batch& batch, std::span<const int> columns,
                   std::span<std::byte* const> rows, bool borrow);
  // Compares the first `fields` fields; NULLs are equal to each other, strings are compared by
  // their bytes.
  bool Equal(const std::byte* a, const std::byte* b, size_t fields) const;
  // Makes the row behind the head of a run its new head.
  void PassOn(ListRow head, ListRow next);
  // Removes a row; `before` is the one in front of it in its ring. False: it stays as a tombstone.
  bool EraseRow(uint64_t hash, ListRow before, ListRow row);
  // Erases the rows that `wanted` selects, and the list if it is then empty.
  template <typename Wanted>
  void EraseRows(uint64_t hash, ListRow last, const Wanted& wanted);
  // Frees a block of a ring at once, whatever the disk has, and the list if it was the only one.
  void TakeOut(uint64_t hash, ListRow before, ListRow block);
  // Removes the list of the key.
  void ForgetList(uint64_t hash, ListRow last);
  void FreeBlock(ListRow block);
  // Erases the rows that are older than the TTL.
  void ExpireList(ListRow last);
  // The parts of Scan: rows in memory, and rows that are only on disk, which are read and shown in
  // runs and do not stay in memory.
  Status ScanMemory(const std::function<Status(const ScannedRows&)>& visit);
  Status ScanDisk(const std::function<Status(const ScannedRows&)>& visit);
  // The sequence number from which on memory has the rows of a key: that of the list with the last
  // row `last`, or of no list.
  uint64_t FirstKnown(ListRow last) const;
  // Whether all its rows in memory are clean.
  bool Evictable(ListRow last) const;
  void EvictList(ListRow last);

  const ListLinks links_;
  // Greater than the number of every row in these key groups.
  uint64_t next_sequence_ = 0;
  // Every run has one row from now on, because rows are changed after they arrive, and each change
  // would rewrite all others of their run, or because rows are large.
  bool runs_of_one_ = false;
  // Scratch of the running call, kept for its memory.
  KeyBatch key_batch_;
  std::vector<ListRow> found_;
  std::vector<uint32_t> misses_;
  std::vector<std::byte*> appended_;
  uint32_t next_probe_ = 0;
  ListRow next_match_;
  std::vector<uint64_t> wanted_bytes_;
  std::vector<std::byte*> wanted_;
  std::vector<std::string> nested_;
  std::vector<ListRow> handed_out_;
  size_t clock_ = 0;
};

}  // namespace weir::state
