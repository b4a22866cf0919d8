#include "runtime/graph/option_reach.h"

#include <fmt/format.h>

#include "runtime/graph/key_options.h"
#include "runtime/graph/secret_reference.h"
#include "runtime/graph/typed_options.h"

namespace weir::graph {
namespace {

constexpr std::string_view kValuePrefix = "value.";

OptionReach OfFormat(const FormatDescriptor* format, std::string_view key) {
  if (format == nullptr) return OptionReach::kNothing;
  const std::string prefix = fmt::format("{}.", format->name);
  if (!key.starts_with(prefix)) return OptionReach::kNothing;
  const std::string_view own = key.substr(prefix.size());
  if (const OptionDescriptor* option = FindOption(format->options, own)) return option->reach;
  const bool open = !format->open_prefix.empty() && own.starts_with(format->open_prefix);
  return open && format->open_reach != nullptr ? format->open_reach(own) : OptionReach::kNothing;
}

}  // namespace

OptionReaches::OptionReaches(const TableOptions& options, const ConnectorCatalog& connectors)
    : connector_(connectors.FindConnector(OptionValue(options, "connector"))),
      format_(connectors.FindFormat(
          OptionValue(options, "format", OptionValue(options, "value.format")))) {
  if (connector_ != nullptr && connector_->has_keys)
    key_format_ = connectors.FindFormat(OptionValue(options, "key.format"));
}

OptionReach OptionReaches::Of(std::string_view key) const {
  if (connector_ == nullptr) return IsPathOption(key) ? OptionReach::kPath : OptionReach::kNothing;
  if (const OptionDescriptor* option = FindOption(connector_->options, key)) return option->reach;
  const bool open = !connector_->open_prefix.empty() && key.starts_with(connector_->open_prefix);
  if (open && connector_->open_reach != nullptr) return connector_->open_reach(key);
  if (connector_->has_keys && key.starts_with(kKeyPrefix))
    return OfFormat(key_format_, key.substr(kKeyPrefix.size()));
  if (connector_->has_keys && key.starts_with(kValuePrefix)) key.remove_prefix(kValuePrefix.size());
  return OfFormat(format_, key);
}

bool OptionReaches::IsPath(std::string_view key, std::string_view value) const {
  const OptionReach reach = Of(key);
  if (reach == OptionReach::kPath) return true;
  constexpr std::string_view kOfSystem = "probe";  // librdkafka looks where systems have them
  return reach == OptionReach::kKeysPath && value != kOfSystem && !value.starts_with(kMayBeSecret);
}

}  // namespace weir::graph
