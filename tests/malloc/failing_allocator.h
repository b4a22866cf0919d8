// An allocator that fails when it is told: operator new everywhere, malloc and its kin in addition
// where no sanitizer has taken their places.
#pragma once

#include <cstdint>

namespace weir::malloc_test {

// From now on the allocations of all threads that are not exempt are counted, and those from number
// `first` (1 is the next one) up to `first + count - 1` fail.
void Arm(uint64_t first, uint64_t count);

// Nothing fails from here on. Whether something has, since Arm.
bool Disarm();

// How many were counted since Arm.
uint64_t Counted();

// While one exists, its thread's allocations are neither counted nor failed.
class Exempt {
 public:
  Exempt();
  ~Exempt();
  Exempt(const Exempt&) = delete;
  Exempt& operator=(const Exempt&) = delete;
};

}  // namespace weir::malloc_test
