// The options that tables take whatever their connector is, with Flink's names (FactoryUtil).
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "runtime/graph/connector_descriptor.h"

namespace weir::graph {

inline constexpr std::string_view kScanParallelism = "scan.parallelism";
inline constexpr std::string_view kSinkParallelism = "sink.parallelism";
inline constexpr std::string_view kWatermarkEmitStrategy = "scan.watermark.emit.strategy";

// Those of tables that are read, and of tables that are written.
std::span<const OptionDescriptor> AnySourceOptions();
std::span<const OptionDescriptor> AnySinkOptions();

// The subtasks that a table's options ask for by `key`; 0 when they say nothing. REQUIRES: they
// were checked (planner/catalog/option_check.h).
uint32_t SubtasksOf(const TableOptions& options, std::string_view key);

}  // namespace weir::graph
