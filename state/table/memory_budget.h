// Limits on memory for state: that of the process, which all tasks of all jobs share, and below it
// those of single jobs.
#pragma once

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <memory>
#include <utility>

namespace weir::state {

// A task may use what the others leave, and an equal share in any case. Each task checks between
// two batches and, without input, ten times a second. A task that uses more than it may gives
// memory back then, and an unused one gives back half of what it has whenever another is short. As
// figures are slightly out of date for the others, the limit is kept on average and not at every
// instant. A budget within another obeys both. Thread-safe.
class MemoryBudget {
 public:
  // `limit_bytes` 0: no limit of its own. `whole`: what it is a part of; null for that of the
  // process.
  explicit MemoryBudget(uint64_t limit_bytes, std::shared_ptr<MemoryBudget> whole = nullptr)
      : whole_(std::move(whole)), limit_(limit_bytes) {}
  void Join() {
    tasks_.fetch_add(1, std::memory_order_relaxed);
    if (whole_ != nullptr) whole_->Join();
  }
  void Leave() {
    tasks_.fetch_sub(1, std::memory_order_relaxed);
    if (whole_ != nullptr) whole_->Leave();
  }
  bool limited() const { return limit() > 0; }
  // The lower of its own limit and that of the budget `whole`; 0: neither has one.
  uint64_t limit() const {
    const uint64_t own = limit_.load(std::memory_order_relaxed);
    const uint64_t whole = whole_ != nullptr ? whole_->limit() : 0;
    return own == 0 || whole == 0 ? std::max(own, whole) : std::min(own, whole);
  }
  // Running tasks obey it from their next check on. 0: no limit of its own.
  void set_limit(uint64_t bytes) { limit_.store(bytes, std::memory_order_relaxed); }
  // A task that uses so much has to give up rows that it needs. Counts where the limit is that it
  // exceeds: a job that is short of its own memory takes nothing from others.
  void NoteShortage(uint64_t used) {
    if (used > AllowedHere(used)) shortages_.fetch_add(1, std::memory_order_relaxed);
    if (whole_ != nullptr) whole_->NoteShortage(used);
  }
  // How often a task that shares a limit with those of this budget was short. Only ever grows.
  uint64_t shortages() const {
    return shortages_.load(std::memory_order_relaxed) +
           (whole_ != nullptr ? whole_->shortages() : 0);
  }
  // The tables of a task grew or shrank.
  void Add(int64_t bytes) {
    used_.fetch_add(bytes, std::memory_order_relaxed);
    if (whole_ != nullptr) whole_->Add(bytes);
  }
  // How much a task may use that uses `mine` bytes now. REQUIRES: there is a limit.
  uint64_t Allowed(uint64_t mine) const {
    const uint64_t own = AllowedHere(mine);
    return whole_ == nullptr ? own : std::min(own, whole_->AllowedHere(mine));
  }

 private:
  // What Allowed says by this budget's own limit, without that of `whole`.
  uint64_t AllowedHere(uint64_t mine) const {
    const uint64_t limit = limit_.load(std::memory_order_relaxed);
    if (limit == 0) return UINT64_MAX;
    const uint64_t tasks = tasks_.load(std::memory_order_relaxed);
    const uint64_t share = limit / (tasks > 0 ? tasks : 1);
    const auto used = static_cast<uint64_t>(used_.load(std::memory_order_relaxed));
    const uint64_t others = used > mine ? used - mine : 0;
    return std::max(share, limit > others ? limit - others : 0);
  }

  const std::shared_ptr<MemoryBudget> whole_;
  std::atomic<uint64_t> limit_;
  std::atomic<uint64_t> tasks_{0};
  std::atomic<int64_t> used_{0};
  std::atomic<uint64_t> shortages_{0};
};

}  // namespace weir::state
