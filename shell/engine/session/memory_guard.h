// Whoever takes more memory than the machine or a control group has is ended by the kernel, with
// all jobs and without a word. While a MemoryGuard lives, this process is refused memory before
// that: an allocation fails, which ends one statement or job (runtime/base/fence.h).
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

// Of the memory that the process alone can write to, in bytes.
struct MemoryInUse {
  uint64_t mapped = 0;    // what RLIMIT_DATA limits
  uint64_t resident = 0;  // of that what takes memory: pages that were touched
  uint64_t stacks = 0;    // of threads, whole; little of them is ever touched
};

// What /proc/self/statm says; nothing where it says something else. Without the stacks.
std::optional<MemoryInUse> ParseMemoryInUse(std::string_view statm, uint64_t page_bytes);

// Works out how much more may be mapped, from one look at what is in use to the next. What was
// mapped just now will be touched, so that it counts; what nobody has touched for a second does
// not, as the rest of a buffer that is never filled. Used by one thread.
class MemoryRoom {
 public:
  // Of `memory_bytes` some are left for what the kernel keeps for the process.
  explicit MemoryRoom(uint64_t memory_bytes) : memory_bytes_(memory_bytes) {}
  // `reserve_bytes`: put aside for who cannot do without (runtime/base/memory_reserve.h). Times do
  // not go back.
  uint64_t At(const MemoryInUse& use, uint64_t reserve_bytes, int64_t monotonic_nanos);

 private:
  uint64_t UntouchedFor(uint64_t untouched, int64_t monotonic_nanos);

  const uint64_t memory_bytes_;
  // The least that was untouched at any look, of this second and of the one before.
  uint64_t least_ = std::numeric_limits<uint64_t>::max();
  uint64_t least_before_ = std::numeric_limits<uint64_t>::max();
  int64_t next_second_ = 0;
};

// Looks every few milliseconds where there is little room, and sets RLIMIT_DATA to what is mapped
// and the room. Where there is very little room, idle memory is given back.
class MemoryGuard {
 public:
  // Without a thread, or where the system does not say what is in use, nothing is guarded.
  MemoryGuard(FileSystem& files, uint64_t memory_bytes);
  // Any amount may be had again.
  ~MemoryGuard();
  MemoryGuard(const MemoryGuard&) = delete;
  MemoryGuard& operator=(const MemoryGuard&) = delete;

 private:
  void Run();
  std::optional<MemoryInUse> InUse() const;
  // Sets the limit; how much room there is, nothing where that is not known.
  std::optional<uint64_t> Measure();

  const uint64_t memory_bytes_;
  const uint64_t page_bytes_;
  const uint64_t stack_bytes_;  // of a thread
  std::unique_ptr<ReadableFile> statm_;
  rlimit before_{};
  // Of the thread.
  MemoryRoom room_;
  rlim_t limit_ = 0;  // as it was set last
  int checks_until_release_ = 0;

  Mutex mutex_;
  bool stopping_ WEIR_GUARDED_BY(mutex_) = false;
  ConditionVariable stopped_;
  Thread thread_;
};

}  // namespace weir::shell
