#include "runtime/operators/partition_times.h"

#include <algorithm>

namespace weir::operators {

uint32_t PartitionTimes::Add(PartitionTime restored) {
  restored.watermark = std::max(restored.watermark, combined_);
  partitions_.push_back(restored);
  return static_cast<uint32_t>(partitions_.size() - 1);
}

void PartitionTimes::Advance(Timestamp watermark) {
  PartitionTime& partition = partitions_[current_];
  partition.watermark = std::max(partition.watermark, watermark);
}

void PartitionTimes::MarkActive(uint32_t partition) {
  PartitionTime& time = partitions_[partition];
  if (!time.idle) return;
  time.idle = false;
  time.watermark = std::max(time.watermark, combined_);
}

std::optional<uint32_t> PartitionTimes::Holder() const {
  std::optional<uint32_t> holder;
  for (uint32_t i = 0; i < partitions_.size(); ++i) {
    const PartitionTime& partition = partitions_[i];
    if (partition.idle || partition.finished) continue;
    if (!holder || partition.watermark < partitions_[*holder].watermark) holder = i;
  }
  return holder;
}

bool PartitionTimes::has_active() const { return Holder().has_value(); }

Timestamp PartitionTimes::Combined() {
  Timestamp reached = combined_;
  if (const auto holder = Holder()) {
    reached = partitions_[*holder].watermark;
  } else {
    for (const PartitionTime& partition : partitions_) {
      reached = std::max(reached, partition.watermark);
    }
  }
  combined_ = std::max(combined_, reached);
  return combined_;
}

void PartitionTimes::Use(int64_t idle_timeout_millis) {
  in_use_ = true;
  idle_timeout_millis_ = idle_timeout_millis;
}

}  // namespace weir::operators
