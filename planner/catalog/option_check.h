// Checks a table's WITH clause against the descriptors of its connector and format, when it is
// created.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "runtime/base/result.h"
#include "runtime/base/source_span.h"
#include "runtime/graph/connector_descriptor.h"

namespace weir::catalog {

// 'key' = 'value' with the spans of the two literals, which are empty if there are none.
struct PlacedOption {
  std::string key;
  std::string value;
  SourceSpan key_span;
  SourceSpan value_span;
};

// The result of checking a table's options. The descriptors live as long as the connector catalog.
struct CheckedOptions {
  graph::TableOptions options;  // in order of the text, without Flink's that mean nothing here
  const graph::ConnectorDescriptor* connector = nullptr;
  const graph::FormatDescriptor* format = nullptr;      // null when the connector needs none
  const graph::FormatDescriptor* key_format = nullptr;  // null when keys have none
};

// Checks options; 'value.format' becomes 'format', as do its options. Every failure is kInvalidSql
// E2008: a missing or unknown connector or format, an unknown key (with the nearest known one), a
// missing required key, a value of the wrong kind, or what the connector's own check finds. Its
// span is the key or the value, else `place`. `columns` are the physical and metadata columns.
// `computed` names the computed ones: a field option of one says how to make what nobody makes, and
// is taken, as Flink Faker takes it.
Result<CheckedOptions> CheckOptions(const graph::ConnectorCatalog& connectors,
                                    const std::vector<PlacedOption>& options, const Schema& columns,
                                    SourceSpan place, std::span<const std::string> computed = {});

inline constexpr std::string_view kIdleTimeoutOption = "scan.watermark.idle-timeout";

}  // namespace weir::catalog
