// One spelling for the options of a table.
#pragma once

#include "runtime/graph/connector_descriptor.h"

namespace weir::uid {

// Spells names of connectors, formats and choices, truth values, numbers, durations and sizes in
// one way, by what the descriptors say about each option, and removes options that have their
// default. Options unknown to the descriptors stay as they are.
graph::TableOptions PlainOptions(const graph::TableOptions& options,
                                 const graph::ConnectorCatalog& connectors);

// The options that say what is in a table, as opposed to how and how fast it is accessed
// (graph::OptionEffect). An option that no descriptor knows counts as one of them, and with
// `recovery` so do those that say what a start does.
graph::TableOptions ContentsOptions(const graph::TableOptions& options,
                                    const graph::ConnectorCatalog& connectors, bool recovery);

}  // namespace weir::uid
