// Memory put aside for code that cannot do without. What runs within a fence (fence.h) fails with
// its first allocation that does, and so gives back what the others go on with: threads outside of
// a fence, where nobody would catch the exception; destructors; the making of an error; RocksDB and
// ANTLR, which are unfit for anything, even for being destroyed, once an allocation has thrown in
// them.
#pragma once

#include <cstddef>

namespace weir {

// While one exists, an allocation of its thread by operator new that fails takes from the reserve,
// and then waits for what others give back, some seconds at the longest; std::bad_alloc after that.
// May be nested.
class WithMemoryReserve {
 public:
  WithMemoryReserve();
  ~WithMemoryReserve();
  WithMemoryReserve(const WithMemoryReserve&) = delete;
  WithMemoryReserve& operator=(const WithMemoryReserve&) = delete;
};

// While one exists, allocations of its thread that fail throw at once, whatever is around it.
class WithoutMemoryReserve {
 public:
  WithoutMemoryReserve();
  ~WithoutMemoryReserve();
  WithoutMemoryReserve(const WithoutMemoryReserve&) = delete;
  WithoutMemoryReserve& operator=(const WithoutMemoryReserve&) = delete;

 private:
  const int outer_;
};

// Whether the calling thread takes from the reserve now.
bool TakesFromReserve();

// Puts the reserve aside where it is not there yet, or was taken. Any thread; cheap when it is
// there. Without memory for it there is none until the next call.
void KeepMemoryReserve();

// Address space that is put aside now.
size_t MemoryReserveBytes();

}  // namespace weir
