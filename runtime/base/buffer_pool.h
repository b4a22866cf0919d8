// Recycled memory for batches. Fresh pages cost more to touch than parsing costs (see
// bench/foundation), so blocks of a size class go back to a free list instead of to the allocator.
//
// Thread-safe: every thread keeps a small cache and trades runs of blocks with shared lists, so a
// block may be freed on another thread than it was allocated on.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

namespace weir {

// Returns a block of at least `bytes` bytes, aligned to 64 when bytes >= 64 and to 16 otherwise.
// Its contents are arbitrary. Blocks over 64 MiB come straight from the allocator.
// Never null: std::bad_alloc where there is no memory.
void* PoolAllocate(size_t bytes);
// Gives back a block. REQUIRES: `block` came from PoolAllocate(bytes) with the same `bytes`.
void PoolFree(void* block, size_t bytes);

// Memory figures of the whole process. They are shown and tested; the engine decides nothing by
// them.
struct PoolStatistics {
  uint64_t bytes_reserved;   // held by the pool or handed out
  uint64_t allocator_calls;  // how often a block had to come from the allocator, ever
};
// A snapshot; other threads go on allocating while it is taken.
PoolStatistics GetPoolStatistics();

// Lets standard containers and shared_ptr control blocks live in the pool.
template <typename T>
struct PoolAllocator {
  using value_type = T;
  PoolAllocator() = default;
  template <typename U>
  PoolAllocator(const PoolAllocator<U>&) {}  // NOLINT(google-explicit-constructor): allocator rules
  // The interface that the standard asks of an allocator.
  // NOLINTNEXTLINE(bugprone-sizeof-expression): T may be a pointer
  T* allocate(size_t n) { return static_cast<T*>(PoolAllocate(n * sizeof(T))); }
  // NOLINTNEXTLINE(bugprone-sizeof-expression): T may be a pointer
  void deallocate(T* p, size_t n) { PoolFree(p, n * sizeof(T)); }
  template <typename U>
  friend bool operator==(const PoolAllocator&, const PoolAllocator<U>&) {
    return true;
  }
};

template <typename T>
using PoolVector = std::vector<T, PoolAllocator<T>>;

// A block of pooled memory with shared ownership. Its creator fills it before handing the pointer
// to another thread; from then on it is read-only, which is why there is no lock.
class Buffer {
 public:
  // The contents start out arbitrary.
  explicit Buffer(size_t bytes) : data_(PoolAllocate(bytes)), bytes_(bytes) {}
  ~Buffer() { PoolFree(data_, bytes_); }
  Buffer(const Buffer&) = delete;
  Buffer& operator=(const Buffer&) = delete;

  size_t size() const { return bytes_; }
  // The block seen as elements of T; REQUIRES: T's alignment is at most 64 (16 for tiny blocks).
  template <typename T>
  T* as() {
    return static_cast<T*>(data_);
  }
  template <typename T>
  const T* as() const {
    return static_cast<const T*>(data_);
  }

 private:
  void* data_;
  size_t bytes_;
};

using BufferPtr = std::shared_ptr<Buffer>;

// A buffer of `count` elements of T with arbitrary contents.
template <typename T>
BufferPtr MakeBuffer(size_t count) {
  return std::allocate_shared<Buffer>(PoolAllocator<Buffer>(), count * sizeof(T));
}

}  // namespace weir
