// Remembers keys that only the disk may have.
#pragma once

#include <cstdint>
#include <vector>

namespace weir::state {

// A growing set of hashes with about 1 % false positives and no false negatives: split-block Bloom
// filters (Putze, Sanders, Singler 2007), each twice as large as the one before. It grows as a
// table evicts and takes about twelve bits a key; Clear frees it. Not thread-safe.
class KeyFilter {
 public:
  KeyFilter() = default;
  // Up to `expected` keys need no second filter, which would add false positives of its own.
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
