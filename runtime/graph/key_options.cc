#include "runtime/graph/key_options.h"

#include <fmt/format.h>

namespace weir::graph {
namespace {

bool IsOpenOf(const FormatDescriptor* format, std::string_view before, std::string_view key) {
  return format != nullptr && !format->open_prefix.empty() &&
         key.starts_with(fmt::format("{}{}.{}", before, format->name, format->open_prefix));
}

}  // namespace

TableOptions OptionsOfKey(const TableOptions& options) {
  TableOptions of_key;
  for (const TableOption& option : options) {
    if (option.key.starts_with(kKeyPrefix))
      of_key.push_back({option.key.substr(kKeyPrefix.size()), option.value});
  }
  return of_key;
}

bool IsOpenOption(std::string_view key, const ConnectorDescriptor* connector,
                  const FormatDescriptor* format, const FormatDescriptor* key_format) {
  const bool of_connector = connector != nullptr && !connector->open_prefix.empty() &&
                            key.starts_with(connector->open_prefix);
  return of_connector || IsOpenOf(format, "", key) || IsOpenOf(key_format, kKeyPrefix, key);
}

}  // namespace weir::graph
