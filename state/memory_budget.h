// The process's limit on memory for state, shared by all tasks of all jobs.
#pragma once

#include <atomic>
#include <cstdint>

namespace weir::state {

// Thread-safe. Every task keeps within an equal share of the limit; shares shrink as tasks open.
class MemoryBudget {
 public:
  // `limit_bytes` 0: no limit.
  explicit MemoryBudget(uint64_t limit_bytes) : limit_(limit_bytes) {}
  void Join() { tasks_.fetch_add(1, std::memory_order_relaxed); }
  void Leave() { tasks_.fetch_sub(1, std::memory_order_relaxed); }
  bool limited() const { return limit_ > 0; }
  uint64_t limit() const { return limit_; }
  // Bytes that one task may use. REQUIRES: limited().
  uint64_t share() const {
    const uint64_t tasks = tasks_.load(std::memory_order_relaxed);
    return limit_ / (tasks > 0 ? tasks : 1);
  }

 private:
  const uint64_t limit_;
  std::atomic<uint64_t> tasks_{0};
};

}  // namespace weir::state
