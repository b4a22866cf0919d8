// An in-memory hash table of partial aggregates. Local phases fill it and send it on, and the
// slices of a window are combined in one when the window fires.
#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/state_backend.h"
#include "runtime/types/batch_keys.h"

namespace weir::operators {

// Maps (key, id) to a zeroed row of `layout` and keeps the order of insertion. Row addresses are
// stable until Clear, which keeps the memory for reuse. The table is not state: operators empty it
// before every barrier. Keys are hashed with open addressing; a key of one integer column is never
// turned into bytes.
class PartialTable final : public StringOwner {
 public:
  // REQUIRES: `layout` outlives the table.
  explicit PartialTable(const RowLayout& layout) : layout_(layout) {}

  // How long rows of a local phase are held back to be combined with others of their key when
  // neither a watermark nor a barrier comes. This much is added to the latency of results.
  static constexpr int64_t kMaxDelayMillis = 20;

  // Sets rows[i] and created[i] for the i-th selected row of `keys`. `id` distinguishes entries of
  // equal keys (a slice; 0 where there is none). Rows of one key and id get the same pointer, and
  // `created` is 1 for the first of a new entry.
  void FindOrCreate(const KeyView& keys, int64_t id, std::byte** rows, uint8_t* created);
  // As above, for one key that is canonical bytes already; `hash` is their Hash64.
  std::byte* FindOrCreate(std::string_view key, uint64_t hash, int64_t id, bool& created);

  // Makes room for these keys and prefetches their slots, before they are looked up one by one.
  void Prepare(std::span<const uint64_t> hashes, int64_t id);

  // Entries are numbered 0 <= entry < size() in the order of insertion.
  size_t size() const { return entries_.size(); }
  std::span<std::byte* const> rows() const { return rows_; }
  std::string_view key(size_t entry) const {
    return std::string_view(key_bytes_).substr(entries_[entry].key_begin, entries_[entry].key_size);
  }
  int64_t id(size_t entry) const { return entries_[entry].id; }
  // Whether a local phase should send what it has collected, so that the table stays within the
  // processor's cache.
  bool full() const {
    return entries_.size() >= kMaxEntries || key_bytes_.size() + string_bytes_ >= kMaxVariableBytes;
  }
  // Appends the keys of entries [begin, begin + count) to `columns` as columns of `types`.
  Status AppendKeys(size_t begin, size_t count, std::span<const Type> types,
                    PoolVector<ColumnPtr>& columns);
  // Invalidates all rows and keys.
  void Clear();

  // The bytes of the old string are freed only by Clear.
  void SetString(std::byte* row, size_t field, std::string_view bytes) override;

 private:
  static constexpr size_t kMaxEntries = size_t{1} << 15;
  static constexpr size_t kMaxVariableBytes = size_t{4} << 20;

  struct Entry {
    uint64_t hash;
    int64_t id;
    size_t key_begin;
    uint32_t key_size;
    uint32_t slot;
    int64_t number;  // the key, when it is a single integer
    bool is_number;  // NULL and keys other than integers are compared by their bytes
  };

  // Looks up keys of one integer column without building their bytes. REQUIRES: T is the column's
  // type.
  template <typename T>
  void FindNumbers(const ColumnPtr& key, const KeyView& keys, int64_t id, std::byte** rows,
                   uint8_t* created);
  std::byte* FindNull(uint64_t hash, int64_t id, uint8_t& created);
  std::byte* InsertNumber(const Type& type, int64_t number, uint64_t mixed, int64_t id,
                          size_t slot);
  void FindBytes(const KeyView& keys, int64_t id, std::byte** rows, uint8_t* created);
  std::byte* Insert(std::string_view key, uint64_t mixed, int64_t id, size_t slot);
  // Makes room for this many new entries without moving the slots meanwhile. REQUIRED before the
  // lookups that insert.
  void Reserve(size_t more);

  std::byte* NewRow();
  char* NewString(size_t bytes);
  void Place(uint32_t entry);

  const RowLayout& layout_;
  std::vector<uint32_t> slots_;  // entry + 1; 0 is free
  std::vector<Entry> entries_;
  std::vector<std::byte*> rows_;
  std::string key_bytes_;
  BatchKeys batch_keys_;
  std::vector<std::string_view> key_views_;
  std::vector<std::unique_ptr<std::byte[]>> row_chunks_;
  std::vector<std::unique_ptr<char[]>> string_chunks_;
  size_t string_chunk_free_ = 0;
  size_t string_bytes_ = 0;
};

}  // namespace weir::operators
