#include "planner/uid/table_options.h"

#include <fmt/format.h>

#include "runtime/base/names.h"
#include "runtime/fault_point.h"
#include "runtime/graph/any_table_options.h"
#include "runtime/graph/key_options.h"
#include "runtime/graph/lookup_options.h"
#include "runtime/graph/typed_options.h"

namespace weir::uid {
namespace {

using graph::OptionDescriptor;
using graph::OptionKind;

constexpr std::string_view kConnector = "connector";
constexpr std::string_view kFormat = "format";
constexpr std::string_view kKeyFormat = "key.format";

template <typename Value>
std::string Written(const Result<Value>& value, const std::string& text) {
  return value.ok() ? fmt::format("{}", *value) : text;
}

// Formats a duration in the largest unit that represents it exactly, for messages.
std::string Duration(int64_t nanos) {
  constexpr int64_t kSecond = 1000000000;
  constexpr int64_t kMilli = 1000000;
  if (nanos % kSecond == 0) return fmt::format("{} s", nanos / kSecond);
  if (nanos % kMilli == 0) return fmt::format("{} ms", nanos / kMilli);
  return fmt::format("{} ns", nanos);
}

std::string PlainValue(const std::string& text, OptionKind kind) {
  switch (kind) {
    case OptionKind::kString:
      return text;
    case OptionKind::kEnum:
      return ToLower(text);
    case OptionKind::kBoolean:
      return Written(graph::ParseBoolean(text), text);
    case OptionKind::kInteger:
      return Written(graph::ParseInteger(text), text);
    case OptionKind::kDouble:
      return Written(graph::ParseDouble(text), text);
    case OptionKind::kDuration: {
      const Result<int64_t> nanos = graph::ParseDurationNanos(text);
      return nanos.ok() ? Duration(*nanos) : text;
    }
    case OptionKind::kMemorySize:
      return Written(graph::ParseMemorySize(text), text);
  }
  return text;
}

class Descriptors {
 public:
  Descriptors(const graph::TableOptions& options, const graph::ConnectorCatalog& connectors)
      : connector_(connectors.FindConnector(graph::OptionValue(options, kConnector))),
        format_(connectors.FindFormat(graph::OptionValue(options, kFormat))) {
    if (connector_ != nullptr && connector_->has_keys)
      key_format_ = connectors.FindFormat(graph::OptionValue(options, kKeyFormat));
  }

  // Null for an option of a column, and for an unknown one.
  const OptionDescriptor* Of(std::string_view key) const {
    for (const std::span<const OptionDescriptor> options :
         {graph::LookupOptions(), graph::AnySourceOptions(), graph::AnySinkOptions(),
          graph::AnyDecodedOptions(), graph::AnyReportedOptions(), graph::EnforcerOptions()}) {
      if (const auto* found = graph::FindOption(options, key)) return found;
    }
    if (connector_ != nullptr) {
      if (const auto* found = graph::FindOption(connector_->options, key)) return found;
    }
    return OfFormat(format_, key);
  }
  // The option of the keys' format; null for another one. What it is by default has always been
  // written out among the contents.
  const OptionDescriptor* OfKey(std::string_view key) const {
    if (!key.starts_with(graph::kKeyPrefix)) return nullptr;
    return OfFormat(key_format_, key.substr(graph::kKeyPrefix.size()));
  }
  // Whether the option is handed on to the connector's library as it is ("properties.…"), and so
  // says nothing about contents, unless the connector describes it.
  bool IsOpen(std::string_view key) const {
    return graph::IsOpenOption(key, connector_, format_, key_format_);
  }
  std::string Name(const graph::TableOption& option) const {
    if (option.key == kConnector && connector_ != nullptr) return std::string(connector_->name);
    if (option.key == kFormat && format_ != nullptr) return std::string(format_->name);
    return option.value;
  }

 private:
  static const OptionDescriptor* OfFormat(const graph::FormatDescriptor* format,
                                          std::string_view key) {
    if (format == nullptr) return nullptr;
    const std::string prefix = std::string(format->name) + ".";
    if (!key.starts_with(prefix)) return nullptr;
    return graph::FindOption(format->options, key.substr(prefix.size()));
  }

  const graph::ConnectorDescriptor* connector_;
  const graph::FormatDescriptor* format_;
  const graph::FormatDescriptor* key_format_ = nullptr;
};

}  // namespace

graph::TableOptions PlainOptions(const graph::TableOptions& options,
                                 const graph::ConnectorCatalog& connectors) {
  if (DefectPlanted("meaning-of-defaults")) return options;
  const Descriptors descriptors(options, connectors);
  graph::TableOptions plain;
  for (const graph::TableOption& option : options) {
    const OptionDescriptor* descriptor = descriptors.Of(option.key);
    if (descriptor == nullptr || option.key == kConnector || option.key == kFormat) {
      plain.push_back({option.key, descriptors.Name(option)});
      continue;
    }
    std::string value = PlainValue(option.value, descriptor->kind);
    const std::string otherwise(descriptor->default_value);
    const bool said = otherwise.empty() || value != PlainValue(otherwise, descriptor->kind);
    if (said) plain.push_back({option.key, std::move(value)});
  }
  return plain;
}

graph::TableOptions ContentsOptions(const graph::TableOptions& options,
                                    const graph::ConnectorCatalog& connectors, bool recovery) {
  const Descriptors descriptors(options, connectors);
  graph::TableOptions contents = options;
  std::erase_if(contents, [&](const graph::TableOption& option) {
    const OptionDescriptor* descriptor = descriptors.Of(option.key);
    if (descriptor == nullptr) descriptor = descriptors.OfKey(option.key);
    if (descriptor == nullptr) return descriptors.IsOpen(option.key);
    return descriptor->effect == graph::OptionEffect::kAccess ||
           (descriptor->effect == graph::OptionEffect::kRecovery && !recovery);
  });
  return contents;
}

}  // namespace weir::uid
