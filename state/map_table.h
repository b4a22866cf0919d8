// Layout kMap: key -> ordered sub-keys -> row. A key is in memory with all its sub-keys or not at
// all.
#pragma once

#include <absl/container/btree_set.h>

#include <cstring>
#include <string>
#include <vector>

#include "state/table_core.h"

namespace weir::state {

// See MapTable for what the operations promise. Two levels: the hash index of the table core finds
// a key's entry, a B-tree in the entry orders its sub-keys by canonical bytes. A key is evicted and
// read back whole, since its edges must be known. One thread.
class NativeMapTable final : public MapTable, public TableCore {
 public:
  // Both outlive the table.
  NativeMapTable(TaskContext& task, Family& family);
  ~NativeMapTable() override;

  const RowLayout& layout() const override { return family_.rows.layout(); }
  Status FindOrCreate(const KeyView& keys, std::span<const int> sub_key_columns, std::byte** rows,
                      uint8_t* created) override;
  Status Find(const KeyView& keys, std::span<const int> sub_key_columns, std::byte** rows) override;
  void MarkChanged(std::span<std::byte* const> rows) override;
  void Erase(std::span<std::byte* const> rows) override;
  Status EdgeSubKeys(const KeyView& keys, bool greatest,
                     std::vector<std::optional<std::string_view>>& sub_keys) override;
  Status VisitKey(
      std::string_view canonical_key, bool from_greatest,
      const std::function<bool(std::string_view sub_key, std::byte* row)>& visit) override;
  Status Probe(const KeyView& keys) override;
  bool NextMatches(MatchRun& run) override;
  Status EraseKeys(const KeyView& keys) override;
  uint64_t row_count() const override { return TableCore::row_count(); }
  void SetString(std::byte* row, size_t field, std::string_view bytes) override {
    StoreString(row, field, bytes);
  }

  Status LoadRecord(std::string_view key, std::string_view value) override;

 protected:
  Address AddressOf(RowHeader* row, std::string& scratch) const override;
  void ForEachRow(const std::function<void(RowHeader*)>& f) override;
  void Evict(uint64_t wanted) override;
  void ForgetTombstone(RowHeader* row) override;
  void ExpireChunk(size_t chunk) override;
  Status ExpireKeys(const KeyBatch& keys) override;
  // Rows, and an estimate of the trees' nodes.
  uint64_t extra_bytes() const override { return rows_.live_bytes() + rows_.live_rows() * 48; }

 private:
  // A sub-key's first 16 bytes big-endian, which decide most comparisons, and all of them.
  struct SubKey {
    uint64_t head;
    uint64_t next;
    std::string_view bytes;
    RowHeader* row;
    friend bool operator<(const SubKey& a, const SubKey& b) {
      if (a.head != b.head) return a.head < b.head;
      if (a.next != b.next) return a.next < b.next;
      return a.bytes < b.bytes;
    }
  };
  using Tree = absl::btree_set<SubKey>;
  // What the index points to. Tombstones lie apart, so that the edges of a key are found at once.
  struct Entry {
    Tree* rows;
    Tree* tombstones;  // null when there are none
  };

  // Borrows `bytes`, which live as long as the row.
  static SubKey MakeSubKey(std::string_view bytes, RowHeader* row);
  static Entry& EntryOf(RowHeader* header) { return *reinterpret_cast<Entry*>(RowOf(header)); }
  // A row's header keeps its entry in key[0], its sub-key in key[1] (address) and hash (length).
  static RowHeader* ParentOf(const RowHeader* row) {
    return reinterpret_cast<RowHeader*>(row->key[0]);
  }
  static std::string_view SubKeyOf(const RowHeader* row) {
    return {reinterpret_cast<const char*>(row->key[1]), row->hash};
  }
  // Begins a call: entries_found_[i] = the entry of the i-th key, read from disk where needed; null
  // when the key has no rows, unless `create`.
  Status Resolve(const KeyView& keys, bool create);
  // The same of key_batch_, and no call.
  Status ResolveBatch(bool create);
  // Reads these keys of key_batch_; those without rows get no entry.
  Status Load(std::span<const uint32_t> keys);
  // The row of the i-th key of the batch with that sub-key, or null.
  RowHeader* Look(uint32_t i, std::string_view sub_key) const;
  // Renews what has expired among rows that were found or created, and marks all as written.
  void FinishCreate(std::span<std::byte* const> rows, uint8_t* created);
  // An entry without rows, in the index.
  RowHeader* AddEntry(uint64_t hash, const KeyWord& key);
  // REQUIRES: the entry has no row of this sub-key.
  RowHeader* AddRow(RowHeader* entry, std::string_view sub_key);
  // The row for a sub-key that is absent or a tombstone.
  RowHeader* Create(RowHeader* entry, const SubKey& sub_key);
  // Leaves a tombstone, or nothing where the disk never saw it.
  void EraseRow(RowHeader* row);
  // Frees at once, whatever the disk holds.
  void FreeRow(RowHeader* row);
  void FreeEntry(RowHeader* entry);
  void FreeIfEmpty(RowHeader* entry);
  // Erases those of its rows that are older than the TTL.
  void ExpireEntry(RowHeader* entry);

  // Rows of all keys; entries are in the core's arena.
  RowArena rows_;
  // Scratch of the running call, kept for its memory.
  KeyBatch key_batch_;
  std::vector<RowHeader*> entries_found_;
  std::vector<uint32_t> misses_;
  std::string sub_key_;
  std::vector<RowHeader*> handed_out_;
  // Where NextMatches goes on.
  uint32_t next_probe_ = 0;
  bool in_tree_ = false;  // next_match_ is in the tree of next_probe_
  Tree::const_iterator next_match_;
  // The eviction clock's hand: a chunk of entries.
  size_t clock_ = 0;
};

}  // namespace weir::state
