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
// From so many bytes on, a table grows by huge pages.
constexpr size_t kLargeTable = 4 << 20;

char* AllocateChunk(size_t bytes) {
  return static_cast<char*>(bytes == kHugePage ? AllocateHuge(bytes) : PoolAllocate(bytes));
}

void FreeChunk(char* chunk, size_t bytes) {
  if (bytes == kHugePage) {
    std::free(chunk);
  } else {
    PoolFree(chunk, bytes);
  }
}

}  // namespace

RowArena::RowArena(size_t row_bytes, size_t header_bytes)
    : header_bytes_(header_bytes), block_bytes_((header_bytes + row_bytes + 7) / 8 * 8) {}

RowArena::~RowArena() {
  for (const Chunk& chunk : chunks_) {
    if (chunk.base != nullptr) FreeChunk(chunk.base, chunk.bytes);
  }
}

void RowArena::AddChunk() {
  size_t bytes = std::clamp<size_t>(reserved_, kFirstChunkBytes, kGreatestChunkBytes);
  bytes = reserved_ >= kLargeTable ? kHugePage : std::max(bytes, block_bytes_ * 4);
  Chunk chunk;
  chunk.base = AllocateChunk(bytes);
  chunk.bytes = static_cast<uint32_t>(bytes);
  if (empty_places_.empty()) {
    WEIR_CHECK_LT(chunks_.size(), kGreatestChunkCount);
    current_ = static_cast<uint32_t>(chunks_.size());
    chunks_.push_back(chunk);
  } else {
    current_ = empty_places_.back();
    empty_places_.pop_back();
    chunks_[current_] = chunk;
  }
  reserved_ += bytes;
}

RowHeader* RowArena::Allocate() {
  ++live_;
  RowHeader* block = free_;
  if (block != nullptr) {
    const uint32_t place = block->place & ~(kRowFlags & ~kRowListed);
    free_ = reinterpret_cast<RowHeader*>(LinkIn(block));
    ++chunks_[place >> 8].live;
    Clear(block, place);
    return block;
  }
  if (current_ == UINT32_MAX ||
      (chunks_[current_].used + 1) * block_bytes_ > chunks_[current_].bytes) {
    AddChunk();
  }
  Chunk& chunk = chunks_[current_];
  block = BlockIn(chunk, chunk.used);
  ++chunk.used;
  ++chunk.live;
  Clear(block, current_ << 8);
  return block;
}

void RowArena::Clear(RowHeader* block, uint32_t place) const {
  std::memset(RowOf(block) - header_bytes_, 0, block_bytes_);
  block->place = place;
}

void RowArena::Free(RowHeader* block) {
  WEIR_DCHECK((block->place & kRowFree) == 0);
  --live_;
  --chunks_[block->place >> 8].live;
  block->place = (block->place & ~kRowFlags) | kRowFree | (block->place & kRowListed);
  LinkIn(block) = reinterpret_cast<uint64_t>(free_);
  free_ = block;
}

void RowArena::ReleaseEmptyChunks() {
  bool any = false;
  for (uint32_t i = 0; i < chunks_.size(); ++i) {
    any |= chunks_[i].base != nullptr && chunks_[i].live == 0 && i != current_;
  }
  if (!any) return;
  // Free blocks of the chunks that go leave the free list first.
  RowHeader* kept = nullptr;
  for (RowHeader* block = free_; block != nullptr;) {
    auto* next = reinterpret_cast<RowHeader*>(LinkIn(block));
    const uint32_t number = block->place >> 8;
    if (chunks_[number].live > 0 || number == current_) {
      LinkIn(block) = reinterpret_cast<uint64_t>(kept);
      kept = block;
    }
    block = next;
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

}  // namespace weir::state
