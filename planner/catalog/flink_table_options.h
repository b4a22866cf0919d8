// What CREATE TABLE does with options that Flink's connectors and formats have and ours lack.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "runtime/base/status.h"
#include "runtime/graph/connector_descriptor.h"

namespace weir::catalog {

// A row of flink_table_options.def, where the members are explained. Views of literals: they live
// forever.
struct FlinkTableOption {
  std::string_view option;  // "owner:key"
  bool refused;
  std::string_view accepted;
  std::string_view reason;
};
// In the order of flink_table_options.def.
std::span<const FlinkTableOption> FlinkTableOptions();

// The row for a key as WITH has it ("csv.trim-spaces"); null when Flink has no such option for
// tables of the connector and format, which may be null.
const FlinkTableOption* FindFlinkTableOption(std::string_view key,
                                             const graph::ConnectorDescriptor& connector,
                                             const graph::FormatDescriptor* format);
// E1002 when another value than the accepted one is given as `key`.
Status CheckFlinkTableOption(const FlinkTableOption& option, std::string_view key,
                             std::string_view value);

}  // namespace weir::catalog
