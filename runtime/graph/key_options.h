// Options that no descriptor lists by name: those of the format of keys, which begin with "key.",
// and those that are handed on to a client library.
#pragma once

#include <string_view>

#include "runtime/graph/connector_descriptor.h"

namespace weir::graph {

inline constexpr std::string_view kKeyPrefix = "key.";

// The options of the format of keys, without "key.".
TableOptions OptionsOfKey(const TableOptions& options);

// Whether the option is one that is handed on to a client library: it begins with the open_prefix
// of the connector, its format or the format of its keys. Each of these may be null.
bool IsOpenOption(std::string_view key, const ConnectorDescriptor* connector,
                  const FormatDescriptor* format, const FormatDescriptor* key_format);

}  // namespace weir::graph
