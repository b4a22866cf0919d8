// Memory of large tables in huge pages, without which random accesses to a table of many MiB would
// miss the TLB.
#pragma once

#include <sys/mman.h>

#include <cstddef>
#include <cstdlib>
#include <new>

namespace weir::state {

inline constexpr size_t kHugePage = 2 << 20;

// Memory in huge pages, or in ordinary ones where the system grants none. Freed by std::free.
// Throws std::bad_alloc, as the standard's allocators do. REQUIRES: `bytes` is a multiple of
// kHugePage.
inline void* AllocateHuge(size_t bytes) {
  void* memory = std::aligned_alloc(kHugePage, bytes);
  if (memory == nullptr) throw std::bad_alloc();
  ::madvise(memory, bytes, MADV_HUGEPAGE);  // advice: where it is not taken, pages are small
  return memory;
}

// An allocator for arrays that uses huge pages from 2 MiB on. REQUIRES of deallocate: memory of
// this allocator.
template <typename T>
struct LargeAllocator {
  using value_type = T;
  LargeAllocator() = default;
  template <typename U>
  // NOLINTNEXTLINE(google-explicit-constructor): the rules of allocators ask for a conversion.
  LargeAllocator(const LargeAllocator<U>&) {}
  T* allocate(size_t n) {
    const size_t bytes = n * sizeof(T);
    if (bytes % kHugePage == 0) return static_cast<T*>(AllocateHuge(bytes));
    void* memory = std::malloc(bytes);
    if (memory == nullptr) throw std::bad_alloc();
    return static_cast<T*>(memory);
  }
  void deallocate(T* memory, size_t) { std::free(memory); }
  template <typename U>
  friend bool operator==(const LargeAllocator&, const LargeAllocator<U>&) {
    return true;
  }
};

}  // namespace weir::state
