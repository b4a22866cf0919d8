#include "runtime/base/buffer_pool.h"

#include <malloc.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <bit>
#include <new>
#include <vector>

#include "runtime/base/idle_memory.h"
#include "runtime/base/leaf_mutex.h"

namespace weir {
namespace {

// Under a sanitizer nothing is recycled, and a block has exactly the size that was asked for.
// Otherwise the sanitizer would not notice accesses beyond a block, or to one that was given back.
#ifdef WEIR_SANITIZED
constexpr bool kRecycles = false;
#else
constexpr bool kRecycles = true;
#endif

constexpr size_t kSmallestClassBits = 5;  // 32 bytes
// 4 MiB: what is larger is rare, and would be kept for good.
constexpr size_t kLargestClassBits = 22;
constexpr size_t kClasses = kLargestClassBits - kSmallestClassBits + 1;
constexpr size_t kCacheBytes = size_t{1} << 20;  // a thread keeps at most this much of a class

// The links are kept outside of the blocks: another core may have touched a block last, and reading
// a link in it would wait for that core's cache.
using FreeList = std::vector<void*>;

void* Pop(FreeList& list) {
  void* block = list.back();
  list.pop_back();
  return block;
}

// Moves the last blocks of one list to another.
void Move(FreeList& from, FreeList& to, size_t count) {
  const auto first = from.end() - static_cast<ptrdiff_t>(count);
  to.insert(to.end(), first, from.end());
  from.erase(first, from.end());
}

struct SharedClass {
  LeafMutex mutex;
  FreeList blocks WEIR_GUARDED_BY(mutex);
};

struct SharedPool {
  std::array<SharedClass, kClasses> classes;
  std::atomic<uint64_t> bytes_reserved{0};
  std::atomic<uint64_t> allocator_calls{0};
};

// Never destroyed: threads may give blocks back while the process exits.
SharedPool& Shared() {
  static SharedPool* pool = new SharedPool;
  return *pool;
}

size_t ClassOf(size_t bytes) {
  const size_t bits = static_cast<size_t>(std::bit_width(bytes == 0 ? size_t{0} : bytes - 1));
  return bits <= kSmallestClassBits ? 0 : bits - kSmallestClassBits;
}

size_t ClassBytes(size_t size_class) {
  return size_t{1} << (size_class + kSmallestClassBits);
}

size_t CacheLimit(size_t size_class) {
  const size_t blocks = kCacheBytes / ClassBytes(size_class);
  return blocks < 4 ? 4 : blocks > 512 ? 512 : blocks;
}

void* NewBlock(size_t bytes) {
  void* block = ::operator new(bytes, std::align_val_t(bytes >= 64 ? 64 : 16));
  Shared().allocator_calls.fetch_add(1, std::memory_order_relaxed);
  Shared().bytes_reserved.fetch_add(bytes, std::memory_order_relaxed);
  return block;
}

void DeleteBlock(void* block, size_t bytes) {
  Shared().bytes_reserved.fetch_sub(bytes, std::memory_order_relaxed);
  ::operator delete(block, std::align_val_t(bytes >= 64 ? 64 : 16));
}

class ThreadCache {
 public:
  ~ThreadCache() {
    for (size_t c = 0; c < kClasses; ++c) {
      try {
        GiveBack(c, lists_[c].size());
      } catch (const std::bad_alloc&) {
        for (void* block : lists_[c]) DeleteBlock(block, ClassBytes(c));
      }
    }
  }

  void* Take(size_t size_class) {
    FreeList& list = lists_[size_class];
    if (list.empty()) Refill(size_class);
    return list.empty() ? NewBlock(ClassBytes(size_class)) : Pop(list);
  }

  // Never fails, as blocks are given back by destructors: where there is no room to note one, it
  // goes to the allocator.
  void Give(size_t size_class, void* block) noexcept {
    FreeList& list = lists_[size_class];
    const size_t limit = CacheLimit(size_class);
    try {
      list.push_back(block);
      if (list.size() > limit) GiveBack(size_class, limit / 2);
    } catch (const std::bad_alloc&) {
      // If it was GiveBack that failed, the block is on the list; else there was no room to note
      // it.
      if (!list.empty() && list.back() == block) return;
      DeleteBlock(block, ClassBytes(size_class));
    }
  }

 private:
  void Refill(size_t size_class) {
    SharedClass& shared = Shared().classes[size_class];
    const LeafLock lock(shared.mutex);
    Move(shared.blocks, lists_[size_class],
         std::min(shared.blocks.size(), CacheLimit(size_class) / 2));
  }

  void GiveBack(size_t size_class, size_t count) {
    if (count == 0) return;
    SharedClass& shared = Shared().classes[size_class];
    const LeafLock lock(shared.mutex);
    Move(lists_[size_class], shared.blocks, count);
  }

  std::array<FreeList, kClasses> lists_;
};

thread_local bool thread_cache_alive = false;

struct ThreadCacheHolder {
  ThreadCacheHolder() { thread_cache_alive = true; }
  ~ThreadCacheHolder() { thread_cache_alive = false; }
  ThreadCache cache;
};

// Null while the thread's statics are being destroyed.
ThreadCache* Cache() {
  static thread_local ThreadCacheHolder holder;
  return thread_cache_alive ? &holder.cache : nullptr;
}

}  // namespace

void* PoolAllocate(size_t bytes) {
  const size_t size_class = ClassOf(bytes);
  if (size_class >= kClasses || !kRecycles) return NewBlock(bytes);
  ThreadCache* cache = Cache();
  return cache != nullptr ? cache->Take(size_class) : NewBlock(ClassBytes(size_class));
}

void PoolFree(void* block, size_t bytes) {
  const size_t size_class = ClassOf(bytes);
  if (size_class >= kClasses || !kRecycles) return DeleteBlock(block, bytes);
  ThreadCache* cache = Cache();
  if (cache != nullptr) return cache->Give(size_class, block);
  DeleteBlock(block, ClassBytes(size_class));
}

void ReleaseIdleMemory() {
  for (size_t c = 0; c < kClasses; ++c) {
    FreeList idle;
    {
      const LeafLock lock(Shared().classes[c].mutex);
      idle.swap(Shared().classes[c].blocks);
    }
    for (void* block : idle) DeleteBlock(block, ClassBytes(c));
  }
  ::malloc_trim(0);
}

namespace {

std::atomic<bool> idle_memory_noted{false};

}  // namespace

void NoteIdleMemory() {
  idle_memory_noted.store(true, std::memory_order_relaxed);
}

bool TakeIdleMemoryNote() {
  return idle_memory_noted.exchange(false, std::memory_order_relaxed);
}

PoolStatistics GetPoolStatistics() {
  return {Shared().bytes_reserved.load(std::memory_order_relaxed),
          Shared().allocator_calls.load(std::memory_order_relaxed)};
}

}  // namespace weir
