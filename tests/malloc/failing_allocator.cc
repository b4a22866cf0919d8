#include "tests/malloc/failing_allocator.h"

#include <atomic>
#include <cerrno>
#include <cstddef>
#include <cstdlib>
#include <new>

#include "runtime/base/memory_reserve.h"

namespace weir::malloc_test {
namespace {

std::atomic<bool> armed{false};
std::atomic<uint64_t> counted{0};
std::atomic<uint64_t> failed{0};
uint64_t first_failing = 0;  // these two: written while nothing is armed
uint64_t last_failing = 0;
constinit thread_local int exempt = 0;

}  // namespace

void Arm(uint64_t first, uint64_t count) {
  first_failing = first;
  last_failing = first + count - 1;
  counted.store(0);
  failed.store(0);
  armed.store(true);
}

bool Disarm() {
  armed.store(false);
  return failed.load() > 0;
}

uint64_t Counted() {
  return counted.load();
}

Exempt::Exempt() {
  ++exempt;
}
Exempt::~Exempt() {
  --exempt;
}

namespace {

bool Fails() {
  if (!armed.load(std::memory_order_relaxed) || exempt > 0) return false;
  const uint64_t number = counted.fetch_add(1, std::memory_order_relaxed) + 1;
  if (number < first_failing || number > last_failing) return false;
  failed.fetch_add(1);
  return true;
}

// The C library's functions have no new-handler that could take from the reserve: whoever may, is
// not failed here, as RocksDB and RE2 do not look at what malloc gives them.
[[maybe_unused]] bool MallocFails() {
  return !TakesFromReserve() && Fails();
}

// glibc ends the process where it has no such block for the destructors of a new thread.
constexpr size_t kThreadDestructor = 32;

}  // namespace
}  // namespace weir::malloc_test

#ifdef WEIR_SANITIZED
#define WEIR_REAL(name) std::name
#else
// The C library's own, under the names that it keeps for those who replace them.
extern "C" {
// NOLINTBEGIN(bugprone-reserved-identifier)
void* __libc_malloc(size_t bytes);
void* __libc_calloc(size_t count, size_t bytes);
void* __libc_realloc(void* block, size_t bytes);
void* __libc_memalign(size_t alignment, size_t bytes);
void __libc_free(void* block);
// NOLINTEND(bugprone-reserved-identifier)

void* malloc(size_t bytes) {
  if (!weir::malloc_test::MallocFails()) return __libc_malloc(bytes);
  errno = ENOMEM;
  return nullptr;
}
void* calloc(size_t count, size_t bytes) {
  const bool spared = count == 1 && bytes == weir::malloc_test::kThreadDestructor;
  if (spared || !weir::malloc_test::MallocFails()) return __libc_calloc(count, bytes);
  errno = ENOMEM;
  return nullptr;
}
void* realloc(void* block, size_t bytes) {
  if (!weir::malloc_test::MallocFails()) return __libc_realloc(block, bytes);
  errno = ENOMEM;
  return nullptr;
}
void* aligned_alloc(size_t alignment, size_t bytes) {
  if (!weir::malloc_test::MallocFails()) return __libc_memalign(alignment, bytes);
  errno = ENOMEM;
  return nullptr;
}
int posix_memalign(void** block, size_t alignment, size_t bytes) {
  if (weir::malloc_test::MallocFails()) return ENOMEM;
  *block = __libc_memalign(alignment, bytes);
  return *block == nullptr ? ENOMEM : 0;
}
void free(void* block) {
  __libc_free(block);
}
}
#define WEIR_REAL(name) __libc_##name
#endif

namespace {

// As the standard asks of it: the new-handler is called until there is memory, or it throws.
template <typename F>
void* Obtain(F&& allocate) {
  for (;;) {
    void* block = weir::malloc_test::Fails() ? nullptr : allocate();
    if (block != nullptr) return block;
    const std::new_handler handler = std::get_new_handler();
    if (handler == nullptr) throw std::bad_alloc();
    handler();
  }
}

void* Aligned(size_t bytes, std::align_val_t alignment) {
#ifdef WEIR_SANITIZED
  const size_t unit = static_cast<size_t>(alignment);
  return std::aligned_alloc(unit, (bytes + unit - 1) / unit * unit);
#else
  return __libc_memalign(static_cast<size_t>(alignment), bytes);
#endif
}

template <typename F>
void* ObtainOrNull(F&& allocate) noexcept {
  try {
    return Obtain(allocate);
  } catch (const std::bad_alloc&) {
    return nullptr;
  }
}

size_t AtLeastOne(size_t bytes) {
  return bytes == 0 ? 1 : bytes;
}

}  // namespace

void* operator new(size_t bytes) {
  return Obtain([=] { return WEIR_REAL(malloc)(AtLeastOne(bytes)); });
}
void* operator new[](size_t bytes) {
  return operator new(bytes);
}
void* operator new(size_t bytes, const std::nothrow_t&) noexcept {
  return ObtainOrNull([=] { return WEIR_REAL(malloc)(AtLeastOne(bytes)); });
}
void* operator new[](size_t bytes, const std::nothrow_t& nothrow) noexcept {
  return operator new(bytes, nothrow);
}
void* operator new(size_t bytes, std::align_val_t alignment) {
  return Obtain([=] { return Aligned(AtLeastOne(bytes), alignment); });
}
void* operator new[](size_t bytes, std::align_val_t alignment) {
  return operator new(bytes, alignment);
}
void operator delete(void* block) noexcept {
  WEIR_REAL(free)(block);
}
void operator delete[](void* block) noexcept {
  WEIR_REAL(free)(block);
}
void operator delete(void* block, size_t) noexcept {
  WEIR_REAL(free)(block);
}
void operator delete[](void* block, size_t) noexcept {
  WEIR_REAL(free)(block);
}
void operator delete(void* block, std::align_val_t) noexcept {
  WEIR_REAL(free)(block);
}
void operator delete[](void* block, std::align_val_t) noexcept {
  WEIR_REAL(free)(block);
}
void operator delete(void* block, size_t, std::align_val_t) noexcept {
  WEIR_REAL(free)(block);
}
void operator delete[](void* block, size_t, std::align_val_t) noexcept {
  WEIR_REAL(free)(block);
}
