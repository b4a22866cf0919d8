// Where reading a topic begins and ends: 'scan.startup.*' and 'scan.bounded.*', Flink's options.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>

#include "runtime/base/result.h"
#include "runtime/connectors/kafka/consumer.h"
#include "runtime/graph/connector_descriptor.h"

namespace weir::connectors::kafka {

enum class StartupMode : uint8_t { kEarliest, kLatest, kGroup, kTime, kSpecific };
enum class BoundedMode : uint8_t { kUnbounded, kLatest, kGroup, kTime, kSpecific };

struct ScanBounds {
  StartupMode startup = StartupMode::kGroup;
  int64_t startup_millis = 0;
  std::map<int32_t, int64_t> startup_offsets;  // by partition
  BoundedMode bounded = BoundedMode::kUnbounded;
  int64_t bounded_millis = 0;
  std::map<int32_t, int64_t> bounded_offsets;
  std::string group;  // 'properties.group.id'
  std::string reset;  // 'properties.auto.offset.reset'

  bool ends() const { return bounded != BoundedMode::kUnbounded; }
};

// kInvalidSql E2008 for options that lack what their mode needs, or have what belongs to another.
Result<ScanBounds> BoundsOf(const graph::ConnectorDescriptor& connector,
                            const graph::TableOptions& given);

// Offsets as Flink writes them: "partition:0,offset:42;partition:1,offset:300".
Result<std::map<int32_t, int64_t>> ParseSpecificOffsets(std::string_view key,
                                                        std::string_view text);

// The offset that a partition is read from, at a start that does not go on from a checkpoint.
// Partitions that specific offsets do not name are read from their beginnings. kExternal E4010
// where the cluster does not say, and where the group has no offset and no reset says another.
Result<int64_t> StartOf(const ScanBounds& bounds, Consumer& consumer,
                        const std::vector<ClientSetting>& settings, const std::string& topic,
                        int32_t partition);
// The offset at which reading the partition ends, exclusive; std::nullopt if it never ends.
Result<std::optional<int64_t>> EndOf(const ScanBounds& bounds, Consumer& consumer,
                                     const std::vector<ClientSetting>& settings,
                                     const std::string& topic, int32_t partition);

}  // namespace weir::connectors::kafka
