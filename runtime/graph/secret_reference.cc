#include "runtime/graph/secret_reference.h"

#include <fmt/format.h>

#include <algorithm>

#include "runtime/base/plain_name.h"

namespace weir::graph {

Status CheckSecretName(std::string_view name) {
  if (IsPlainName(name, 100, "._-")) return {};
  return Status::InvalidArgument(fmt::format("'{}' is no name of a secret", name))
      .WithHint(
          "it has 1 to 100 letters, digits, '.', '_' and '-', and begins with a letter or a "
          "digit");
}

bool RefersToSecret(std::string_view value) {
  return value.find(kMayBeSecret) != std::string_view::npos;
}

bool RefersToSecret(const TableOptions& options) {
  return std::ranges::any_of(
      options, [](const TableOption& option) { return RefersToSecret(option.value); });
}

bool IsReferences(std::string_view value) {
  const bool any = !value.empty();
  while (value.starts_with(kMayBeSecret) && value.find('}') != std::string_view::npos)
    value.remove_prefix(value.find('}') + 1);
  return any && value.empty();
}

Result<std::string> WithSecrets(
    std::string_view value,
    const std::function<Result<std::string>(const std::string&)>& value_of) {
  std::string made;
  size_t begin = value.find(kMayBeSecret);
  while (begin != std::string_view::npos) {
    made += value.substr(0, begin);
    value.remove_prefix(begin + kMayBeSecret.size());
    const size_t end = value.find('}');
    if (end == std::string_view::npos)
      return Status::InvalidArgument(fmt::format("a {} has no end", kMayBeSecret));
    const std::string name(value.substr(0, end));
    RETURN_IF_ERROR(CheckSecretName(name));
    made += TRY(value_of(name));
    value.remove_prefix(end + 1);
    begin = value.find(kMayBeSecret);
  }
  return made + std::string(value);
}

Result<std::vector<std::string>> SecretsIn(std::string_view value) {
  std::vector<std::string> names;
  RETURN_IF_ERROR(WithSecrets(value, [&](const std::string& name) -> Result<std::string> {
                    names.push_back(name);
                    return std::string();
                  }).status());
  return names;
}

}  // namespace weir::graph
