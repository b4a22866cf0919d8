// Options of formats beside those that their descriptors list: of the format of keys, which begin
// with "key.", and such as a client library judges.
#pragma once

#include <string_view>

#include "runtime/graph/connector_descriptor.h"

namespace weir::graph {

inline constexpr std::string_view kKeyPrefix = "key.";

// Those of the format of keys, as the format calls them.
TableOptions OptionsOfKey(const TableOptions& options);

// Whether the option begins as the connector, its format or that of its keys says of options that
// are handed on (open_prefix). Each may be null.
bool IsOpenOption(std::string_view key, const ConnectorDescriptor* connector,
                  const FormatDescriptor* format, const FormatDescriptor* key_format);

}  // namespace weir::graph
