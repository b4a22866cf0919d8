// Layout kList: key -> rows in order of arrival.
#pragma once

#include <string>
#include <vector>

#include "state/table_core.h"

namespace weir::state {

class NativeListTable final : public ListTable, public TableCore, private StringOwner {
 public:
  NativeListTable(TaskContext& task, Family& family);

  const RowLayout& layout() const override { return family_.rows.layout(); }
  Status Append(const KeyView& keys, std::span<const int> value_columns) override;
  Status VisitMatches(const KeyView& keys,
                      const std::function<void(uint32_t, const std::byte*)>& visit) override;
  Status RemoveOne(const KeyView& keys, std::span<const int> value_columns,
                   uint8_t* found) override;
  Status EraseKeys(const KeyView& keys) override;
  uint64_t row_count() const override { return TableCore::row_count(); }

  void SetCounter(uint32_t group, const GroupCounter& counter) override;
  Status LoadRecord(std::string_view key, std::string_view value) override;

 protected:
  Address AddressOf(RowHeader* row, std::string& scratch) const override;
  void ForEachRow(const std::function<void(RowHeader*)>& f) override;
  void Evict(uint64_t wanted) override;
  void ForgetTombstone(RowHeader* row) override;
  uint64_t extra_bytes() const override { return rows_.live_bytes(); }

 private:
  // What the index points to. kRowWhole says that memory has all rows of the key; else the disk has
  // those before `first_sequence`.
  struct Entry {
    RowHeader* head;
    RowHeader* tail;
    uint64_t first_sequence;
    uint64_t tombstones;
  };
  // A row of a list: header.hash = next row, key[0] = entry, key[1] = sequence number.
  static RowHeader* NextOf(const RowHeader* row) { return reinterpret_cast<RowHeader*>(row->hash); }
  static RowHeader* ParentOf(const RowHeader* row) {
    return reinterpret_cast<RowHeader*>(row->key[0]);
  }
  static Entry& EntryOf(RowHeader* header) { return *reinterpret_cast<Entry*>(RowOf(header)); }

  void SetString(std::byte* row, size_t field, std::string_view bytes) override {
    StoreString(row, field, bytes);
  }
  RowHeader* AddEntry(uint64_t hash, const KeyWord& key);
  // Puts a row after `before` (null: at the front).
  RowHeader* AddRow(RowHeader* entry, RowHeader* before, uint64_t sequence);
  // entries_found_[i] = the entry of the i-th key with all its rows, or null.
  Status Resolve(const KeyView& keys);
  Status LoadBefore(RowHeader* entry, uint32_t i);
  void StoreValues(const Batch& batch, std::span<const int> columns,
                   std::span<std::byte* const> rows);
  bool Equal(const std::byte* a, const std::byte* b) const;
  // Takes `row` out of its list; `before` is the row in front of it, or null.
  void Unlink(RowHeader* entry, RowHeader* before, RowHeader* row);
  void FreeRow(RowHeader* row);
  void FreeIfEmpty(RowHeader* entry);
  bool Evictable(const Entry& content) const;
  void EvictEntry(RowHeader* entry);

  RowArena rows_;
  uint64_t next_sequence_ = 0;
  KeyBatch key_batch_;
  std::vector<RowHeader*> entries_found_;
  std::vector<std::byte*> appended_;
  size_t clock_ = 0;
};

}  // namespace weir::state
