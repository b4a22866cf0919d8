// Layout kList: key -> rows in order of arrival.
#pragma once

#include <string>
#include <vector>

#include "state/table_core.h"

namespace weir::state {

// See ListTable for what the operations promise. Rows of a key are linked in order of arrival.
// Those that come in one epoch, one behind the other, form a *run*: one record on disk, so that a
// busy key costs a checkpoint one record and not one a row. Its first row, the *head*, stands for
// it in the list of changes and among tombstones, and has a sequence number that is its place on
// disk behind the key; every row takes a number, none is used twice in a key group, so that
// appending needs no look at the disk. One thread. A key is evicted when all its rows in memory are
// on disk and it was not used for a turn of the clock (Corbató's CLOCK, 1968); what the disk has of
// a list comes back on the first probe. Appending never reads.
class NativeListTable final : public ListTable, public TableCore, private StringOwner {
 public:
  // Both outlive the table.
  NativeListTable(TaskContext& task, Family& family);

  const RowLayout& layout() const override { return family_.rows.layout(); }
  Status Append(const KeyView& keys, std::span<const int> value_columns) override;
  Status Probe(const KeyView& keys) override;
  bool NextMatches(MatchRun& run) override;
  void MarkChanged(std::span<std::byte* const> rows) override;
  Status RemoveOne(const KeyView& keys, std::span<const int> value_columns,
                   uint8_t* found) override;
  Status EraseKeys(const KeyView& keys) override;
  uint64_t row_count() const override { return TableCore::row_count(); }

  void SetCounter(uint32_t group, const GroupCounter& counter) override;
  Status LoadRecord(std::string_view key, std::string_view value) override;

 protected:
  // Records are the heads of runs.
  Address AddressOf(RowHeader* row, std::string& scratch) const override;
  void EncodeValue(RowHeader* head, std::string& out) const override;
  uint64_t BytesOf(const RowHeader* head) const override;
  void ForEachRow(const std::function<void(RowHeader*)>& f) override;
  void Evict(uint64_t wanted) override;
  void ForgetTombstone(RowHeader* row) override;
  void ExpireChunk(size_t chunk) override;
  Status ExpireKeys(const KeyBatch& keys) override;
  // Rows; entries are counted by the core.
  uint64_t extra_bytes() const override { return rows_.live_bytes(); }

 private:
  // What the index points to. kRowWhole says that memory has all rows of the key; else the disk has
  // those before `first_sequence`.
  struct Entry {
    RowHeader* head;
    RowHeader* tail;
    // Of the first row in memory; the disk has nothing between it and the rows behind.
    uint64_t first_sequence;
    // Rows of the list that are erased and not yet forgotten.
    uint64_t tombstones;
  };
  // A row of a list: header.hash = next row. Of heads, key[0] = entry and key[1] = sequence number;
  // of the rows behind them, key[0] = head + 1 and key[1] = their place in the run. Only the stamps
  // and flags of heads count.
  static RowHeader* NextOf(const RowHeader* row) { return reinterpret_cast<RowHeader*>(row->hash); }
  static RowHeader* ParentOf(const RowHeader* head) {
    return reinterpret_cast<RowHeader*>(head->key[0]);
  }
  static bool IsHead(const RowHeader* row) { return (row->key[0] & 1) == 0; }
  static RowHeader* HeadOf(RowHeader* row) {
    return IsHead(row) ? row : reinterpret_cast<RowHeader*>(row->key[0] - 1);
  }
  static void SetHeadOf(RowHeader* row, RowHeader* head) {
    row->key[0] = reinterpret_cast<uint64_t>(head) + 1;
  }
  // The next row of the same run, or null.
  static RowHeader* NextInRun(RowHeader* head, const RowHeader* row) {
    RowHeader* next = NextOf(row);
    return next != nullptr && !IsHead(next) && HeadOf(next) == head ? next : nullptr;
  }
  static Entry& EntryOf(RowHeader* header) { return *reinterpret_cast<Entry*>(RowOf(header)); }

  void SetString(std::byte* row, size_t field, std::string_view bytes) override {
    StoreString(row, field, bytes);
  }
  // An entry without rows, in the index.
  RowHeader* AddEntry(uint64_t hash, const KeyWord& key);
  // The run that the next row of this list belongs to, or null where it begins one.
  RowHeader* OpenRun(const Entry& content) const;
  // Puts a row after `before` (null: at the front): a head when `head` is null, else one of its
  // run.
  RowHeader* AddRow(RowHeader* entry, RowHeader* before, RowHeader* head, uint64_t sequence);
  // Adds the rows of a record behind `before`. Gives the last one.
  Result<RowHeader*> AddRun(RowHeader* entry, RowHeader* before, uint64_t sequence,
                            std::string_view value);
  // MarkWritten and Thaw of what is on disk with `row`.
  void NoteWritten(RowHeader* row);
  void ThawRun(RowHeader* row) { Thaw(HeadOf(row)); }
  // entries_found_[i] = the entry of the i-th key of key_batch_ with all its rows, or null.
  Status Resolve();
  // Reads what memory lacks of these keys of key_batch_.
  Status Load(std::span<const uint32_t> keys);
  // Walks on through the entries found, from next_probe_ and next_match_: at most `most` rows.
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
  void PassOn(RowHeader* head, RowHeader* next);
  // Takes `row` out of its list; `before` is the row in front of it, or null.
  void Unlink(RowHeader* entry, RowHeader* before, RowHeader* row);
  // Frees at once, whatever the disk holds.
  void FreeRow(RowHeader* row);
  void FreeIfEmpty(RowHeader* entry);
  void FreeEntry(RowHeader* entry);
  // Erases those of its rows that are older than the TTL: they are at the front.
  void ExpireEntry(RowHeader* entry);
  // Clean throughout.
  bool Evictable(const Entry& content) const;
  void EvictEntry(RowHeader* entry);

  // Rows of all keys; entries are in the core's arena.
  RowArena rows_;
  // Greater than that of every row in these key groups.
  uint64_t next_sequence_ = 0;
  // No run of several is begun any more: rows are changed after they came, and would be written
  // again with all others of their run; or are large.
  bool runs_of_one_ = false;
  // Scratch of the running call, kept for its memory.
  KeyBatch key_batch_;
  std::vector<RowHeader*> entries_found_;
  std::vector<uint32_t> misses_;
  std::vector<std::byte*> appended_;
  uint32_t next_probe_ = 0;
  RowHeader* next_match_ = nullptr;
  std::vector<uint64_t> wanted_bytes_;
  std::vector<std::byte*> wanted_;
  std::vector<std::string> nested_;
  std::vector<RowHeader*> handed_out_;
  size_t clock_ = 0;
};

}  // namespace weir::state
