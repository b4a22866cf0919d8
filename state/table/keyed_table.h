// The typed part of a table: keys, the rows that its index points to, and its records.
#pragma once

#include <span>
#include <string>
#include <utility>
#include <vector>

#include "state/row/key_index.h"
#include "state/row/row.h"
#include "state/row/row_arena.h"
#include "state/table/table_core.h"

namespace weir::state {

// A TableCore whose index points to `Entry`s and whose records are `Record`s. The core passes rows
// without a kind to the functions that a table overrides; here they get their kind back, and so do
// the bytes that operators pass in. Not thread-safe.
template <IndexedKind Entry, RecordKind Record>
class KeyedTable : public TableCore {
 public:
  // `entry_bytes`: the size of the values of what the index points to. The rest as for TableCore.
  KeyedTable(TaskContext& task, Family& family, std::string slice, size_t entry_bytes)
      : TableCore(task, family, std::move(slice)),
        index_(family.keys),
        entries_(entry_bytes, family.keys.header_bytes()) {}

  // Makes room in the index for this many expected keys, so that it need not grow.
  void Expect(uint64_t keys) { index_.Reserve(keys); }
  // The number of keys that have something in memory, including tombstones.
  uint64_t memory_keys() const { return index_.size(); }

 protected:
  static constexpr uint32_t kBlockRows = KeyIndex<Entry>::kBlockRows;
  // REQUIRES: a row of this table; the bytes() of one.
  static Record RecordOf(Row row) { return Record::FromAddress(row.address()); }
  static Record RecordAt(std::byte* bytes) { return Record::FromBytes(bytes); }

  // Stores the key in an entry, with a copy of its bytes.
  void SetKey(Entry entry, uint64_t hash, const KeyWord& key);
  void FreeKey(Entry entry);
  // Prepares rows for a change: those that are frozen are copied first. Null is allowed.
  void Thaw(std::span<const Record> rows) {
    if (changes_.freezing()) ThawFrozen(rows);
  }
  void Thaw(Record row) { Thaw({&row, 1}); }

  uint64_t index_bytes() const override { return index_.memory_bytes() + entries_.live_bytes(); }
  size_t entry_chunks() const override { return entries_.chunk_count(); }
  void ReleaseEmptyChunks() override { entries_.ReleaseEmptyChunks(); }

  KeyIndex<Entry> index_;
  RowArena<Entry> entries_;

 private:
  void ThawFrozen(std::span<const Record> rows);
};

}  // namespace weir::state
