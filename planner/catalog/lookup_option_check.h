// Checks which options of lookups go together, which descriptors cannot express.
#pragma once

#include <vector>

#include "planner/catalog/option_check.h"

namespace weir::catalog {

// Options whose values are of the right kinds. E2008 where one has no meaning beside the others;
// E1002 for tables that are asked key by key. Spans: the option's key or value.
Status CheckLookupOptions(const std::vector<PlacedOption>& options,
                          const graph::ConnectorDescriptor& connector);

}  // namespace weir::catalog
