// One spelling for the options of a table.
#pragma once

#include "runtime/graph/connector_descriptor.h"

namespace weir::uid {

// Spells names of connectors, formats and choices, truth values, numbers, durations and sizes in
// one way, by what the descriptors say about each option, and removes options that have their
// default. Options unknown to the descriptors stay as they are.
graph::TableOptions PlainOptions(const graph::TableOptions& options,
                                 const graph::ConnectorCatalog& connectors);

// Those that say what is in a table, rather than how and how fast it is accessed
// (graph::OptionEffect). What no descriptor knows is one of them.
graph::TableOptions ContentsOptions(const graph::TableOptions& options,
                                    const graph::ConnectorCatalog& connectors);

}  // namespace weir::uid
