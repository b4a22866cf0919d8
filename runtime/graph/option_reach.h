// What the options of one table reach beyond its rows: files of this machine, and other systems.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "runtime/graph/connector_descriptor.h"

namespace weir::graph {

// Whether it says where another system is, or how to log in there.
constexpr bool NamesSystem(OptionReach reach) {
  return reach == OptionReach::kSystem || reach == OptionReach::kKeysPath;
}

// By the connector and the formats that `options` name. `connectors` outlives it.
class OptionReaches {
 public:
  OptionReaches(const TableOptions& options, const ConnectorCatalog& connectors);

  // kNothing for an option that is unknown; without a connector, by the name alone.
  OptionReach Of(std::string_view key) const;
  // Whether the value is a path here, which is judged before it is opened: not one that a secret
  // says, which is for admins to set, nor a word that stands for the system's own certificates.
  bool IsPath(std::string_view key, std::string_view value) const;
  // The paths that a value is, or names.
  std::vector<std::string> PathsIn(std::string_view key, std::string_view value) const;

 private:
  const ConnectorDescriptor* connector_;
  const FormatDescriptor* format_;
  const FormatDescriptor* key_format_ = nullptr;
};

}  // namespace weir::graph
