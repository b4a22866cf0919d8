#include "runtime/base/buffer_pool.h"

#include <array>
#include <atomic>
#include <bit>
#include <mutex>
#include <new>

namespace weir {
namespace {

// Under a sanitizer nothing is recycled, and a block is no larger than was asked for: else it would
// not see who reads beyond a block, or one that has been given back.
#ifdef WEIR_SANITIZED
constexpr bool kRecycles = false;
#else
constexpr bool kRecycles = true;
#endif

constexpr size_t kSmallestClassBits = 5;  // 32 bytes
constexpr size_t kLargestClassBits = 26;  // 64 MiB
constexpr size_t kClasses = kLargestClassBits - kSmallestClassBits + 1;
constexpr size_t kCacheBytes = size_t{1} << 20;  // a thread keeps at most this much of a class

struct FreeBlock {
  FreeBlock* next;
};

struct FreeList {
  FreeBlock* head = nullptr;
  size_t count = 0;

  void Push(void* block) {
    head = new (block) FreeBlock{head};
    ++count;
  }
  void* Pop() {
    FreeBlock* block = head;
    head = block->next;
    --count;
    return block;
  }
};

struct SharedClass {
  std::mutex mutex;
  FreeList blocks;  // guarded by mutex
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
  Shared().allocator_calls.fetch_add(1, std::memory_order_relaxed);
  Shared().bytes_reserved.fetch_add(bytes, std::memory_order_relaxed);
  return ::operator new(bytes, std::align_val_t(bytes >= 64 ? 64 : 16));
}

void DeleteBlock(void* block, size_t bytes) {
  Shared().bytes_reserved.fetch_sub(bytes, std::memory_order_relaxed);
  ::operator delete(block, std::align_val_t(bytes >= 64 ? 64 : 16));
}

class ThreadCache {
 public:
  ~ThreadCache() {
    for (size_t c = 0; c < kClasses; ++c) GiveBack(c, lists_[c].count);
  }

  void* Take(size_t size_class) {
    FreeList& list = lists_[size_class];
    if (list.head == nullptr) Refill(size_class);
    return list.head != nullptr ? list.Pop() : NewBlock(ClassBytes(size_class));
  }

  void Give(size_t size_class, void* block) {
    FreeList& list = lists_[size_class];
    list.Push(block);
    const size_t limit = CacheLimit(size_class);
    if (list.count > limit) GiveBack(size_class, limit / 2);
  }

 private:
  void Refill(size_t size_class) {
    SharedClass& shared = Shared().classes[size_class];
    const size_t wanted = CacheLimit(size_class) / 2;
    std::lock_guard lock(shared.mutex);
    for (size_t i = 0; i < wanted && shared.blocks.head != nullptr; ++i) {
      lists_[size_class].Push(shared.blocks.Pop());
    }
  }

  void GiveBack(size_t size_class, size_t count) {
    if (count == 0) return;
    SharedClass& shared = Shared().classes[size_class];
    std::lock_guard lock(shared.mutex);
    for (size_t i = 0; i < count; ++i) shared.blocks.Push(lists_[size_class].Pop());
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

PoolStatistics GetPoolStatistics() {
  return {Shared().bytes_reserved.load(std::memory_order_relaxed),
          Shared().allocator_calls.load(std::memory_order_relaxed)};
}

}  // namespace weir
