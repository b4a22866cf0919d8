// A hash index from keys to rows with open addressing, probed a batch at a time. Hot:
// bench/operators.cc.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "state/row/key_codec.h"
#include "state/row/large_memory.h"
#include "state/row/row.h"

namespace weir::state {

// Slots have 8 bytes: 16 bits of hash above a row's address. Eight slots, a cache line, form a
// group and are compared at once, as in Kulukundis' "Swiss tables" (CppCon 2017). A key is in the
// first group of its chain that had a free slot. The chain starts at the group given by the high
// bits of the hash, since the low bits chose the key group and hardly vary within a subtask. Grows
// when 13 of 16 slots are in use, with the hashes that the rows store or that are computed from
// their keys. Owns its slots only; rows belong to the table. Not thread-safe.
template <IndexedKind Entry>
class KeyIndex {
 public:
  // How many rows have their cache lines prefetched at once: enough to hide the latency, and few
  // enough for the first-level cache.
  static constexpr uint32_t kBlockRows = 128;

  explicit KeyIndex(const KeyCodec& codec) : codec_(codec) {}

  // rows[i] = the row of key i, or null. A tombstone is a row, too.
  void FindBatch(const KeyBatch& keys, Entry* rows) const;
  // The same only for keys [begin, end), at most kBlockRows of them.
  void FindBlock(const KeyBatch& keys, uint32_t begin, uint32_t end, Entry* rows) const;
  Entry Find(uint64_t hash, const KeyWord& key) const;
  // REQUIRES: no row has this key; the row contains its key and, if its kind does, its hash.
  void Insert(uint64_t hash, Entry row);

  // Where a key's row is or would be inserted. Valid until the index changes.
  struct Spot {
    Entry row;                    // null: there is none
    TaggedRow<Entry>* free_slot;  // if there is none, the first free slot of the key's chain
    uint64_t hash;                // of the key
  };
  // Looks a key up after making room for one more row.
  Spot Seek(uint64_t hash, const KeyWord& key);
  // REQUIRES: spot.row is null and nothing has changed since Seek; otherwise as Insert.
  void InsertAt(const Spot& spot, Entry row);
  // Makes room for this many rows, so that inserting them does not move anything.
  void Reserve(uint64_t rows);
  // REQUIRES: the row is in the index.
  void Remove(uint64_t hash, Entry row);
  // Replaces a row by another one with the same key.
  void Replace(uint64_t hash, Entry row, Entry other) {
    *SlotWith(hash, row) = Slot(other, TagOf(hash));
  }

  uint64_t memory_bytes() const { return slots_.size() * sizeof(Slot); }
  // The number of rows, including tombstones.
  uint64_t size() const { return live_; }

 private:
  using Slot = TaggedRow<Entry>;
  static constexpr uint64_t kGroup = 8;  // slots
  // What a used slot becomes in a group that was full.
  static constexpr Slot kRemoved = Slot::FromWord(1);
  // Never the tag of an empty or removed slot.
  static uint16_t TagOf(uint64_t hash) { return static_cast<uint16_t>(hash >> 7 | 1); }
  // FindBlock for an index that has slots; compares groups by one of MatchTiers.
  template <typename Tier>
  void FindBlockWith(const KeyBatch& keys, uint32_t begin, uint32_t end, Entry* rows) const;
  // The first slot of the group where the key's chain begins.
  uint64_t FirstOf(uint64_t hash) const { return (hash >> shift_) * kGroup; }
  uint64_t NextGroup(uint64_t at) const { return (at + kGroup) & (slots_.size() - 1); }
  // REQUIRES: the row is in the index.
  Slot* SlotWith(uint64_t hash, Entry row);
  // The first free slot of the chain. REQUIRES: there is one.
  Slot* FreeSlot(uint64_t hash);
  // Lists which of the rows found for keys [begin, end) have other keys, as their tags are equal by
  // chance; returns their number.
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
