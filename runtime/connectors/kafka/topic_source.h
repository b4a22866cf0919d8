// The source of a table over Kafka: each partition of its topics is a split.
#pragma once

#include <memory>

#include "runtime/connectors/connectors.h"

namespace weir::connectors::kafka {

// REQUIRES: a scan of a table of this connector.
Result<std::unique_ptr<Source>> MakeTopicSource(const graph::ConnectorDescriptor& connector,
                                                const graph::ScanSpec& spec,
                                                const ConnectorContext& context);
// As Connector::check_source.
Status CheckTopicSource(const graph::ConnectorDescriptor& connector, const graph::ScanSpec& spec,
                        const ConnectorContext& context);

}  // namespace weir::connectors::kafka
