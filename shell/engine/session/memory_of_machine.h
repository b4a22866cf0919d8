// Determines how much memory the process may use: the machine's, or the limit of its control
// groups.
#pragma once

#include <cstdint>
#include <string>

#include "runtime/file_system.h"

namespace weir::shell {

// Where Linux reports it; tests use other files.
struct MemoryPlaces {
  std::string groups_of_process = "/proc/self/cgroup";
  std::string groups = "/sys/fs/cgroup";
};

// The memory built into the machine.
uint64_t PhysicalMemory();

// The least of `physical_bytes` and the limits of the process's control group and its ancestors
// (memory.max of version 2, memory.limit_in_bytes of version 1). A container sees its own group as
// the root. What cannot be read imposes no limit.
uint64_t MemoryOfMachine(FileSystem& files, uint64_t physical_bytes,
                         const MemoryPlaces& places = {});

// The default memory for tables of state: half of the memory, or less on a small machine, so that
// the rest of the process has room.
uint64_t DefaultStateBytes(uint64_t memory_bytes);

}  // namespace weir::shell
