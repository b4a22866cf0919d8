// Variable bytes of a state table: keys and strings, in size classes with free lists.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <map>
#include <string_view>
#include <vector>

namespace weir::state {

// Not thread-safe.
// Memory goes back to the process when the arena dies; freed pieces are reused before.
// Size classes of one allocator a table: no piece pays the general allocator's header and lock, and
// a table's memory is counted exactly.
class ByteArena {
 public:
  ByteArena() = default;
  ~ByteArena();
  ByteArena(const ByteArena&) = delete;
  ByteArena& operator=(const ByteArena&) = delete;

  // A copy of `bytes` at a stable address. REQUIRES: not empty.
  // Valid until Free, or the arena's end.
  char* Store(std::string_view bytes);
  // The same without contents. REQUIRES: 1 to kGreatestAllocated.
  char* Allocate(size_t size);
  static constexpr size_t kGreatestAllocated = 32 << 10;
  // REQUIRES: `piece` came from Store or Allocate of `size` bytes.
  void Free(char* piece, size_t size);

  // Bytes stored, and bytes held for them.
  uint64_t live_bytes() const { return live_; }
  uint64_t reserved_bytes() const { return reserved_; }

 private:
  // See ClassOf in byte_arena.cc.
  static constexpr int kClasses = 96;
  struct Slab {
    char* base;
    size_t bytes;
  };

  std::array<char*, kClasses> free_{};
  std::vector<Slab> slabs_;
  std::map<char*, size_t> large_;  // pieces with a block of their own
  char* bump_ = nullptr;
  size_t bump_left_ = 0;
  uint64_t live_ = 0;
  uint64_t reserved_ = 0;
};

}  // namespace weir::state
