// Layout kList: key -> rows in order of arrival.
#pragma once

#include <string>
#include <vector>

#include "state/row/list_links.h"
#include "state/table/keyed_table.h"

namespace weir::state {

// See ListTable for what the operations promise. Rows of a key are linked in order of arrival
// (list_links.h): a key with one row costs no more than that row.
// Those that come in one epoch, one behind the other, form a *run*: one record on disk, so that a
// busy key costs a checkpoint one record and not one a row. Its first row, the *head*, stands for
// it in the list of changes and among tombstones, and has a sequence number that is its place on
// disk behind the key; every row takes a number, none is used twice in a key group, so that
// appending needs no look at the disk. Tombstones stay in their list. A list is evicted when all
// its rows in memory are on disk and it was not used for a turn of the clock (Corbató's CLOCK,
// 1968); what the disk has of a list comes back on the first probe. Appending never reads.
// A key that was looked for and has no rows anywhere has an *empty* list: a block that is no row.
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
  // Records are the heads of runs.
  Address AddressOf(Row row, std::string& scratch) const override;
  void EncodeValue(Row head, std::string& out) const override;
  uint64_t BytesOf(Row head) const override;
  void ForEachRow(const std::function<void(Row)>& f) override;
  void Evict(uint64_t wanted) override;
  void ForgetTombstone(Row row) override;
  void ExpireChunk(size_t chunk) override;
  Status ExpireSaved(std::span<const std::string> records) override;

 private:
  // Only the stamps and flags of heads count. The last row has the flags of its list: kRowLast,
  // kRowTouched, and kRowWhole, when memory has all rows of the key; else the disk has those before
  // the first one's sequence number, and none behind it that memory lacks.
  static bool IsLast(ListRow row) { return row.Has(ListRow::kLast); }
  // The block of an empty list.
  static bool IsEmpty(ListRow block) {
    return block.In(Row::kDeleted | Row::kBuried) == Row::kDeleted;
  }
  static bool IsDeleted(ListRow row) { return row.Has(Row::kDeleted); }
  KeyWord KeyOf(ListRow row) const { return family_.keys.KeyOf(row); }
  uint64_t HashOf(ListRow row) const { return family_.keys.HashIn(row); }

  void SetString(std::byte* row, size_t field, std::string_view bytes) override {
    StoreString(row, field, bytes);
  }
  // A ring of one block, in the index.
  ListRow AddList(uint64_t hash, const KeyWord& key);
  ListRow AddEmptyList(uint64_t hash, const KeyWord& key);
  // A block behind `before` in its ring.
  ListRow AddBehind(ListRow before);
  // Makes `row`, which is behind `last`, the last one; takes out an empty list's block.
  void MakeLast(uint64_t hash, ListRow last, ListRow row);
  // The run that the next row of the list that ends with `last` belongs to, or null where it begins
  // one.
  ListRow OpenRun(ListRow last) const;
  // A new row of the key, whose list ends with `last`; null: there is none.
  ListRow AppendRow(uint64_t hash, const KeyWord& key, ListRow last);
  // Adds the rows of a record behind `before`. Gives the last one.
  Result<ListRow> AddRun(ListRow before, uint64_t sequence, std::string_view value);
  // MarkWritten and Thaw of what is on disk with `row`.
  void NoteWritten(ListRow row);
  void ThawRun(ListRow row) { Thaw(links_.HeadOf(row)); }
  // found_[i] = the last row of the i-th key of key_batch_, whose rows are all there, or null.
  Status Resolve();
  // Reads what memory lacks of these keys of key_batch_.
  Status Load(std::span<const uint32_t> keys);
  // Walks on through the lists found, from next_probe_ and next_match_: at most `most` rows.
  uint32_t Walk(uint32_t* probes, std::byte** rows, uint32_t most);
  // The wanted rows of RemoveOne, laid out as the table's; strings are the batch's.
  void LayOutWanted(const Batch& batch, std::span<const int> columns);
  void StoreNested(const Batch& batch, const Column& column, size_t field,
                   std::span<std::byte* const> rows, bool borrow);
  // `borrow`: strings stay where they are.
  void StoreValues(const Batch& batch, std::span<const int> columns,
                   std::span<std::byte* const> rows, bool borrow);
  // Of the first `fields` fields, NULLs equal to each other, strings by their bytes.
  bool Equal(const std::byte* a, const std::byte* b, size_t fields) const;
  // Makes the row behind the head of a run its head.
  void PassOn(ListRow head, ListRow next);
  // Removes a row; `before` is the one in front of it in its ring. False: it stays as a tombstone.
  bool EraseRow(uint64_t hash, ListRow before, ListRow row);
  // Erases the rows that `wanted` says, and an empty list.
  template <typename Wanted>
  void EraseRows(uint64_t hash, ListRow last, const Wanted& wanted);
  // Frees a block of a ring at once, whatever the disk holds; the list too when it has no other.
  void TakeOut(uint64_t hash, ListRow before, ListRow block);
  // Leaves the key without list.
  void ForgetList(uint64_t hash, ListRow last);
  void FreeBlock(ListRow block);
  // Erases those of its rows that are older than the TTL.
  void ExpireList(ListRow last);
  // The parts of Scan: rows in memory, and those that only the disk has, which are read and shown
  // in runs without staying.
  Status ScanMemory(const std::function<Status(const ScannedRows&)>& visit);
  Status ScanDisk(const std::function<Status(const ScannedRows&)>& visit);
  // Memory has the rows of a key from this number on: those of `last`, or none.
  uint64_t FirstKnown(ListRow last) const;
  // Clean throughout.
  bool Evictable(ListRow last) const;
  void EvictList(ListRow last);

  const ListLinks links_;
  // Greater than that of every row in these key groups.
  uint64_t next_sequence_ = 0;
  // No run of several is begun any more: rows are changed after they came, and would be written
  // again with all others of their run; or are large.
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
