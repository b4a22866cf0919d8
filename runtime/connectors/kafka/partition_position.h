// Where a partition of a topic is read, as text in checkpoints: "v1 offset=120 end=500 cluster=x".
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "runtime/base/result.h"

namespace weir::connectors::kafka {

// A partition is a split; its id is "topic/3", as no topic's name has a slash.
struct PartitionName {
  std::string topic;
  int32_t partition = 0;

  std::string ToString() const;
  // kCorruption if the text is no partition's name.
  static Result<PartitionName> Parse(std::string_view text);
};

struct PartitionPosition {
  int64_t offset = 0;          // of the record that is read next
  std::optional<int64_t> end;  // where a bounded table ends; nothing: nowhere
  std::string cluster;         // whose offsets they are; "": unknown

  std::string ToString() const;
  // kCorruption if the text is no position.
  static Result<PartitionPosition> Parse(std::string_view text);
};

}  // namespace weir::connectors::kafka
