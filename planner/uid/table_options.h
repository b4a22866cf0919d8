// Options of a table in one spelling.
#pragma once

#include "runtime/graph/connector_descriptor.h"

namespace weir::uid {

// Names of connectors, formats and choices, truth values, numbers, durations and sizes in one way
// to write them, by what the descriptors say of an option; without options that have their default.
// What no descriptor knows stays as it is.
graph::TableOptions PlainOptions(const graph::TableOptions& options,
                                 const graph::ConnectorCatalog& connectors);

// Those that say what is in a table, rather than how and how fast it is accessed
// (graph::OptionEffect). What no descriptor knows is one of them.
graph::TableOptions ContentsOptions(const graph::TableOptions& options,
                                    const graph::ConnectorCatalog& connectors);

}  // namespace weir::uid
