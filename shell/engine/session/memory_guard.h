// Keeps the process below the memory of the machine or its control group. The kernel would kill a
// process that exceeds it, with all jobs and without a message. While a MemoryGuard exists,
// allocations fail before that, which ends one statement or job (runtime/base/fence.h).
#pragma once

#include <sys/resource.h>

#include <cstdint>
#include <limits>
#include <memory>
#include <optional>
#include <string_view>

#include "runtime/file_system.h"
#include "runtime/mutex.h"
#include "runtime/thread.h"

namespace weir::shell {

// Memory that only this process can write to, in bytes.
struct MemoryInUse {
  uint64_t mapped = 0;    // what RLIMIT_DATA limits
  uint64_t resident = 0;  // the part that occupies memory: pages that were touched
  uint64_t stacks = 0;    // stacks of threads in full, of which little is ever touched
};

// Parses /proc/self/statm; nothing when it is malformed. Does not fill in the stacks.
std::optional<MemoryInUse> ParseMemoryInUse(std::string_view statm, uint64_t page_bytes);

// Computes from successive measurements how much more may be mapped. Memory that was mapped just
// now will be touched, so it counts in full; memory that nobody has touched for a second does not,
// such as the end of a buffer that is never filled. Used by one thread.
class MemoryRoom {
 public:
  // A part of `memory_bytes` is set aside for what the kernel keeps for the process.
  explicit MemoryRoom(uint64_t memory_bytes) : memory_bytes_(memory_bytes) {}
  // The number of bytes that may still be mapped. `reserve_bytes` are set aside
  // (runtime/base/memory_reserve.h). Times must not decrease.
  uint64_t At(const MemoryInUse& use, uint64_t reserve_bytes, int64_t monotonic_nanos);

 private:
  uint64_t UntouchedFor(uint64_t untouched, int64_t monotonic_nanos);

  const uint64_t memory_bytes_;
  // The least that was untouched in any measurement of this second and the one before.
  uint64_t least_ = std::numeric_limits<uint64_t>::max();
  uint64_t least_before_ = std::numeric_limits<uint64_t>::max();
  int64_t next_second_ = 0;
};

// Measures every few milliseconds when little memory is left, and sets RLIMIT_DATA to what is
// mapped plus what may be. When very little is left, returns idle memory to the system.
class MemoryGuard {
 public:
  // Guards nothing if no thread can be started or the system does not report memory in use.
  MemoryGuard(FileSystem& files, uint64_t memory_bytes);
  // Removes the limit.
  ~MemoryGuard();
  MemoryGuard(const MemoryGuard&) = delete;
  MemoryGuard& operator=(const MemoryGuard&) = delete;

 private:
  void Run();
  std::optional<MemoryInUse> InUse() const;
  // Measures and sets the limit. Returns how much may still be mapped, or nothing when that is not
  // known.
  std::optional<uint64_t> Measure();

  const uint64_t memory_bytes_;
  const uint64_t page_bytes_;
  const uint64_t stack_bytes_;  // of a thread
  std::unique_ptr<ReadableFile> statm_;
  rlimit before_{};
  // State of the thread.
  MemoryRoom room_;
  rlim_t limit_ = 0;  // the last value that was set
  int checks_until_release_ = 0;

  Mutex mutex_;
  bool stopping_ WEIR_GUARDED_BY(mutex_) = false;
  ConditionVariable stopped_;
  Thread thread_;
};

}  // namespace weir::shell
