#include "state/row/byte_arena.h"

#include <algorithm>
#include <bit>
#include <cstring>

#include "runtime/base/buffer_pool.h"

namespace weir::state {
namespace {

// Slabs grow with the arena up to this size, so that the arena of a small table stays small.
constexpr size_t kGreatestSlab = 256 << 10;

// Classes 0..31 are multiples of 8 up to 256; above, four a power of two.
struct SizeClass {
  int number;
  size_t bytes;
};
SizeClass ClassOf(size_t size) {
  if (size <= 256) {
    const size_t units = (size + 7) / 8;
    return {static_cast<int>(units) - 1, units * 8};
  }
  // 2^power <= size - 1 < 2^(power + 1)
  const int power = static_cast<int>(std::bit_width(size - 1)) - 1;
  const size_t quarter = size_t{1} << (power - 2);
  const size_t steps = (size - (size_t{1} << power) + quarter - 1) / quarter;  // 1..4
  return {32 + (power - 8) * 4 + static_cast<int>(steps) - 1,
          (size_t{1} << power) + steps * quarter};
}

}  // namespace

ByteArena::~ByteArena() {
  for (const Slab& slab : slabs_) PoolFree(slab.base, slab.bytes);
  for (const auto& [piece, bytes] : large_) PoolFree(piece, bytes);
}

char* ByteArena::Allocate(size_t size) {
  const SizeClass size_class = ClassOf(size);
  live_ += size_class.bytes;
  char*& head = free_[static_cast<size_t>(size_class.number)];
  if (head != nullptr) {
    char* piece = head;
    std::memcpy(&head, piece, sizeof(head));
    return piece;
  }
  if (bump_left_ < size_class.bytes) {
    const size_t slab =
        std::max(std::clamp<size_t>(reserved_, 1024, kGreatestSlab), size_class.bytes);
    bump_ = static_cast<char*>(PoolAllocate(slab));
    bump_left_ = slab;
    slabs_.push_back({bump_, slab});
    reserved_ += slab;
  }
  char* piece = bump_;
  bump_ += size_class.bytes;
  bump_left_ -= size_class.bytes;
  return piece;
}

char* ByteArena::Store(std::string_view bytes) {
  char* piece;
  // A large piece comes straight from the pool: it is rare, and must not stay behind when freed.
  if (bytes.size() > kGreatestAllocated) {
    piece = static_cast<char*>(PoolAllocate(bytes.size()));
    large_.emplace(piece, bytes.size());
    live_ += bytes.size();
    reserved_ += bytes.size();
  } else {
    piece = Allocate(bytes.size());
  }
  std::memcpy(piece, bytes.data(), bytes.size());
  return piece;
}

void ByteArena::Free(char* piece, size_t size) {
  if (size > kGreatestAllocated) {
    PoolFree(piece, size);
    large_.erase(piece);
    live_ -= size;
    reserved_ -= size;
    return;
  }
  const SizeClass size_class = ClassOf(size);
  live_ -= size_class.bytes;
  char*& head = free_[static_cast<size_t>(size_class.number)];
  std::memcpy(piece, &head, sizeof(head));
  head = piece;
}

}  // namespace weir::state
