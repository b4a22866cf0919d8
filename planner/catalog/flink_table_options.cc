#include "planner/catalog/flink_table_options.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "runtime/base/names.h"

namespace weir::catalog {
namespace {

constexpr std::array kOptions = {
#define WEIR_TABLE_NO_EFFECT(option, reason) FlinkTableOption{option, false, "", reason},
#define WEIR_TABLE_REFUSED(option, accepted, reason) \
  FlinkTableOption{option, true, accepted, reason},
#include "planner/catalog/flink_table_options.def"
#undef WEIR_TABLE_REFUSED
#undef WEIR_TABLE_NO_EFFECT
};

const FlinkTableOption* Find(std::string_view owner, std::string_view key) {
  const auto found = std::ranges::find(kOptions, fmt::format("{}:{}", owner, key),
                                       [](const FlinkTableOption& row) { return row.option; });
  return found == kOptions.end() ? nullptr : &*found;
}

}  // namespace

std::span<const FlinkTableOption> FlinkTableOptions() {
  return kOptions;
}

const FlinkTableOption* FindFlinkTableOption(std::string_view key,
                                             const graph::ConnectorDescriptor& connector,
                                             const graph::FormatDescriptor* format) {
  for (const std::string_view owner : {std::string_view(), connector.name}) {
    if (const FlinkTableOption* found = Find(owner, key)) return found;
  }
  if (format == nullptr) return nullptr;
  const std::string prefix = fmt::format("{}.", format->name);
  return key.starts_with(prefix) ? Find(format->name, key.substr(prefix.size())) : nullptr;
}

Status CheckFlinkTableOption(const FlinkTableOption& option, std::string_view key,
                             std::string_view value) {
  if (!option.refused) return {};
  std::string_view rest = option.accepted;
  while (!rest.empty()) {
    const size_t end = std::min(rest.find('|'), rest.size());
    if (EqualsIgnoreCase(rest.substr(0, end), value)) return {};
    rest.remove_prefix(std::min(end + 1, rest.size()));
  }
  return Status::Unsupported(
      fmt::format("option '{}' of Flink's cannot be '{}' here: {}", key, value, option.reason));
}

}  // namespace weir::catalog
