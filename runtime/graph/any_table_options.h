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

// Ours: which columns of a record make it a bad one.
inline constexpr std::string_view kErrorsScope = "errors.scope";

// Options of tables that are read, and of tables that are written.
std::span<const OptionDescriptor> AnySourceOptions();
std::span<const OptionDescriptor> AnySinkOptions();
// Options of tables that are read by a format with 'ignore-parse-errors'.
std::span<const OptionDescriptor> AnyDecodedOptions();
// Options of tables that are read by a format, where ConnectorDescriptor::reports_bad.
std::span<const OptionDescriptor> AnyReportedOptions();

// How a sink takes rows that break the constraints of its columns. No options of WITH: the planner
// adds those of the job that are not the default.
inline constexpr std::string_view kNotNullEnforcer = "table.exec.sink.not-null-enforcer";
inline constexpr std::string_view kTypeLengthEnforcer = "table.exec.sink.type-length-enforcer";
inline constexpr std::string_view kNestedConstraintEnforcer =
    "table.exec.sink.nested-constraint-enforcer";
std::span<const OptionDescriptor> EnforcerOptions();

// The subtasks that a table's options ask for by `key`; 0 when they say nothing. REQUIRES: they
// were checked (planner/catalog/option_check.h).
uint32_t SubtasksOf(const TableOptions& options, std::string_view key);

// Whether readers of a table that is written see each row once, whatever fails: always, or where
// 'sink.delivery-guarantee' says so.
bool DeliversExactlyOnce(const ConnectorDescriptor& connector, const TableOptions& options);

}  // namespace weir::graph
