#include "shell/engine/session/memory_guard.h"

#include <pthread.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>
#include <utility>

#include "runtime/base/idle_memory.h"
#include "runtime/base/memory_reserve.h"
#include "runtime/clock.h"
#include "runtime/fault_point.h"

namespace weir::shell {
namespace {

constexpr uint64_t kMiB = uint64_t{1} << 20;
// Between two measurements two cores can touch some 20 MiB of fresh pages in the shorter time, and
// 200 MiB in the longer one.
constexpr std::chrono::milliseconds kWhereRoomIsShort{10};
constexpr std::chrono::milliseconds kWhereThereIsRoom{100};
constexpr uint64_t kMuchRoom = 256 * kMiB;
constexpr int kChecksBetweenReleases = 100;
// A smaller process keeps what its jobs leave: returning it takes milliseconds, and the next job
// needs it again.
constexpr uint64_t kWorthAReturn = 256 * kMiB;
constexpr int64_t kSecond = 1'000'000'000;

// The kernel's memory for a process (page tables, pages of files that are being written) counts for
// its control group, too. Estimated as a part of all memory.
uint64_t LeftToKernel(uint64_t memory_bytes) {
  return std::clamp(memory_bytes / 16, 24 * kMiB, 256 * kMiB);
}

bool IsShort(uint64_t room, uint64_t memory_bytes) {
  return room < std::clamp(memory_bytes / 8, 32 * kMiB, 256 * kMiB);
}

uint64_t StackBytes() {
  pthread_attr_t attributes{};
  size_t bytes = 0;
  if (::pthread_getattr_default_np(&attributes) != 0) return 0;
  ::pthread_attr_getstacksize(&attributes, &bytes);
  ::pthread_attr_destroy(&attributes);
  return bytes;
}

// The number of threads, without the first one, whose stack does not count for RLIMIT_DATA. A
// directory has a link for each of its subdirectories, which are the threads.
uint64_t OtherThreads() {
  constexpr uint64_t kOthers = 3;  // links of any directory, and the first thread
  struct stat tasks {};
  if (::stat("/proc/self/task", &tasks) != 0 || tasks.st_nlink < kOthers) return 0;
  return tasks.st_nlink - kOthers;
}

}  // namespace

std::optional<MemoryInUse> ParseMemoryInUse(std::string_view statm, uint64_t page_bytes) {
  // Pages: size, resident, of these shared, text, 0, data.
  std::array<uint64_t, 6> pages{};
  for (uint64_t& number : pages) {
    const auto [end, error] = std::from_chars(statm.data(), statm.data() + statm.size(), number);
    if (error != std::errc()) return std::nullopt;
    statm.remove_prefix(static_cast<size_t>(end - statm.data()));
    statm.remove_prefix(std::min(statm.size(), size_t{1}));
  }
  const auto [size, resident, shared, text, library, data] = pages;
  if (shared > resident) return std::nullopt;
  return MemoryInUse{.mapped = data * page_bytes, .resident = (resident - shared) * page_bytes};
}

uint64_t MemoryRoom::UntouchedFor(uint64_t untouched, int64_t monotonic_nanos) {
  if (monotonic_nanos >= next_second_) {
    next_second_ = monotonic_nanos + kSecond;
    least_before_ = std::exchange(least_, untouched);
  }
  least_ = std::min(least_, untouched);
  return std::min(least_, least_before_);
}

uint64_t MemoryRoom::At(const MemoryInUse& use, uint64_t reserve_bytes, int64_t monotonic_nanos) {
  const uint64_t elsewhere = std::min(use.mapped, use.resident + use.stacks);
  const uint64_t untouched = use.mapped - elsewhere;
  const uint64_t to_be_touched = untouched - UntouchedFor(untouched, monotonic_nanos);
  const uint64_t taken = use.resident + to_be_touched + reserve_bytes + LeftToKernel(memory_bytes_);
  return memory_bytes_ > taken ? memory_bytes_ - taken : 0;
}

MemoryGuard::MemoryGuard(FileSystem& files, uint64_t memory_bytes)
    : memory_bytes_(memory_bytes),
      page_bytes_(static_cast<uint64_t>(::sysconf(_SC_PAGESIZE))),
      stack_bytes_(StackBytes()),
      room_(memory_bytes) {
  if (DefectPlanted("memory-unguarded")) return;
  Result<std::unique_ptr<ReadableFile>> statm = files.Open("/proc/self/statm");
  if (!statm.ok() || ::getrlimit(RLIMIT_DATA, &before_) != 0) return;
  statm_ = std::move(*statm);
  limit_ = before_.rlim_cur;
  Measure();  // what follows is guarded
  Result<Thread> thread = Thread::Start("memory", [this] { Run(); });
  if (thread.ok()) thread_ = std::move(*thread);
}

MemoryGuard::~MemoryGuard() {
  {
    const MutexLock lock(mutex_);
    stopping_ = true;
  }
  stopped_.notify_all();
  thread_.Join();
  if (statm_ != nullptr) ::setrlimit(RLIMIT_DATA, &before_);
}

void MemoryGuard::Run() {
  MutexLock lock(mutex_);
  while (true) {
    const std::optional<uint64_t> room = Measure();
    if (!room) return;
    const bool much = *room > kMuchRoom;
    const bool stop = stopped_.wait_for(lock, much ? kWhereThereIsRoom : kWhereRoomIsShort,
                                        [this]() WEIR_REQUIRES(mutex_) { return stopping_; });
    if (stop) return;
  }
}

std::optional<MemoryInUse> MemoryGuard::InUse() const {
  std::array<char, 128> text{};
  const Result<size_t> read = statm_->Read(0, text.size(), text.data());
  auto use = ParseMemoryInUse({text.data(), read.ok() ? *read : 0}, page_bytes_);
  if (use) use->stacks = OtherThreads() * stack_bytes_;
  return use;
}

std::optional<uint64_t> MemoryGuard::Measure() {
  const std::optional<MemoryInUse> use = InUse();
  if (!use) return std::nullopt;
  const uint64_t room = room_.At(*use, MemoryReserveBytes(), Clock::System().MonotonicNanos());
  const rlim_t limit = std::min<rlim_t>(use->mapped + room, before_.rlim_cur);
  if (limit != limit_) {
    const rlimit now{.rlim_cur = limit, .rlim_max = before_.rlim_max};
    if (::setrlimit(RLIMIT_DATA, &now) == 0) limit_ = limit;
  }
  if (checks_until_release_ > 0) --checks_until_release_;
  const bool is_short = IsShort(room, memory_bytes_);
  if (!is_short) KeepMemoryReserve();
  if (checks_until_release_ == 0 &&
      (is_short || (use->resident > kWorthAReturn && TakeIdleMemoryNote()))) {
    ReleaseIdleMemory();
    checks_until_release_ = kChecksBetweenReleases;
  }
  return room;
}

}  // namespace weir::shell
