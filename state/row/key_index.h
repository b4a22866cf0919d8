// Open addressing from keys to rows, probed a batch at a time. Hot: bench/operators.cc.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "state/row/key_codec.h"
#include "state/row/large_memory.h"
#include "state/row/tagged_row.h"

namespace weir::state {

// Slots of 8 bytes: 16 bits of hash above a row's address. Eight of them, a cache line, are a group
// and compared at once (as in Kulukundis' "Swiss tables", CppCon 2017): a key is in the first group
// of its chain that had a free slot. The chain begins at the top of the hash (its bottom chose the
// key group, so within a subtask it hardly varies). Not thread-safe.
// Grows when 13 slots of 16 are in use, with the hashes that its rows keep, or that are
// computed from their keys. Knows no memory but its slots: rows belong to the table.
class KeyIndex {
 public:
  // Rows whose cache lines are under way at once: enough to hide latency, few enough for the first
  // level.
  static constexpr uint32_t kBlockRows = 128;

  // `rows_keep_hash`: header->hash is that of the key; else it is the table's for whatever it
  // likes.
  KeyIndex(const KeyCodec& codec, bool rows_keep_hash)
      : codec_(codec), rows_keep_hash_(rows_keep_hash) {}

  // rows[i] = the row of key i, or null. Tombstones are rows too.
  void FindBatch(const KeyBatch& keys, RowHeader** rows) const;
  // The same for keys [begin, end) alone, at most kBlockRows of them.
  void FindBlock(const KeyBatch& keys, uint32_t begin, uint32_t end, RowHeader** rows) const;
  RowHeader* Find(uint64_t hash, const KeyWord& key) const;
  // REQUIRES: no row has this key; header->key is set, and header->hash where rows keep it.
  void Insert(uint64_t hash, RowHeader* header);
  void Insert(RowHeader* header) { Insert(header->hash, header); }

  // Where a key's row is or would be. Lives until the index changes.
  struct Spot {
    RowHeader* row;       // null: there is none
    uint64_t* free_slot;  // then the first free slot of the key's chain
    uint64_t hash;        // of the key
  };
  // Looks a key up and makes room for one more row.
  Spot Seek(uint64_t hash, const KeyWord& key);
  // REQUIRES: spot.row is null and nothing changed since Seek; otherwise as Insert.
  void InsertAt(const Spot& spot, RowHeader* header);
  // Makes room for so many rows, so that inserting them moves nothing.
  void Reserve(uint64_t rows);
  // REQUIRES: the row is in the index.
  void Remove(uint64_t hash, const RowHeader* header);
  void Remove(const RowHeader* header) { Remove(header->hash, header); }
  // Another row of the same key from now on.
  void Replace(uint64_t hash, const RowHeader* header, RowHeader* other) {
    *SlotWith(hash, header) = SlotOf(hash, other);
  }

  uint64_t memory_bytes() const { return slots_.size() * sizeof(uint64_t); }
  // Rows, tombstones included.
  uint64_t size() const { return live_; }

 private:
  static constexpr uint64_t kGroup = 8;    // slots
  static constexpr uint64_t kRemoved = 1;  // a slot that was used in a full group
  // Never that of an empty or removed slot.
  static uint64_t TagOf(uint64_t hash) { return (hash >> 7 | 1) << kAddressBits; }
  // The first slot of the group where the key's chain begins.
  uint64_t FirstOf(uint64_t hash) const { return (hash >> shift_) * kGroup; }
  uint64_t NextGroup(uint64_t at) const { return (at + kGroup) & (slots_.size() - 1); }
  static uint64_t SlotOf(uint64_t hash, const RowHeader* header) {
    return TagOf(hash) | reinterpret_cast<uint64_t>(header);
  }
  // REQUIRES: the row is in the index.
  uint64_t* SlotWith(uint64_t hash, const RowHeader* header);
  // The first free slot of the chain. REQUIRES: there is one.
  uint64_t* FreeSlot(uint64_t hash);
  // Which of the rows found for keys [begin, end) are those of other keys; returns how many.
  uint32_t Different(const KeyBatch& keys, uint32_t begin, uint32_t end, RowHeader* const* rows,
                     uint32_t* different) const;
  void GrowTo(uint64_t slots);

  const KeyCodec& codec_;
  const bool rows_keep_hash_;
  std::vector<uint64_t, LargeAllocator<uint64_t>> slots_;
  int shift_ = 64;  // leaves the number of a group
  uint64_t live_ = 0;
  uint64_t used_ = 0;  // live or removed
};

}  // namespace weir::state
