// Flink's table options scan.watermark.alignment.*: which sources wait for each other's event time.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "runtime/graph/connector_descriptor.h"

namespace weir::graph {

inline constexpr std::string_view kAlignmentGroup = "scan.watermark.alignment.group";
inline constexpr std::string_view kAlignmentDrift = "scan.watermark.alignment.max-drift";
inline constexpr std::string_view kAlignmentInterval = "scan.watermark.alignment.update-interval";

struct AlignmentRule {
  std::string group;
  // How far a source may read ahead of the last one of its group.
  int64_t max_drift_millis = 0;
  // How often it asks where that one is.
  int64_t update_interval_millis = 0;
};

// The rule of a table that is read; nullopt if its options name no group. REQUIRES: they were
// checked (planner/catalog/option_check.h).
std::optional<AlignmentRule> AlignmentRuleOf(const TableOptions& options);

}  // namespace weir::graph
