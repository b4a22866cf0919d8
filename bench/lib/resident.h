// What the operating system says of this process's memory (Linux, proc(5)).
#pragma once

#include <cstdint>

namespace weir::bench {

// Bytes in memory now; the most since ResetPeak. Ends the program where /proc does not tell.
uint64_t ResidentBytes();
uint64_t PeakBytes();
// Gives freed memory back to the system first, so that what comes next is not hidden in it.
void ResetPeak();

}  // namespace weir::bench
