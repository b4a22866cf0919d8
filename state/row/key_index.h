// Open addressing from keys to rows, probed a batch at a time. Hot: bench/operators.cc.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "state/row/key_codec.h"
#include "state/row/large_memory.h"
#include "state/row/row.h"

namespace weir::state {

// Slots of 8 bytes: 16 bits of hash above a row's address. Eight of them, a cache line, are a group
// and compared at once (as in Kulukundis' "Swiss tables", CppCon 2017): a key is in the first group
// of its chain that had a free slot. The chain begins at the top of the hash (its bottom chose the
// key group, so within a subtask it hardly varies). Not thread-safe.
// Grows when 13 slots of 16 are in use, with the hashes that its rows keep, or that are
// computed from their keys. Knows no memory but its slots: rows belong to the table.
template <IndexedKind Entry>
class KeyIndex {
 public:
  // Rows whose cache lines are under way at once: enough to hide latency, few enough for the first
  // level.
  static constexpr uint32_t kBlockRows = 128;

  explicit KeyIndex(const KeyCodec& codec) : codec_(codec) {}

  // rows[i] = the row of key i, or null. Tombstones are rows too.
  void FindBatch(const KeyBatch& keys, Entry* rows) const;
  // The same for keys [begin, end) alone, at most kBlockRows of them.
  void FindBlock(const KeyBatch& keys, uint32_t begin, uint32_t end, Entry* rows) const;
  Entry Find(uint64_t hash, const KeyWord& key) const;
  // REQUIRES: no row has this key; the row has its key, and its hash where it keeps one.
  void Insert(uint64_t hash, Entry row);

  // Where a key's row is or would be. Lives until the index changes.
  struct Spot {
    Entry row;                    // null: there is none
    TaggedRow<Entry>* free_slot;  // then the first free slot of the key's chain
    uint64_t hash;                // of the key
  };
  // Looks a key up and makes room for one more row.
  Spot Seek(uint64_t hash, const KeyWord& key);
  // REQUIRES: spot.row is null and nothing changed since Seek; otherwise as Insert.
  void InsertAt(const Spot& spot, Entry row);
  // Makes room for so many rows, so that inserting them moves nothing.
  void Reserve(uint64_t rows);
  // REQUIRES: the row is in the index.
  void Remove(uint64_t hash, Entry row);
  // Another row of the same key from now on.
  void Replace(uint64_t hash, Entry row, Entry other) {
    *SlotWith(hash, row) = Slot(other, TagOf(hash));
  }

  uint64_t memory_bytes() const { return slots_.size() * sizeof(Slot); }
  // Rows, tombstones included.
  uint64_t size() const { return live_; }

 private:
  using Slot = TaggedRow<Entry>;
  static constexpr uint64_t kGroup = 8;  // slots
  // What a slot in a full group becomes that was used.
  static constexpr Slot kRemoved = Slot::FromWord(1);
  // Never that of an empty or removed slot.
  static uint16_t TagOf(uint64_t hash) { return static_cast<uint16_t>(hash >> 7 | 1); }
  // The first slot of the group where the key's chain begins.
  uint64_t FirstOf(uint64_t hash) const { return (hash >> shift_) * kGroup; }
  uint64_t NextGroup(uint64_t at) const { return (at + kGroup) & (slots_.size() - 1); }
  // REQUIRES: the row is in the index.
  Slot* SlotWith(uint64_t hash, Entry row);
  // The first free slot of the chain. REQUIRES: there is one.
  Slot* FreeSlot(uint64_t hash);
  // Which of the rows found for keys [begin, end) are those of other keys; returns how many.
  uint32_t Different(const KeyBatch& keys, uint32_t begin, uint32_t end, const Entry* rows,
                     uint32_t* different) const;
  void GrowTo(uint64_t slots);

  const KeyCodec& codec_;
  std::vector<Slot, LargeAllocator<Slot>> slots_;
  int shift_ = 64;  // leaves the number of a group
  uint64_t live_ = 0;
  uint64_t used_ = 0;  // live or removed
};

}  // namespace weir::state
