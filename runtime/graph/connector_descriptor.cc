#include "runtime/graph/connector_descriptor.h"

#include "runtime/base/names.h"

namespace weir::graph {

const ConnectorDescriptor* ConnectorCatalog::FindConnector(std::string_view name) const {
  for (const ConnectorDescriptor* connector : connectors) {
    if (EqualsIgnoreCase(connector->name, name)) return connector;
  }
  return nullptr;
}

const FormatDescriptor* ConnectorCatalog::FindFormat(std::string_view name) const {
  for (const FormatDescriptor* format : formats) {
    if (EqualsIgnoreCase(format->name, name)) return format;
  }
  return nullptr;
}

bool NamesColumns(const FormatDescriptor& format, const TableOptions& options) {
  return format.names_columns || (format.finds_by_name != nullptr && format.finds_by_name(options));
}

bool IsPathOption(std::string_view key) {
  return key == "path" || key == "state.path" || key == "state.before";
}

std::string_view OptionValue(const TableOptions& options, std::string_view key,
                             std::string_view default_value) {
  for (const TableOption& option : options) {
    if (EqualsIgnoreCase(option.key, key)) return option.value;
  }
  return default_value;
}

}  // namespace weir::graph
