// Checks a table's WITH clause against the descriptors of its connector and format, when it is
// created.
#pragma once

#include <string>
#include <vector>

#include "runtime/base/result.h"
#include "runtime/base/source_span.h"
#include "runtime/graph/connector_descriptor.h"

namespace weir::catalog {

// 'key' = 'value' with its places in the statement.
// Spans are those of the two literals, without them empty.
struct PlacedOption {
  std::string key;
  std::string value;
  SourceSpan key_span;
  SourceSpan value_span;
};

// What a table's options resolve to. The descriptors live as long as the connector catalog.
struct CheckedOptions {
  graph::TableOptions options;  // in order of the text
  const graph::ConnectorDescriptor* connector = nullptr;
  const graph::FormatDescriptor* format = nullptr;  // null when the connector needs none
};

// Every failure is kInvalidSql E2008: no or an unknown connector or format, an unknown key (with
// the nearest known one), a missing required key, a value of the wrong kind, or what the
// connector's own check finds. `columns` are the physical and metadata columns. Spans: the key, the
// value, else `place`.
Result<CheckedOptions> CheckOptions(const graph::ConnectorCatalog& connectors,
                                    const std::vector<PlacedOption>& options, const Schema& columns,
                                    SourceSpan place);

inline constexpr std::string_view kIdleTimeoutOption = "scan.watermark.idle-timeout";

}  // namespace weir::catalog
