#include "state/row/row_arena.h"

#include <algorithm>
#include <cstring>

#include "runtime/base/buffer_pool.h"
#include "runtime/base/check.h"
#include "state/row/large_memory.h"

namespace weir::state {
namespace {

constexpr size_t kFirstChunkBytes = 4 << 10;
constexpr size_t kGreatestChunkBytes = 256 << 10;
constexpr size_t kGreatestChunkCount = 1 << 24;
// From this many bytes on, a table grows by huge pages.
constexpr size_t kLargeTable = 4 << 20;

std::byte* AllocateChunk(size_t bytes) {
  return static_cast<std::byte*>(bytes == kHugePage ? AllocateHuge(bytes) : PoolAllocate(bytes));
}

void FreeChunk(std::byte* chunk, size_t bytes) {
  if (bytes == kHugePage) {
    std::free(chunk);
  } else {
    PoolFree(chunk, bytes);
  }
}

}  // namespace

template <typename Kind>
RowArena<Kind>::RowArena(size_t row_bytes, size_t header_bytes)
    : header_bytes_(header_bytes), block_bytes_((header_bytes + row_bytes + 7) / 8 * 8) {}

template <typename Kind>
RowArena<Kind>::~RowArena() {
  for (const Chunk& chunk : chunks_) {
    if (chunk.base != nullptr) FreeChunk(chunk.base, chunk.bytes);
  }
}

template <typename Kind>
void RowArena<Kind>::AddChunk() {
  size_t bytes = std::clamp<size_t>(reserved_, kFirstChunkBytes, kGreatestChunkBytes);
  bytes = reserved_ >= kLargeTable ? kHugePage : std::max(bytes, block_bytes_ * 4);
  // Its place comes first: the chunk would be lost if there were no memory to note it.
  if (empty_places_.empty()) {
    WEIR_CHECK_LT(chunks_.size(), kGreatestChunkCount);
    chunks_.emplace_back();
    empty_places_.push_back(static_cast<uint32_t>(chunks_.size() - 1));
  }
  Chunk chunk;
  chunk.base = AllocateChunk(bytes);
  chunk.bytes = static_cast<uint32_t>(bytes);
  current_ = empty_places_.back();
  empty_places_.pop_back();
  chunks_[current_] = chunk;
  reserved_ += bytes;
}

template <typename Kind>
Kind RowArena<Kind>::Allocate() {
  if (free_ != nullptr) {
    const Kind row = free_;
    free_ = row.next_free();
    ++live_;
    ++chunks_[row.chunk()].live;
    Clear(row, row.place_of_free());
    return row;
  }
  if (current_ == UINT32_MAX ||
      (chunks_[current_].used + 1) * block_bytes_ > chunks_[current_].bytes) {
    AddChunk();
  }
  Chunk& chunk = chunks_[current_];
  const Kind row = RowIn(chunk, chunk.used);
  ++live_;
  ++chunk.used;
  ++chunk.live;
  Clear(row, current_ << 8);
  return row;
}

template <typename Kind>
void RowArena<Kind>::Clear(Kind row, uint32_t place) const {
  std::memset(row.bytes() - header_bytes_, 0, block_bytes_);
  row.set_place(place);
}

template <typename Kind>
void RowArena<Kind>::Free(Kind row) {
  WEIR_DCHECK(!row.is_free());
  --live_;
  --chunks_[row.chunk()].live;
  row.SetFree(free_);
  free_ = row;
}

template <typename Kind>
void RowArena<Kind>::ReleaseEmptyChunks() {
  bool any = false;
  for (uint32_t i = 0; i < chunks_.size(); ++i) {
    any |= chunks_[i].base != nullptr && chunks_[i].live == 0 && i != current_;
  }
  if (!any) return;
  // Free blocks of the chunks that go leave the free list first.
  Kind kept;
  for (Kind row = free_; row != nullptr;) {
    const Kind next = row.next_free();
    if (chunks_[row.chunk()].live > 0 || row.chunk() == current_) {
      row.SetFree(kept);
      kept = row;
    }
    row = next;
  }
  free_ = kept;
  for (uint32_t i = 0; i < chunks_.size(); ++i) {
    Chunk& chunk = chunks_[i];
    if (chunk.base == nullptr || chunk.live > 0 || i == current_) continue;
    FreeChunk(chunk.base, chunk.bytes);
    reserved_ -= chunk.bytes;
    chunk = Chunk{};
    empty_places_.push_back(i);
  }
}

template class RowArena<ValueRow>;
template class RowArena<ListRow>;
template class RowArena<MapEntry>;
template class RowArena<MapRow>;

}  // namespace weir::state
