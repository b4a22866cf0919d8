// Where the rows of a state table lie: blocks of one size in chunks, at addresses that never
// change.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace weir::state {

// An address has no more bits; tables keep something of their own above it.
inline constexpr int kAddressBits = 48;

// Precedes every row. 32 bytes, of which a table leaves out the first fields when it has no use for
// them (KeyCodec::header_bytes): those are then no part of the block, and nobody's to touch.
// In a list, `hash` links to the next row (list_links.h); the rows of a map keep their sub-key in
// the place of hash and key[0], and before it (map_rows.h).
struct RowHeader {
  uint64_t hash;    // of the key
  uint64_t key[2];  // the packed key, in the second half where that is enough; or pointer and
                    // length of its canonical bytes (key_codec.h)
  uint32_t stamp;   // tick of the last change (table_core.h)
  uint32_t place;   // chunk number << 8 | flags
};
static_assert(sizeof(RowHeader) == 32);

// Flags of RowHeader::place. What each means to changes and tombstones is said in table_core.h.
inline constexpr uint32_t kRowFree = 1;     // the block holds no row
inline constexpr uint32_t kRowDeleted = 2;  // a tombstone: the disk may still have the key
inline constexpr uint32_t kRowFresh = 4;    // neither the disk nor a snapshot has ever seen the key
inline constexpr uint32_t kRowTouched = 8;  // used since the eviction clock passed
inline constexpr uint32_t kRowListed = 16;  // is in the list of changed rows
inline constexpr uint32_t kRowScanned = 32;  // of value tables: the running scan is done with it
inline constexpr uint32_t kRowLast = 32;     // of lists: the last row, which the index points to
inline constexpr uint32_t kRowWhole = 64;    // of such a row: the disk has no more of the list
inline constexpr uint32_t kRowBuried = 128;  // is in the list of tombstones
// Of the keys of map tables (map_table.h):
inline constexpr uint32_t kKeyUsedWhole = 4;  // all its rows were asked for since eviction looked
inline constexpr uint32_t kKeyPartial = 32;   // the disk may have rows of it that memory lacks
inline constexpr uint32_t kKeyUnsure = 64;    // of such a key: and some that no filter knows
inline constexpr uint32_t kKeyLarge = 128;    // its rows leave memory one by one
inline constexpr uint32_t kRowFlags = 0xFF;

// Between a row and its header; both directions are plain arithmetic.
inline std::byte* RowOf(RowHeader* header) {
  return reinterpret_cast<std::byte*>(header + 1);
}
inline const std::byte* RowOf(const RowHeader* header) {
  return reinterpret_cast<const std::byte*>(header + 1);
}
inline RowHeader* HeaderOf(std::byte* row) {
  return reinterpret_cast<RowHeader*>(row) - 1;
}

// Blocks of header + `row_bytes`. Chunks grow from 4 KiB to 256 KiB (large tables: by 2 MiB), so
// that many small tables (window slices) cost little. Not thread-safe.
// Addresses are stable: chunks never move, and are given back when their last row is freed.
class RowArena {
 public:
  // `row_bytes`: without the header; rounded up to 8. `header_bytes`: how much of it there is, its
  // last ones, 16 at least; beyond its size, bytes before it. A multiple of 8.
  explicit RowArena(size_t row_bytes, size_t header_bytes = sizeof(RowHeader));
  ~RowArena();
  RowArena(const RowArena&) = delete;
  RowArena& operator=(const RowArena&) = delete;

  // A zeroed row with a zeroed header but for its place; flags are clear except kRowListed, which a
  // block keeps while the list of changed rows still names it.
  RowHeader* Allocate();
  // The block is free at once; its contents are gone.
  void Free(RowHeader* block);
  // Gives back the memory of chunks without rows. REQUIRES: nobody holds pointers to free blocks.
  void ReleaseEmptyChunks();

  size_t chunk_count() const { return chunks_.size(); }
  // Calls f(RowHeader*) for the blocks of chunk `i` that are not free. `f` may free the block.
  // In the order of addresses. New blocks that `f` allocates may be visited, too.
  template <typename F>
  void ForEachInChunk(size_t i, F&& f) {
    Chunk& chunk = chunks_[i];
    for (uint32_t b = 0; b < chunk.used; ++b) {
      RowHeader* block = BlockIn(chunk, b);
      if ((block->place & kRowFree) == 0) f(block);
    }
  }
  template <typename F>
  void ForEach(F&& f) {
    for (size_t i = 0; i < chunks_.size(); ++i) ForEachInChunk(i, f);
  }

  size_t row_bytes() const { return block_bytes_ - header_bytes_; }
  // Blocks that are not free.
  uint64_t live_rows() const { return live_; }
  uint64_t live_bytes() const { return live_ * block_bytes_; }
  // Memory held, free blocks included.
  uint64_t reserved_bytes() const { return reserved_; }

 private:
  struct Chunk {
    char* base = nullptr;
    uint32_t bytes = 0;
    uint32_t used = 0;  // blocks ever handed out
    uint32_t live = 0;
  };
  void AddChunk();
  // A header begins before its block where it is not whole, and behind what precedes it.
  RowHeader* BlockIn(const Chunk& chunk, uint32_t number) const {
    char* const begin = chunk.base + number * block_bytes_;
    return reinterpret_cast<RowHeader*>(begin + header_bytes_ - sizeof(RowHeader));
  }
  // Clears the block but for its place.
  void Clear(RowHeader* block, uint32_t place) const;
  // The next free block, kept in a free one.
  static uint64_t& LinkIn(RowHeader* block) { return block->key[1]; }

  const size_t header_bytes_;
  const size_t block_bytes_;
  std::vector<Chunk> chunks_;
  std::vector<uint32_t> empty_places_;  // numbers of released chunks
  RowHeader* free_ = nullptr;           // linked through LinkIn
  uint32_t current_ = UINT32_MAX;       // the chunk that is being filled
  uint64_t live_ = 0;
  uint64_t reserved_ = 0;
};

}  // namespace weir::state
