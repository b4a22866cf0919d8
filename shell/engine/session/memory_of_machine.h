// How much memory the process may have: the machine's, or what its control groups leave of it.
#pragma once

#include <cstdint>
#include <string>

#include "runtime/file_system.h"

namespace weir::shell {

// Where Linux says it; tests have files of their own.
struct MemoryPlaces {
  std::string groups_of_process = "/proc/self/cgroup";
  std::string groups = "/sys/fs/cgroup";
};

// What is built in.
uint64_t PhysicalMemory();

// The least of `physical_bytes` and the limits of the process's control group and those around it
// (memory.max of version 2, memory.limit_in_bytes of version 1). A container sees its own group as
// the root. What cannot be read limits nothing.
uint64_t MemoryOfMachine(FileSystem& files, uint64_t physical_bytes,
                         const MemoryPlaces& places = {});

// What tables of state may have of so much memory where nobody says it: half, but of little so much
// less that the rest of the process has room.
uint64_t DefaultStateBytes(uint64_t memory_bytes);

}  // namespace weir::shell
