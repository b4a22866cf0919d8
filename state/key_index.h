// Open addressing from keys to rows, probed a batch at a time. Hot: bench/state.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "state/key_codec.h"
#include "state/large_memory.h"
#include "state/row_arena.h"

namespace weir::state {

// Slots of 8 bytes: 16 bits of hash above a row's address. Position is the top of the hash (its
// bottom chose the key group, so within a subtask it hardly varies). Not thread-safe.
class KeyIndex {
 public:
  // Rows whose cache lines are under way at once: enough to hide latency, few enough for the first
  // level.
  static constexpr uint32_t kBlockRows = 128;

  explicit KeyIndex(const KeyCodec& codec) : codec_(codec) {}

  // rows[i] = the row of key i, or null. Tombstones are rows too.
  void FindBatch(const KeyBatch& keys, RowHeader** rows) const;
  // The same for keys [begin, end) alone, at most kBlockRows of them.
  void FindBlock(const KeyBatch& keys, uint32_t begin, uint32_t end, RowHeader** rows) const;
  RowHeader* Find(uint64_t hash, const KeyWord& key) const;
  // REQUIRES: no row has this key; header->hash and header->key are set.
  void Insert(RowHeader* header);
  // REQUIRES: the row is in the index.
  void Remove(const RowHeader* header);

  uint64_t memory_bytes() const { return slots_.size() * sizeof(uint64_t); }
  uint64_t size() const { return live_; }

 private:
  static constexpr uint64_t kRemoved = 1;
  static constexpr int kTagShift = 48;
  static uint64_t TagOf(uint64_t hash) { return (hash >> 7) << kTagShift; }
  static RowHeader* RowIn(uint64_t slot) {
    return reinterpret_cast<RowHeader*>(slot & ((uint64_t{1} << kTagShift) - 1));
  }
  void Grow();

  const KeyCodec& codec_;
  std::vector<uint64_t, LargeAllocator<uint64_t>> slots_;
  int shift_ = 64;
  uint64_t live_ = 0;
  uint64_t used_ = 0;  // live or removed
};

}  // namespace weir::state
