// Event time of the partitions (splits) that one source task reads: who has got how far, and what
// may be promised downstream. Shared by the source loop, which says which partition the next batch
// is from, and the watermark operator behind it, which moves that partition's time. Used by the
// task's thread only.
#pragma once

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <optional>
#include <vector>

#include "runtime/base/timestamp.h"
#include "runtime/operators/time/table_time.h"

namespace weir::operators {

// Persisted with the split (SplitCheckpoint).
struct PartitionTime {
  Timestamp watermark = Timestamp::Min();  // after the last row read of it
  bool idle = false;                       // silent for too long: holds nothing back
  bool finished = false;                   // no row will come any more: holds nothing back
};

// Holder and Advance cost the logarithm of the number of partitions at most, amortised: a heap with
// stale entries, dropped when they come up. Flink's counterparts: WatermarkOutputMultiplexer and,
// for idleness, WatermarksWithIdleness.
class PartitionTimes {
 public:
  // Before the first Add: these are partitions of a table that other subtasks read as well, so time
  // is the whole table's. `table` outlives this.
  void Share(TableTime& table, uint32_t subtask) {
    table_ = &table;
    subtask_ = subtask;
  }
  // Adds a partition and returns its number. One that comes when time has moved already joins at
  // the table's watermark, so that its older rows count as late.
  uint32_t Add(PartitionTime restored);
  size_t size() const { return partitions_.size(); }
  const PartitionTime& at(uint32_t partition) const { return partitions_[partition]; }

  // Notes the watermark of a partition that was read to its end before this start.
  void Recall(Timestamp watermark) { greatest_ = std::max(greatest_, watermark); }

  // The partition of the next batch. REQUIRES: it was added.
  void SetCurrent(uint32_t partition) { current_ = partition; }
  uint32_t current() const { return current_; }
  // Raises the current partition's watermark; lower values change nothing.
  void Advance(Timestamp watermark);

  void MarkIdle(uint32_t partition);
  // A partition that returns from idleness joins at the table's watermark. No effect on others.
  void MarkActive(uint32_t partition);
  void Finish(uint32_t partition);
  // New partitions were added, as TableTime::Expect had said.
  void Arrived();

  // The minimum over partitions that are neither idle nor finished, and not above the table's time.
  // When there is none, the table's time: the maximum over all where everything was read; where
  // some are idle nothing moves. Never goes back. Min() while nothing is known.
  // Tells the table, too, what this subtask has reached.
  Timestamp Combined();
  // To be called when no row will come any more, so that this subtask no longer holds the table's
  // time back.
  void End();
  // Whether Combined() might rise though nothing happens here, as the table's time has. Any thread.
  bool stale() const {
    return table_ != nullptr && table_->Combined().millis > seen_.load(std::memory_order_acquire);
  }
  // The greater one of what this subtask and what the table has promised: the watermark at which a
  // partition joins that is added now.
  Timestamp Now() const {
    return table_ == nullptr ? combined_ : std::max(combined_, table_->Combined());
  }
  // Whether some partition, of the table's other subtasks, too, is neither idle nor finished.
  bool has_active() const;
  // The partition that the combined watermark waits for; nothing when none is active. Cheap however
  // many partitions there are.
  std::optional<uint32_t> Holder() const;

  // Called by the watermark operator when it opens: from then on the partitions' times matter.
  void Use(int64_t idle_timeout_millis);
  bool in_use() const { return in_use_; }
  // 0: a silent partition holds time back for ever.
  int64_t idle_timeout_millis() const { return idle_timeout_millis_; }

 private:
  Standing standing() const;
  void Publish(Standing standing, Timestamp watermark);
  // Once time has begun: lets the table know at once of a partition that joined.
  void Rejoin();

  // Orders a heap by the smallest watermark.
  struct Entry {
    Timestamp watermark;
    uint32_t partition;
    friend bool operator<(const Entry& a, const Entry& b) {
      return a.watermark != b.watermark ? a.watermark > b.watermark : a.partition > b.partition;
    }
  };
  // Whether the entry is up to date: its partition is active and has this watermark.
  bool Holds(const Entry& entry) const;
  void Push(uint32_t partition) const;

  std::vector<PartitionTime> partitions_;
  // Every active partition with its watermark, and older entries that are dropped when they come
  // up.
  mutable std::vector<Entry> heap_;
  Timestamp greatest_ = Timestamp::Min();  // watermark of any partition
  uint32_t current_ = 0;
  Timestamp combined_ = Timestamp::Min();
  TableTime* table_ = nullptr;
  uint32_t subtask_ = 0;
  uint32_t idle_ = 0;  // partitions that are idle and not finished
  Standing published_standing_ = Standing::kActive;
  Timestamp published_ = Timestamp::Min();
  bool has_published_ = false;
  std::atomic<int64_t> seen_{Timestamp::Min().millis};  // of the table's time
  bool in_use_ = false;
  int64_t idle_timeout_millis_ = 0;
};

}  // namespace weir::operators
