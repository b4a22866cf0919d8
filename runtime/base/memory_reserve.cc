#include "runtime/base/memory_reserve.h"

#include <poll.h>
#include <sys/mman.h>

#include <atomic>
#include <cstddef>
#include <new>
#include <utility>

namespace weir {
namespace {

constexpr size_t kReserveBytes = size_t{8} << 20;
constexpr int kLongestWaitMillis = 5000;  // for other threads to free memory

std::atomic<void*> reserve{nullptr};
thread_local int depth = 0;
thread_local int waited_millis = 0;  // since the outermost began

// The process's new-handler: operator new tries again when it returns.
void OnShortage() {
  if (depth == 0) throw std::bad_alloc();
  if (void* kept = reserve.exchange(nullptr); kept != nullptr) {
    ::munmap(kept, kReserveBytes);
    return;
  }
  if (waited_millis >= kLongestWaitMillis) throw std::bad_alloc();
  ++waited_millis;
  ::poll(nullptr, 0, 1);  // not the Clock's: no simulated time brings memory back
}

}  // namespace

WithMemoryReserve::WithMemoryReserve() {
  if (depth++ == 0) waited_millis = 0;
}

WithMemoryReserve::~WithMemoryReserve() {
  --depth;
}

WithoutMemoryReserve::WithoutMemoryReserve() : outer_(std::exchange(depth, 0)) {}

WithoutMemoryReserve::~WithoutMemoryReserve() {
  depth = outer_;
}

bool TakesFromReserve() {
  return depth > 0;
}

void KeepMemoryReserve() {
  if (reserve.load(std::memory_order_relaxed) != nullptr) return;
  std::set_new_handler(OnShortage);
  // Only address space, which takes no memory until it is touched.
  void* kept =
      ::mmap(nullptr, kReserveBytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (kept == MAP_FAILED) return;
  void* none = nullptr;
  if (!reserve.compare_exchange_strong(none, kept)) ::munmap(kept, kReserveBytes);
}

size_t MemoryReserveBytes() {
  return reserve.load(std::memory_order_relaxed) != nullptr ? kReserveBytes : 0;
}

}  // namespace weir
