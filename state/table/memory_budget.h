// The process's limit on memory for state, shared by all tasks of all jobs.
#pragma once

#include <algorithm>
#include <atomic>
#include <cstdint>

namespace weir::state {

// A task may use what the others leave, and an equal share in any case. Each task checks between
// two batches and, without input, ten times a second. A task that uses more than it may gives
// memory back then, and an unused one gives back half of what it has whenever another is short. As
// figures are slightly out of date for the others, the limit is kept on average and not at every
// instant. Thread-safe.
class MemoryBudget {
 public:
  // `limit_bytes` 0: no limit.
  explicit MemoryBudget(uint64_t limit_bytes) : limit_(limit_bytes) {}
  void Join() { tasks_.fetch_add(1, std::memory_order_relaxed); }
  void Leave() { tasks_.fetch_sub(1, std::memory_order_relaxed); }
  bool limited() const { return limit() > 0; }
  uint64_t limit() const { return limit_.load(std::memory_order_relaxed); }
  // Running tasks obey it from their next check on. 0: no limit.
  void set_limit(uint64_t bytes) { limit_.store(bytes, std::memory_order_relaxed); }
  // A task had to give up rows that it uses.
  void NoteShortage() { shortages_.fetch_add(1, std::memory_order_relaxed); }
  uint64_t shortages() const { return shortages_.load(std::memory_order_relaxed); }
  // The tables of a task grew or shrank.
  void Add(int64_t bytes) { used_.fetch_add(bytes, std::memory_order_relaxed); }
  // How much a task may use that uses `mine` bytes now. REQUIRES: there is a limit.
  uint64_t Allowed(uint64_t mine) const {
    const uint64_t limit = this->limit();
    const uint64_t tasks = tasks_.load(std::memory_order_relaxed);
    const uint64_t share = limit / (tasks > 0 ? tasks : 1);
    const auto used = static_cast<uint64_t>(used_.load(std::memory_order_relaxed));
    const uint64_t others = used > mine ? used - mine : 0;
    return std::max(share, limit > others ? limit - others : 0);
  }

 private:
  std::atomic<uint64_t> limit_;
  std::atomic<uint64_t> tasks_{0};
  std::atomic<int64_t> used_{0};
  std::atomic<uint64_t> shortages_{0};
};

}  // namespace weir::state
