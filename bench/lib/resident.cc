#include "bench/lib/resident.h"

#include <malloc.h>

#include <cstdlib>
#include <fstream>
#include <string>

#include "bench/lib/engine.h"

namespace weir::bench {
namespace {

// A line "VmRSS:   123 kB" of /proc/self/status.
uint64_t Read(const std::string& name) {
  std::ifstream in("/proc/self/status");
  std::string line;
  while (std::getline(in, line)) {
    if (line.rfind(name, 0) == 0) return std::stoull(line.substr(name.size())) << 10;
  }
  Require(Status::External("/proc/self/status has no " + name), "cannot measure memory");
  return 0;
}

}  // namespace

uint64_t ResidentBytes() {
  return Read("VmRSS:");
}

uint64_t PeakBytes() {
  return Read("VmHWM:");
}

void ResetPeak() {
  malloc_trim(0);
  std::ofstream("/proc/self/clear_refs") << 5;
}

}  // namespace weir::bench
