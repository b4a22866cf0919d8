// What the checks of a table's options share.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "planner/catalog/option_check.h"

namespace weir::catalog {

// E2008 at an option's key or value.
Status OptionError(std::string message, SourceSpan span, std::string hint = "");

// The option with this key; null where the table does not set it.
const PlacedOption* FindPlaced(const std::vector<PlacedOption>& options, std::string_view key);

}  // namespace weir::catalog
