// Memory for the variable-length keys and strings of a state table, in size classes with free
// lists.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <map>
#include <string_view>
#include <vector>

namespace weir::state {

// An allocator for one table: no piece pays for the header and lock of the general allocator, and
// the table's memory is counted exactly. Freed pieces are reused; memory returns to the process
// only when the arena dies. Not thread-safe.
class ByteArena {
 public:
  ByteArena() = default;
  ~ByteArena();
  ByteArena(const ByteArena&) = delete;
  ByteArena& operator=(const ByteArena&) = delete;

  // Copies `bytes` to a stable address that is valid until Free or the arena's end. REQUIRES: not
  // empty.
  char* Store(std::string_view bytes);
  // The same without contents. REQUIRES: 1 to kGreatestAllocated.
  char* Allocate(size_t size);
  static constexpr size_t kGreatestAllocated = 32 << 10;
  // REQUIRES: `piece` came from Store or Allocate of `size` bytes.
  void Free(char* piece, size_t size);

  // Bytes in use, and bytes held.
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
  std::map<char*, size_t> large_;  // pieces that have a block of their own
  char* bump_ = nullptr;
  size_t bump_left_ = 0;
  uint64_t live_ = 0;
  uint64_t reserved_ = 0;
};

}  // namespace weir::state
