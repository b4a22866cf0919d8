// Memory for the rows of a state table: blocks of one size in chunks, at addresses that never
// change.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "state/row/row.h"

namespace weir::state {

// Hands out blocks of a header and `row_bytes`. Chunks grow from 4 KiB to 256 KiB (large tables: by
// 2 MiB), so that many small tables, such as window slices, cost little. Chunks never move. Only
// ReleaseEmptyChunks and the destructor give them back. Not thread-safe.
template <typename Kind>
class RowArena {
 public:
  // `row_bytes`: without the header, rounded up to 8. `header_bytes`: what a block has before its
  // values, at least kShortRowHeaderBytes and a multiple of 8.
  explicit RowArena(size_t row_bytes, size_t header_bytes = kRowHeaderBytes);
  ~RowArena();
  RowArena(const RowArena&) = delete;
  RowArena& operator=(const RowArena&) = delete;

  // A zeroed row whose header is zeroed except for its place. Flags are clear, except the one of
  // the list of changed rows if the list still contains the block.
  Kind Allocate();
  // Frees the block at once; its contents are lost.
  void Free(Kind row);
  // Frees the chunks without rows, except the one that is being filled. REQUIRES: nobody holds
  // handles of free blocks.
  void ReleaseEmptyChunks();

  size_t chunk_count() const { return chunks_.size(); }
  // Calls f(Kind) for the blocks of chunk `i` that are in use, in the order of addresses. `f` may
  // free the block; blocks that it allocates may be visited as well.
  template <typename F>
  void ForEachInChunk(size_t i, F&& f) {
    Chunk& chunk = chunks_[i];
    for (uint32_t b = 0; b < chunk.used; ++b) {
      const Kind row = RowIn(chunk, b);
      if (!row.is_free()) f(row);
    }
  }
  template <typename F>
  void ForEach(F&& f) {
    for (size_t i = 0; i < chunks_.size(); ++i) ForEachInChunk(i, f);
  }

  size_t row_bytes() const { return block_bytes_ - header_bytes_; }
  // The number of blocks in use.
  uint64_t live_rows() const { return live_; }
  uint64_t live_bytes() const { return live_ * block_bytes_; }
  // Memory held, including free blocks.
  uint64_t reserved_bytes() const { return reserved_; }

 private:
  struct Chunk {
    std::byte* base = nullptr;
    uint32_t bytes = 0;
    uint32_t used = 0;  // blocks that were ever handed out
    uint32_t live = 0;
  };
  void AddChunk();
  Kind RowIn(const Chunk& chunk, uint32_t number) const {
    return Kind::FromBytes(chunk.base + number * block_bytes_ + header_bytes_);
  }
  // Clears the block except for its place.
  void Clear(Kind row, uint32_t place) const;

  const size_t header_bytes_;
  const size_t block_bytes_;
  std::vector<Chunk> chunks_;
  // Numbers of chunks that were freed. Chunks are not moved up, as each row has its chunk's number.
  std::vector<uint32_t> empty_places_;
  Kind free_;                      // the first free block, which contains the address of the next
  uint32_t current_ = UINT32_MAX;  // the chunk that is being filled
  uint64_t live_ = 0;
  uint64_t reserved_ = 0;
};

}  // namespace weir::state
