// What the operating system says of this process.
#pragma once

#include <cstdint>

#include "runtime/file_system.h"

namespace weir::shell {

struct ProcessFacts {
  double cpu_seconds = 0;  // user and system
  uint64_t resident_bytes = 0;
  uint64_t open_descriptors = 0;
};

// A figure that cannot be read is 0.
ProcessFacts ProcessFactsNow(FileSystem& files);

}  // namespace weir::shell
