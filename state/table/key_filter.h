// Which keys only the disk may hold.
#pragma once

#include <cstdint>
#include <vector>

namespace weir::state {

// A growing set of hashes with false positives (about 1 %) and no false negatives: split-block
// Bloom filters (Putze, Sanders, Singler 2007), each twice as large as the one before.
// Not thread-safe.
// Grown where a table evicts; about twelve bits a key. Clear keeps no memory.
class KeyFilter {
 public:
  KeyFilter() = default;
  // As many keys as are expected need no second filter, which would have false positives of its
  // own.
  explicit KeyFilter(uint64_t expected) { AddLayer(expected); }
  void Add(uint64_t hash);
  bool MayContain(uint64_t hash) const;
  void Clear();
  uint64_t memory_bytes() const;

 private:
  struct Block {
    uint32_t words[8];
  };
  struct Layer {
    std::vector<Block> blocks;
    uint64_t capacity;
    uint64_t count = 0;
  };
  void AddLayer(uint64_t capacity);

  std::vector<Layer> layers_;
};

}  // namespace weir::state
