// A reserve of memory for code that cannot cope with a failed allocation. Code within a fence
// (fence.h) fails at its first failed allocation and thereby frees memory for the others. The
// others are: threads outside of a fence, where nobody would catch the exception; destructors; the
// construction of an error; and RocksDB and ANTLR, whose objects cannot even be destroyed safely
// once an allocation has thrown inside them.
#pragma once

#include <cstddef>

namespace weir {

// While one exists, an operator new of its thread that would fail takes from the reserve instead;
// when that is used up, it waits for some seconds until other threads have freed memory, and throws
// std::bad_alloc only then. May be nested.
class WithMemoryReserve {
 public:
  WithMemoryReserve();
  ~WithMemoryReserve();
  WithMemoryReserve(const WithMemoryReserve&) = delete;
  WithMemoryReserve& operator=(const WithMemoryReserve&) = delete;
};

// While one exists, failing allocations of its thread throw at once, even inside a
// WithMemoryReserve.
class WithoutMemoryReserve {
 public:
  WithoutMemoryReserve();
  ~WithoutMemoryReserve();
  WithoutMemoryReserve(const WithoutMemoryReserve&) = delete;
  WithoutMemoryReserve& operator=(const WithoutMemoryReserve&) = delete;

 private:
  const int outer_;
};

// Whether an allocation of the calling thread that fails would take from the reserve now.
bool TakesFromReserve();

// Allocates the reserve when it is missing or was used. When there is no memory for it, the next
// call tries again. To be called at the start of the process, as it also installs the new-handler,
// without which WithMemoryReserve does nothing; then again from time to time while memory is not
// short, as nothing else fills the reserve up. Cheap when it is complete. Any thread.
void KeepMemoryReserve();

// How much address space the reserve takes at the moment.
size_t MemoryReserveBytes();

}  // namespace weir
