#include "runtime/graph/option_reach.h"

#include <fmt/format.h>

#include <optional>

#include "runtime/graph/key_options.h"
#include "runtime/graph/secret_reference.h"
#include "runtime/graph/typed_options.h"

namespace weir::graph {
namespace {

constexpr std::string_view kValuePrefix = "value.";

// Of an option of a connector or a format; nothing for one that it does not have.
template <typename Descriptor>
std::optional<OptionReach> ReachIn(const Descriptor& descriptor, std::string_view key) {
  if (const OptionDescriptor* option = FindOption(descriptor.options, key)) return option->reach;
  const bool open = descriptor.open_reach != nullptr && key.starts_with(descriptor.open_prefix);
  return open ? std::optional(descriptor.open_reach(key)) : std::nullopt;
}

OptionReach OfFormat(const FormatDescriptor* format, std::string_view key) {
  if (format == nullptr) return OptionReach::kNothing;
  const std::string prefix = fmt::format("{}.", format->name);
  if (!key.starts_with(prefix)) return OptionReach::kNothing;
  return ReachIn(*format, key.substr(prefix.size())).value_or(OptionReach::kNothing);
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
  if (const std::optional<OptionReach> reach = ReachIn(*connector_, key)) return *reach;
  if (connector_->has_keys && key.starts_with(kKeyPrefix))
    return OfFormat(key_format_, key.substr(kKeyPrefix.size()));
  if (connector_->has_keys && key.starts_with(kValuePrefix)) key.remove_prefix(kValuePrefix.size());
  return OfFormat(format_, key);
}

bool OptionReaches::IsPath(std::string_view key, std::string_view value) const {
  const OptionReach reach = Of(key);
  if (reach == OptionReach::kPath || reach == OptionReach::kSchemaPath) return true;
  constexpr std::string_view kOfSystem = "probe";  // librdkafka looks where systems have them
  return reach == OptionReach::kKeysPath && value != kOfSystem && !value.starts_with(kMayBeSecret);
}

std::vector<std::string> OptionReaches::PathsIn(std::string_view key,
                                                std::string_view value) const {
  if (IsPath(key, value)) return {std::string(value)};
  if (connector_ == nullptr || connector_->paths_in == nullptr) return {};
  return connector_->paths_in(key, value);
}

}  // namespace weir::graph
