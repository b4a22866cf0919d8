#include "runtime/operators/time/partition_times.h"

#include <algorithm>

namespace weir::operators {

uint32_t PartitionTimes::Add(PartitionTime restored) {
  restored.watermark = std::max(restored.watermark, Now());
  greatest_ = std::max(greatest_, restored.watermark);
  partitions_.push_back(restored);
  if (restored.idle && !restored.finished) ++idle_;
  const auto partition = static_cast<uint32_t>(partitions_.size() - 1);
  Push(partition);
  Rejoin();
  return partition;
}

void PartitionTimes::Advance(Timestamp watermark) {
  PartitionTime& partition = partitions_[current_];
  if (watermark <= partition.watermark) return;
  partition.watermark = watermark;
  greatest_ = std::max(greatest_, watermark);
  Push(current_);
}

void PartitionTimes::MarkActive(uint32_t partition) {
  PartitionTime& time = partitions_[partition];
  if (!time.idle) return;
  --idle_;
  time.idle = false;
  time.watermark = std::max(time.watermark, Now());
  Push(partition);
  Rejoin();
}

void PartitionTimes::MarkIdle(uint32_t partition) {
  PartitionTime& time = partitions_[partition];
  if (time.idle || time.finished) return;
  time.idle = true;
  ++idle_;
}

void PartitionTimes::Finish(uint32_t partition) {
  PartitionTime& time = partitions_[partition];
  if (time.idle && !time.finished) --idle_;
  time.finished = true;
}

void PartitionTimes::Arrived() {
  if (table_ != nullptr) table_->Arrived();
}

void PartitionTimes::Rejoin() {
  if (!has_published_) return;
  const auto holder = Holder();
  if (holder) Publish(Standing::kActive, partitions_[*holder].watermark);
}

bool PartitionTimes::Holds(const Entry& entry) const {
  const PartitionTime& partition = partitions_[entry.partition];
  return !partition.idle && !partition.finished && partition.watermark == entry.watermark;
}

void PartitionTimes::Push(uint32_t partition) const {
  const Entry entry{partitions_[partition].watermark, partition};
  if (!Holds(entry)) return;
  // While one partition stands still, outdated entries of the others accumulate behind its own.
  if (heap_.size() >= 2 * partitions_.size() + 16) {
    std::erase_if(heap_, [this](const Entry& old) { return !Holds(old); });
    std::make_heap(heap_.begin(), heap_.end());
  }
  heap_.push_back(entry);
  std::push_heap(heap_.begin(), heap_.end());
}

std::optional<uint32_t> PartitionTimes::Holder() const {
  while (!heap_.empty() && !Holds(heap_.front())) {
    std::pop_heap(heap_.begin(), heap_.end());
    heap_.pop_back();
  }
  if (heap_.empty()) return std::nullopt;
  return heap_.front().partition;
}

bool PartitionTimes::has_active() const {
  return Holder().has_value() || (table_ != nullptr && table_->has_active());
}

Standing PartitionTimes::standing() const {
  if (Holder()) return Standing::kActive;
  return idle_ > 0 ? Standing::kIdle : Standing::kRead;
}

Timestamp PartitionTimes::Combined() {
  const auto holder = Holder();
  Timestamp reached = combined_;
  if (holder) {
    reached = partitions_[*holder].watermark;
  } else if (idle_ == 0) {
    reached = greatest_;
  }
  if (table_ != nullptr) {
    Publish(standing(), holder ? reached : greatest_);
    const Timestamp table = table_->Combined();
    reached = holder ? std::min(reached, table) : table;
    seen_.store(table.millis, std::memory_order_release);
  }
  combined_ = std::max(combined_, reached);
  return combined_;
}

void PartitionTimes::Publish(Standing standing, Timestamp watermark) {
  if (has_published_ && published_standing_ == standing && published_ == watermark) return;
  has_published_ = true;
  published_standing_ = standing;
  published_ = watermark;
  table_->Publish(subtask_, standing, watermark);
}

void PartitionTimes::End() {
  if (table_ == nullptr) return;
  Publish(Standing::kRead, greatest_);
  seen_.store(Timestamp::Max().millis, std::memory_order_release);
}

void PartitionTimes::Use(int64_t idle_timeout_millis) {
  in_use_ = true;
  idle_timeout_millis_ = idle_timeout_millis;
}

}  // namespace weir::operators
