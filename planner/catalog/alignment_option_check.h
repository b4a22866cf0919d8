// Checks which options of watermark alignment go together, which descriptors cannot express.
#pragma once

#include <vector>

#include "planner/catalog/option_check.h"

namespace weir::catalog {

// Options whose values are of the right kinds. E2008 where a group has no drift or the other way
// round, as Flink, and for values without a meaning. Spans: the option's key or value.
Status CheckAlignmentOptions(const std::vector<PlacedOption>& options);

}  // namespace weir::catalog
