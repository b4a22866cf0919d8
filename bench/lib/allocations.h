// Counts what a benchmark's program asks of the allocator: malloc and its kin are replaced by
// counting ones.
#pragma once

#include <cstdint>

namespace weir::bench {

// Calls of malloc, calloc, realloc and the aligned ones by all threads, ever; operator new is one
// of them.
uint64_t AllocationCount();

}  // namespace weir::bench
