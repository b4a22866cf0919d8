// How connectors and formats read their BOOLEAN options.
#pragma once

#include <string_view>

#include "runtime/graph/connector_descriptor.h"

namespace weir::graph {

// The value of an option of kBoolean, in each spelling that CREATE TABLE takes (any case, blanks
// around it); `default_value` where it is not given. A comparison with "true" would ignore some.
bool BooleanOption(const TableOptions& options, std::string_view key, bool default_value = false);

}  // namespace weir::graph
